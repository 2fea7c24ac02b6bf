"""XML from strangers, parsed without entities, DTD, network or surprise. The room calls lxml only here."""

import re
from typing import Any

__all__ = ["MAX_OCTETS", "Unreadable", "local", "parse_xml", "root_hint", "squeeze"]

MAX_OCTETS = 30_000_000

_DECLARATION = re.compile(r"^\s*<\?xml[^>]{0,200}\?>")
_ROOT = re.compile(rb"<(?:([\w.-]{1,40}):)?([A-Za-z_][\w.-]{0,80})(?=[\s/>])([^<>]{0,8000})")


class Unreadable(Exception):
    """The document cannot be read; the text is a stable English word for the support desk."""


def parse_xml(data: bytes, most: int = MAX_OCTETS) -> Any:
    """The root element. Raises Unreadable: ``too-big``, ``doctype``, ``not-xml``.

    Document type declarations are refused altogether: no medical format has one, and all the bombs do.
    """
    # Here: whoever only recognises documents, as the engine does, never needs the 4 MB of it.
    from lxml import etree  # pyright: ignore[reportAttributeAccessIssue]

    if len(data) > most:
        raise Unreadable("too-big")
    if b"\x00" in data[:200]:
        data = _to_utf8(data)
    if b"<!DOCTYPE" in data or b"<!ENTITY" in data:
        raise Unreadable("doctype")
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=True,  # a PDF of more than 7 MB in base64 is one text node; entities are out already
        remove_comments=True,
        remove_pis=True,
    )
    try:
        root = etree.fromstring(data.lstrip(b"\xef\xbb\xbf \t\r\n"), parser)
    except (etree.LxmlError, ValueError, LookupError) as error:
        raise Unreadable("not-xml") from error
    if root is None or root.getroottree().docinfo.doctype:
        raise Unreadable("doctype")
    return root


def _to_utf8(data: bytes) -> bytes:
    """UTF-16 as UTF-8, so that what is searched for above cannot hide in it."""
    codec = (
        "utf-16"
        if data[:2] in (b"\xff\xfe", b"\xfe\xff")
        else "utf-16-le"
        if data[1:2] == b"\x00"
        else "utf-16-be"
    )
    try:
        text = data.decode(codec)
    except UnicodeError as error:
        raise Unreadable("not-xml") from error
    return _DECLARATION.sub("", text.lstrip("\ufeff")).encode("utf-8", "replace")


def root_hint(head: bytes) -> tuple[str, str]:
    """Local name and attributes of the first element in the first bytes of a file, without parsing it."""
    if b"\x00" in head[:200]:
        head = head.replace(b"\x00", b"")
    if not head.lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<"):
        return "", ""
    found = _ROOT.search(re.sub(rb"<!--.*?-->", b"", head, flags=re.S))
    return (found[2].decode("ascii", "replace"), found[3].decode("ascii", "replace")) if found else ("", "")


def local(element: Any) -> str:
    """Local name of an element; "" for what is none."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def squeeze(text: str | None, most: int = 500) -> str:
    """One line of text, blanks squeezed."""
    return " ".join((text or "")[: most * 4].split())[:most]
