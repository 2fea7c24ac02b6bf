"""BODYSTRUCTURE (RFC 9051 §7.5.2): the attachments of a message whose header alone is here. Pure.

Provisional: the one reading of ``mime`` replaces it when the octets are here.
"""

from collections.abc import Sequence

from mssclient.mail.wire import Atom
from mssclient.mime.words import parameters
from mssclient.model.messages import AttachmentInfo

__all__ = ["attachments_of"]

_DEPTH_MAX = 30
_PARTS_MAX = 200
_NAME_MAX = 300


def attachments_of(structure: Sequence[Atom]) -> tuple[AttachmentInfo, ...]:
    """The parts that a person can open; odd structures give what can be made of them. Never raises."""
    found: list[AttachmentInfo] = []
    _walk(structure, "", 0, found)
    return tuple(found)


def _walk(node: Sequence[Atom], path: str, depth: int, found: list[AttachmentInfo]) -> None:
    if depth > _DEPTH_MAX or len(found) >= _PARTS_MAX or not node:
        return
    if isinstance(node[0], list):
        for number, child in enumerate(node, 1):
            if not isinstance(child, list):
                return
            _walk(child, f"{path}.{number}" if path else str(number), depth + 1, found)
        return
    if (part := _attachment(node, path or "1")) is not None:
        found.append(part)


def _attachment(node: Sequence[Atom], path: str) -> AttachmentInfo | None:
    main, sub = _word(node, 0), _word(node, 1)
    disposition, given = _disposition(node, main, sub)
    name = given.get("filename") or _parameters(node[2] if len(node) > 2 else None).get("name", "")
    inline = disposition == "inline" or (disposition == "" and bool(_word(node, 3)))
    if main == "text" and disposition != "attachment" and not name:
        return None  # the letter itself
    return AttachmentInfo(
        path=path,
        filename=name[:_NAME_MAX],
        type=f"{main}/{sub}"[:100],
        octets=_octets(node),
        inline=inline and main == "image",
    )


def _disposition(node: Sequence[Atom], main: str, sub: str) -> tuple[str, dict[str, str]]:
    """Where it stands depends on the type: text has a count of lines before, an enclosed message more."""
    before = (
        10 if (main, sub) in (("message", "rfc822"), ("message", "global")) else 8 if main == "text" else 7
    )
    field = node[before + 1] if len(node) > before + 1 else None
    if not isinstance(field, list) or not field or not isinstance(field[0], bytes):
        return "", {}
    return field[0].decode("latin-1").lower(), _parameters(field[1] if len(field) > 1 else None)


def _parameters(pairs: Atom) -> dict[str, str]:
    """Decoded as those of a header are (RFC 2231, encoded words), by the same reading."""
    if not isinstance(pairs, list):
        return {}
    text = "x"
    for key, value in zip(pairs[::2], pairs[1::2], strict=False):
        if isinstance(key, bytes) and isinstance(value, bytes):
            quoted = value.decode("latin-1").replace("\\", "\\\\").replace('"', '\\"')
            text += f'; {key.decode("latin-1")}="{quoted}"'
    return parameters(text[:20_000])[1]


def _octets(node: Sequence[Atom]) -> int:
    size = node[6] if len(node) > 6 else None
    if not isinstance(size, bytes) or not size.isdigit() or len(size) > 15:
        return 0
    # The size is that of the encoded text: 57 octets a line of 78.
    return int(size) * 57 // 78 if _word(node, 5) == "base64" else int(size)


def _word(node: Sequence[Atom], index: int) -> str:
    value = node[index] if len(node) > index else None
    return value.decode("latin-1").lower() if isinstance(value, bytes) else ""
