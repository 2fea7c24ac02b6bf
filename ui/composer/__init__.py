"""Writing a message."""
