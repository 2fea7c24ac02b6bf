"""BAL: the assistant that adds one (``assistant``), passwords, PIN and other prompts of getting in."""

from ui.accounts.password import PasswordDialog

__all__ = ["PasswordDialog"]
