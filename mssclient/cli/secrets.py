"""``--secrets``: passphrase, passwords and PIN from a TOML file or standard input; never printed."""

import os
import stat
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mssclient.cli.arguments import UsageError
from mssclient.model.errors import Refused, WorldError
from mssclient.model.language import _
from mssclient.model.secrets import Secret

__all__ = ["Secrets", "read_secrets"]

_LIMIT_OCTETS = 1_000_000


@dataclass(frozen=True)
class Secrets:
    passphrase: Secret | None = None
    passwords: dict[str, Secret] = field(default_factory=dict[str, Secret])
    """By address, case folded."""
    new_passwords: dict[str, Secret] = field(default_factory=dict[str, Secret])
    """For a first login that the operator takes for a change of password only."""
    pin: Secret | None = None
    """Of the card."""


def read_secrets(source: str | None) -> Secrets:
    """Raises UsageError (not understood), WorldError file-not-read, Refused secrets-readable-by-others."""
    if source is None:
        return Secrets()
    data = sys.stdin.buffer.read(_LIMIT_OCTETS) if source == "-" else _read_file(Path(source))
    try:
        table = tomllib.loads(data.decode("utf-8"))
    except ValueError:  # its text would quote the secret
        raise UsageError(_("Le fichier des secrets n’est pas du TOML lisible.")) from None
    return _understood(table)


def _read_file(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            if sys.platform != "win32":
                found = os.fstat(file.fileno())
                if stat.S_ISREG(found.st_mode) and found.st_mode & 0o077:
                    raise Refused(
                        "secrets-readable-by-others",
                        _("Le fichier des secrets peut être lu par d’autres personnes\u00a0: il est refusé."),
                        _("Limitez ses droits à vous seul (chmod 600)."),
                    )
            return file.read(_LIMIT_OCTETS)
    except OSError as error:
        raise WorldError(
            "file-not-read",
            _("Le fichier des secrets n’a pas pu être lu."),
            _("Vérifiez son chemin et ses droits."),
            type(error).__name__,
        ) from error


def _understood(table: dict[str, Any]) -> Secrets:
    store, accounts, card = (table.get(name, {}) for name in ("store", "accounts", "card"))
    if not all(isinstance(each, dict) for each in (store, accounts, card)):
        raise _wrong()
    passwords: dict[str, Secret] = {}
    new_passwords: dict[str, Secret] = {}
    for address, values in accounts.items():
        if not isinstance(values, dict):
            raise _wrong()
        password, new = _text(values, "password"), _text(values, "new_password")  # pyright: ignore[reportUnknownArgumentType]
        if password is None:
            raise _wrong()
        passwords[address.casefold()] = password
        if new is not None:
            new_passwords[address.casefold()] = new
    return Secrets(_text(store, "passphrase"), passwords, new_passwords, _text(card, "pin"))


def _text(table: dict[str, Any], name: str) -> Secret | None:
    value = table.get(name)
    if value is None:
        return None
    if not isinstance(value, str):
        raise _wrong()
    return Secret(value)


def _wrong() -> UsageError:
    return UsageError(
        _('Le fichier des secrets n’a pas la forme attendue ([store], [accounts."adresse"], [card]).')
    )
