"""« Suivi des envois »: what has not left yet, what is uncertain, what left."""

from ui.outbox.page import OutboxPage

__all__ = ["OutboxPage"]
