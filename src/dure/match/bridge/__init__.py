"""Between rows of clusters and their values."""
