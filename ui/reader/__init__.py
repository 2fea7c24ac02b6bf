"""The reader: one opened message."""
