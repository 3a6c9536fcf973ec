"""On the wire: witnesses that are asked, witnesses that call, and a log as others read it."""
