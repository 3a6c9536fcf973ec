"""Between rows of needs and their values."""
