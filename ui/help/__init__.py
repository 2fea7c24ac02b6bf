"""Help: the French pages shipped with the program."""

from ui.help.dialog import HelpDialog

__all__ = ["HelpDialog"]
