"""Adding a BAL by hand (the assistant that finds everything from the address comes later)."""

from ui.accounts.dialog import AccountDialog

__all__ = ["AccountDialog"]
