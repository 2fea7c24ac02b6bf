"""Réglages: looks, BAL, HPRIM directory, list of trust, diagnosis. Changes apply at once."""

from ui.settings.page import SettingsPage

__all__ = ["SettingsPage"]
