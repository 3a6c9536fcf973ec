"""What happened: facts at rest, who is told of them, and what the next one is numbered."""
