"""Names of files that came by mail, made safe for both systems."""

import re
import unicodedata

__all__ = ["sanitise_filename"]

MAX_CHARACTERS = 120
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f-\x9f]')
_DEVICES = re.compile(r"(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?=\.|$)", re.I)
_SPACES = re.compile(r"[\s\u2800\u3164\u115f\u1160\uffa0]+")


def sanitise_filename(name: str) -> str:
    """A name that Windows and Linux accept, and that shows what it is; never empty, at most 120 characters.

    No path, no reserved device name, no trailing dot or blank, no control or bidirectional override
    (which would hide an extension), no long run of blanks. Accents stay; shortening keeps the extension.
    """
    text = unicodedata.normalize("NFC", name[:4000])
    text = re.split(r"[/\\]", text.rstrip("/\\. "))[-1]
    text = "".join(c for c in text if unicodedata.category(c) not in ("Cc", "Cf", "Cs", "Co", "Cn"))
    text = _FORBIDDEN.sub("_", _SPACES.sub(" ", text)).strip(" .")
    if not text:
        return "sans-nom"
    device = _DEVICES.match(text)
    if device is not None:
        text = "_" + text
    return _shorten(text)


def _shorten(text: str) -> str:
    """By characters, and by octets: Linux allows 255 octets in a name."""
    stem, dot, extension = text.rpartition(".")
    if not dot or not stem or len(extension) > 20:
        stem, dot, extension = text, "", ""
    while len(stem) + len(dot) + len(extension) > MAX_CHARACTERS or len((stem + extension).encode()) > 240:
        stem = stem[:-1]
    return (stem.rstrip(" .") or "sans-nom") + dot + extension
