"""What the room can do: make the log grow, and audit everything."""
