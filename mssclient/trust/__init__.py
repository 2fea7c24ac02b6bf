"""What may be trusted: the national white list, the padlock verdict of a message, recipients’ routes."""
