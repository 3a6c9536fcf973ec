"""What adds up, and what a lot came from: pure."""
