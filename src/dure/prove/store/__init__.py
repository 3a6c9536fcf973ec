"""Files that are ours to order: the log's folder, keys, and what a witness remembers."""
