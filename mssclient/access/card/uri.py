"""``pkcs11:`` URIs (RFC 7512): which certificate of which token, through which module. Pure.

They come from a person's clipboard or a configuration file: read within limits, or refused in words.
"""

import re
from urllib.parse import quote, unquote_to_bytes

from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["Malformed", "Pkcs11Uri", "read_uri", "write_uri"]

_SCHEME = "pkcs11:"
_URI_LETTERS = 4096
_ATTRIBUTES = 32
_VALUE_OCTETS = 1024
_PLACE = (
    "library-description",
    "library-manufacturer",
    "library-version",
    "slot-description",
    "slot-id",
    "slot-manufacturer",
    "manufacturer",
    "model",
    "serial",
    "token",
)
_OBJECT = ("id", "object", "type")
_SECRET = ("pin-source", "pin-value")
_MODULE = ("module-name", "module-path")
_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")
_BROKEN_PERCENT = re.compile(r"%(?![0-9A-Fa-f]{2})")
_PATH_SAFE = ":[]@!$'()*+,=&"
_QUERY_SAFE = ":[]@!$'()*+,=/?|"


class Malformed(Refused):
    """No URI of RFC 7512, or one that we do not use: ``pkcs11-uri``, ``pkcs11-uri-secret``."""


class Pkcs11Uri(Record, frozen=True, kw_only=True):
    """What has to agree. What is not said agrees with everything."""

    place: dict[str, str] = {}
    """Of library, slot and token, by the names of the RFC: ``token``, ``serial``, ``slot-id``…"""
    object: str | None = None
    """Label of the certificate."""
    id: bytes | None = None
    """CKA_ID, which the certificate shares with its key."""
    type: str = "cert"
    unknown: bool = False
    """The path holds an attribute that we do not know: the URI then agrees with nothing (§2.5)."""
    module_path: str = ""
    """File of the module, or the folder to look for ``module_name`` in."""
    module_name: str = ""
    """Without folder, ``lib`` and suffix."""


def read_uri(text: str) -> Pkcs11Uri:
    """Read one URI; blanks around it are no part of it. Raises Malformed.

    ``pin-value`` and ``pin-source`` are refused: a PIN is asked of the person and kept nowhere.
    """
    text = text.strip()
    if len(text) > _URI_LETTERS:
        raise _malformed("too long")
    if text[: len(_SCHEME)].lower() != _SCHEME:
        raise _malformed("scheme")
    path, _mark, query = text[len(_SCHEME) :].partition("?")
    asked = _attributes(query, "&")
    if any(name in _SECRET for name in asked):
        raise _with_secret()
    said = _attributes(path, ";")
    module = {name: _text(asked[name]) for name in _MODULE if name in asked}
    return Pkcs11Uri(
        place={name: _place(name, _text(value)) for name, value in said.items() if name in _PLACE},
        object=_text(said["object"]) if "object" in said else None,
        id=said.get("id"),
        type=_text(said.get("type", b"cert")),
        unknown=any(name not in _PLACE and name not in _OBJECT for name in said),
        module_path=module.get("module-path", ""),
        module_name=module.get("module-name", ""),
    )


def write_uri(uri: Pkcs11Uri) -> str:
    """The text that :func:`read_uri` reads as ``uri``, which must not be ``unknown``."""
    path = [f"{name}={quote(value, safe=_PATH_SAFE)}" for name, value in uri.place.items()]
    if uri.object is not None:
        path.append(f"object={quote(uri.object, safe=_PATH_SAFE)}")
    if uri.id is not None:
        path.append("id=" + "".join(f"%{octet:02X}" for octet in uri.id))  # as the RFC advises
    path.append(f"type={quote(uri.type, safe=_PATH_SAFE)}")
    query = [
        f"{name}={quote(value, safe=_QUERY_SAFE)}"
        for name, value in (("module-name", uri.module_name), ("module-path", uri.module_path))
        if value
    ]
    return _SCHEME + ";".join(path) + ("?" + "&".join(query) if query else "")


def _attributes(text: str, separator: str) -> dict[str, bytes]:
    """Names and decoded values. Those of vendors may be repeated in a query; then the last one is kept."""
    found: dict[str, bytes] = {}
    for each in text.split(separator) if text else ():
        name, equals, value = each.partition("=")
        if not equals or not _NAME.fullmatch(name) or len(found) >= _ATTRIBUTES:
            raise _malformed("attribute")
        if name in found and (separator == ";" or name in _MODULE):
            raise _malformed("repeated")
        found[name] = _decode(value)
    return found


def _decode(value: str) -> bytes:
    if _BROKEN_PERCENT.search(value):
        raise _malformed("percent")
    try:
        octets = unquote_to_bytes(value)
    except UnicodeEncodeError:  # a lone surrogate
        raise _malformed("letters") from None
    if len(octets) > _VALUE_OCTETS:
        raise _malformed("value too long")
    return octets


def _text(octets: bytes) -> str:
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        raise _malformed("letters") from None
    if not text.isprintable():
        raise _malformed("letters")
    return text


def _place(name: str, value: str) -> str:
    if name != "slot-id":
        return value
    if not (value.isascii() and value.isdigit() and len(value) <= 20):
        raise _malformed("slot-id")
    return str(int(value))


def _malformed(detail: str) -> Malformed:
    """``detail`` never holds what was written: a URI names a person's token."""
    return Malformed(
        "pkcs11-uri",
        _("Cette adresse «\u00a0pkcs11:\u00a0» n’est pas lisible."),
        _("Copiez-la en entier, ou choisissez le certificat dans la liste."),
        detail,
    )


def _with_secret() -> Malformed:
    return Malformed(
        "pkcs11-uri-secret",
        _("Cette adresse «\u00a0pkcs11:\u00a0» porte un code, ou dit où le lire\u00a0: elle est refusée."),
        _("Ôtez-en «\u00a0pin-value\u00a0» et «\u00a0pin-source\u00a0»\u202f; le code vous sera demandé."),
    )
