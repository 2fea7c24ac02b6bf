"""Settings of the profile: names and JSON texts."""

import json
from typing import Any

from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = ["read_setting", "read_settings", "set_setting"]


def set_setting(tx: Transaction, name: str, json_text: str) -> None:
    """Keep a setting. Raises Refused setting-not-json."""
    try:
        json.loads(json_text)
    except ValueError as error:
        raise Refused(
            "setting-not-json",
            _("Ce réglage n’est pas lisible."),
            _("Choisissez-le à nouveau dans les réglages."),
            name,
        ) from error
    tx.connection.execute(
        "INSERT INTO setting (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
        (name, json_text),
    )
    tx.touch(aspect="settings")


def read_setting(source: Reading, name: str, default: Any = None) -> Any:
    """The decoded value."""
    row = one_row(source, "SELECT value FROM setting WHERE name = ?", (name,))
    return json.loads(row[0]) if row else default


def read_settings(source: Reading) -> dict[str, str]:
    """Name → JSON text."""
    return dict(all_rows(source, "SELECT name, value FROM setting ORDER BY name"))
