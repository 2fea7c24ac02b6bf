"""Adding a BAL from its address: servers found, a way to get in, the mailboxes it opens, a first set-up."""

from ui.accounts.assistant.activation import unfinished
from ui.accounts.assistant.frame import AccountAssistant

__all__ = ["AccountAssistant", "unfinished"]
