"""Own data: a file of questions becomes an edition with a task of its own (docs/own-data.md)."""
