"""Cheap warnings about one part, from its name and its first bytes: nothing is decoded in full."""

import re
from typing import Protocol

from mssclient.mime.transfer import decode_prefix
from mssclient.mime.vocabulary import vocabulary

__all__ = ["EXECUTABLE", "flags_of", "flags_of_name"]

EXECUTABLE = vocabulary(
    """ade adp apk app appimage application appref-ms appx appxbundle bat cab chm cmd com cpl deb desktop
    diagcab dll dmg exe gadget hlp hta inf ins iso img isp jar jnlp job js jse ksh lib lnk mde msc msi
    msix msixbundle msp mst nsh pif pkg ps1 ps1xml ps2 psc1 psd1 psm1 py pyc pyw reg rpm run scf scr sct
    settingcontent-ms sh shb shs sys url vb vbe vbp vbs vhd vhdx vxd website wim ws wsc wsf wsh xbap xll
    xnk"""
)
_MACRO = vocabulary("docm dotm xlsm xltm xlam xlsb pptm potm ppsm ppam sldm")
_DOCUMENT = vocabulary(
    """pdf doc docx odt rtf txt xls xlsx ods csv ppt pptx odp jpg jpeg png gif tif tiff bmp zip xml htm html
    hpr hpm hl7 dcm eml mp3 mp4 avi"""
)
_EXTENSION = re.compile(r"\.([A-Za-z0-9-]{1,20})\s*$")
_DOUBLE = re.compile(r"\.([A-Za-z0-9]{1,5})[\s_.]*\.([A-Za-z0-9-]{1,20})\s*$")
_MAGIC = (
    (b"MZ", "executable"),
    (b"\x7fELF", "executable"),
    (b"\xca\xfe\xba\xbe", "executable"),
    (b"\xcf\xfa\xed\xfe", "executable"),
    (b"#!", "executable"),
    (b"\x78\x9f\x3e\x22", "tnef"),
)


class Named(Protocol):
    """What is looked at in a part."""

    type: str
    filename: str | None
    encoding: str
    start: int
    end: int


def flags_of_name(name: str) -> list[str]:
    """ "executable", "macro", "double-extension" for a file name."""
    flags: list[str] = []
    found = _EXTENSION.search(name)
    extension = found[1].lower() if found else ""
    if extension in EXECUTABLE:
        flags.append("executable")
    if extension in _MACRO:
        flags.append("macro")
    double = _DOUBLE.search(name)
    if double and double[1].lower() in _DOCUMENT and extension in EXECUTABLE:
        flags.append("double-extension")
    return flags


def flags_of(raw: bytes, part: Named) -> tuple[str, ...]:
    """Flags of a leaf; () for an ordinary part."""
    name = part.filename
    if name is None and part.type.startswith("text/"):
        return ()
    flags = flags_of_name(name) if name else []
    if (
        part.type in ("application/ms-tnef", "application/vnd.ms-tnef")
        or (name or "").lower() == "winmail.dat"
    ):
        flags.append("tnef")
    elif part.type in ("application/x-msdownload", "application/x-dosexec", "application/x-executable"):
        flags.append("executable")
    head = decode_prefix(raw[part.start : min(part.end, part.start + 200)], part.encoding)
    for magic, flag in _MAGIC:
        if head.startswith(magic) and (magic != b"MZ" or _looks_like_program(head)):
            flags.append(flag)
    if head.startswith(b"PK\x03\x04") and len(head) > 7 and head[6] & 1:
        flags.append("encrypted")
    return tuple(dict.fromkeys(flags))


def _looks_like_program(head: bytes) -> bool:
    return len(head) > 30 and any(byte < 9 for byte in head[2:30])
