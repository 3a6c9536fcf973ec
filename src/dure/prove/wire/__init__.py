"""The witness protocol on the wire: the server at a member's, the client at the log."""
