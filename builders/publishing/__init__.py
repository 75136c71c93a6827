"""Publishing an edition as a data set repository of the Hub."""
