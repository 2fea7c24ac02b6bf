"""The two pictures that a style sheet must name by a path, registered in memory: no file is written.

The bytes follow the format of Qt's resource compiler (version 1): a tree of nodes, a table of names with
their hash, and the data, all big-endian.
"""

import struct

from PySide6.QtCore import qRegisterResourceData

from mssclient import resources
from ui.theme.tokens import THEMES

__all__ = ["register_pictures"]

_kept: list[tuple[bytes, bytes, bytes]] = []


def register_pictures() -> None:
    """Make ``:/mss/<theme>/chevron.svg`` and ``…/tick.svg`` readable by style sheets; once."""
    if _kept:
        return
    folders = {
        theme: {
            "chevron.svg": _tint("chevron-down", tokens["muted"]),
            "tick.svg": _tint("check", tokens["on_accent"]),
            "menutick.svg": _tint("check", tokens["text"]),
            "right.svg": _tint("chevron-right", tokens["muted"]),
        }
        for theme, tokens in THEMES.items()
    }
    _kept.append(_compile({"mss": folders}))
    qRegisterResourceData(1, *_kept[0])


def _tint(name: str, colour: str) -> bytes:
    svg = resources.path("icons", f"{name}.svg").read_text(encoding="utf-8")
    return svg.replace("currentColor", colour).replace('stroke-width="2"', 'stroke-width="2.6"').encode()


def _hash(name: str) -> int:
    value = 0
    for letter in name:
        value = (value << 4) + ord(letter)
        value ^= (value & 0xF0000000) >> 23
        value &= 0x0FFFFFFF
    return value


def _compile(tree: dict[str, dict[str, dict[str, bytes]]]) -> tuple[bytes, bytes, bytes]:
    nodes, names, data = bytearray(), bytearray(), bytearray()
    level: list[tuple[str, object]] = [("", tree)]
    first_child = 1
    while level:
        below: list[tuple[str, object]] = []
        for name, content in level:
            name_at = len(names) if name else 0
            if name:
                names += struct.pack(">HI", len(name), _hash(name)) + name.encode("utf-16-be")
            if isinstance(content, dict):
                children = sorted(content.items(), key=lambda item: _hash(str(item[0])))
                nodes += struct.pack(">IHII", name_at, 2, len(children), first_child)
                first_child += len(children)
                below += children
            else:
                assert isinstance(content, bytes)
                nodes += struct.pack(">IHHHI", name_at, 0, 0, 1, len(data))
                data += struct.pack(">I", len(content)) + content
        level = below
    return bytes(nodes), bytes(names), bytes(data)
