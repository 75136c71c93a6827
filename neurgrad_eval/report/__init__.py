"""One self-contained HTML page from the folders that `mceval8k eval` and `neurgrad probe` write."""
