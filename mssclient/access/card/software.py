"""Software certificates behind a PKCS#11 module (a key on USB, SoftHSM…), found by their URI.

A URI that names no module is looked for in those that are known to be installed, p11-kit's last: it begins
the others inside of itself, and none begins twice in one process.
"""

import logging
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from os.path import isfile  # unlike Path's, false for a name that no file can have
from pathlib import Path
from typing import NamedTuple

from mssclient.access.card import module as modules
from mssclient.access.card.module import ModuleRoute, Slot
from mssclient.access.card.problems import no_certificate, no_module, no_token
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, generations
from mssclient.access.card.uri import Pkcs11Uri, write_uri
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import WorldError

__all__ = ["Found", "find_certificates"]

_log = logging.getLogger(__name__)
_LINUX = (
    "/usr/lib/x86_64-linux-gnu",
    "/usr/lib/aarch64-linux-gnu",
    "/usr/lib64",
    "/usr/lib",
    "/usr/local/lib",
)
_INSTALLED = {
    "linux": tuple(
        f"{folder}/{name}"
        for name in ("opensc-pkcs11.so", "libykcs11.so", "softhsm/libsofthsm2.so", "p11-kit-proxy.so")
        for folder in _LINUX
    ),
    "darwin": (
        "/Library/OpenSC/lib/opensc-pkcs11.so",
        "/usr/local/lib/libykcs11.dylib",
        "/opt/homebrew/lib/libykcs11.dylib",
        "/usr/local/lib/p11-kit-proxy.dylib",
    ),
    "win32": (
        r"C:\Program Files\OpenSC Project\OpenSC\pkcs11\opensc-pkcs11.dll",
        r"C:\Program Files\Yubico\Yubico PIV Tool\bin\libykcs11.dll",
        r"C:\SoftHSM2\lib\softhsm2-x64.dll",
    ),
}
_SUFFIX = {"win32": ".dll", "darwin": ".dylib"}.get(sys.platform, ".so")
_NAMED = ("token", "serial", "model", "manufacturer")
"""What a URI that we write says of a token: the rest changes with the computer."""


class Found(NamedTuple):
    """A certificate of a token that stays open; several may be of one token."""

    token: Token
    certificate: CardCertificate
    place: str
    """Label of the token."""
    uri: str


def find_certificates(
    thread: CardThread, uri: Pkcs11Uri, *, module: str = "", anchors: Sequence[bytes]
) -> tuple[Found, ...]:
    """Every certificate with a key that agrees with ``uri``; at least one. Needs no PIN.

    ``module``: a file to look in too (the setting for cards); ``anchors``: authorities of cards, DER. Tokens
    without any such certificate are let go.

    Raises WorldError: pkcs11-no-module, pkcs11-no-token, card-no-library, card-busy, and what kept the only
    token from being read; Refused pkcs11-no-certificate.
    """
    opened = thread.call(partial(_open, uri, module))
    found: dict[tuple[str, str], Found] = {}
    failure: WorldError | None = None
    for route, slot in opened:
        token = Token(route, thread, anchors)
        mine: list[Found] = []
        try:
            mine = [Found(token, each, slot.label, _uri(slot, token, each)) for each in token.certificates()]
        except WorldError as error:
            failure = error
        mine = [
            each
            for each in mine
            if _names(uri, token, each.certificate)
            and (each.certificate.fingerprint, slot.serial) not in found
        ]
        found.update({(each.certificate.fingerprint, slot.serial): each for each in mine})
        if not mine:
            token.close(reset=False)
    if not found:
        raise failure or no_certificate()
    return tuple(found.values())


def _names(uri: Pkcs11Uri, token: Token, certificate: CardCertificate) -> bool:
    return (
        uri.type == "cert"
        and uri.object in (None, certificate.label)
        and uri.id in (None, token.key_of(certificate))
    )


def _uri(slot: Slot, token: Token, certificate: CardCertificate) -> str:
    return write_uri(
        Pkcs11Uri(
            place={name: slot.attributes[name] for name in _NAMED if slot.attributes[name]},
            object=certificate.label or None,
            id=token.key_of(certificate),
            module_path=slot.module,
        )
    )


def _open(uri: Pkcs11Uri, module: str) -> list[tuple[ModuleRoute, Slot]]:
    """On the card thread: every token that agrees, of every module that may be meant."""
    known = generations()
    found: list[tuple[ModuleRoute, Slot]] = []
    failure: WorldError | None = None
    loaded = False
    for path in _modules(uri, module):
        try:
            tokens = modules.slots(path)
        except WorldError as error:
            _log.info("a module was passed over: %s (%s)", error.code, error.detail)
            failure = failure or error
            continue
        loaded = True
        for slot in tokens:
            if not uri.unknown and _agrees(uri.place, slot.attributes):
                try:
                    found.append((ModuleRoute(slot, known.get(slot.reader, "")), slot))
                except WorldError as error:
                    _log.info("a token was passed over: %s (%s)", error.code, error.detail)
    if not loaded:
        raise no_module(failure.detail if failure is not None else "none installed")
    if not found:
        raise no_token()
    return found


def _agrees(place: Mapping[str, str], attributes: Mapping[str, str]) -> bool:
    """Tokens pad what they say with blanks, which are no part of it (§2.5)."""
    return all(attributes[name] == value.strip() for name, value in place.items())


def _modules(uri: Pkcs11Uri, setting: str) -> list[Path]:
    """Files that may be meant, each once."""
    if uri.module_path or uri.module_name:
        named = _named(uri)
        return [] if named is None else [named]
    ans = modules.installed_module()
    every = [*([Path(setting)] if setting else []), *([ans] if ans else [])]
    every += map(Path, _INSTALLED.get(sys.platform, ()))
    return list({each.resolve(): each for each in every if isfile(each)}.values())


def _named(uri: Pkcs11Uri) -> Path | None:
    """By ``module-path`` (whole, never relative to wherever we run) or by ``module-name``."""
    path = Path(uri.module_path)
    if uri.module_path and (not path.is_absolute() or isfile(path)):
        return path if path.is_absolute() else None
    name = uri.module_name
    if not name or Path(name).name != name:
        return None
    places = [path] if uri.module_path else list(dict.fromkeys(_folders()))
    files = (place / f"{lib}{name}{_SUFFIX}" for place in places for lib in ("", "lib"))
    return next((each for each in files if isfile(each)), None)


def _folders() -> list[Path]:
    ans = modules.installed_module()
    known = [Path(each).parent for each in _INSTALLED.get(sys.platform, ())]
    return [*([ans.parent] if ans else []), *known, *(Path(each, "pkcs11") for each in _LINUX)]
