"""What the API of clusters takes and gives."""
