"""Adding a BAL by hand (the assistant that finds everything from the address comes later)."""

from ui.accounts.dialog import AccountDialog
from ui.accounts.password import PasswordDialog

__all__ = ["AccountDialog", "PasswordDialog"]
