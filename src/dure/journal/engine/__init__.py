"""What the journal decides without a database."""
