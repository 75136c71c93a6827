"""One self-contained HTML page from the folders that the commands of the project write."""
