"""What is typed into the forms of needs."""
