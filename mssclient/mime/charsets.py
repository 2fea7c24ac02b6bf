"""Charsets as mail names them: bytes to text, without ever raising.

Only real text encodings are looked up: Python's registry also answers to ``rot13``, ``punycode``
(quadratic) or ``unicode_escape``, which no message may ask for.
"""

import codecs
import re
from functools import lru_cache

__all__ = ["decode", "drop_surrogates", "known"]

# As browsers do (WHATWG Encoding): who says iso-8859-1 and uses 0x80-0x9F means cp1252.
_ALIASES = {
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "ansi_x3.4-1968": "utf-8",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "8859-1": "cp1252",
    "windows-1252": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "iso-8859-8-i": "iso8859_8",
    "iso-8859-8-e": "iso8859_8",
    "iso-8859-6-i": "iso8859_6",
    "iso-8859-6-e": "iso8859_6",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-unknown": "utf-8",
    "unknown-8bit": "utf-8",
    "utf8": "utf-8",
    "unicode-1-1-utf-7": "utf-7",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp-850": "cp850",
    "ibm850": "cp850",
    "x-sjis": "cp932",
    "shift_jis": "cp932",
    "tis-620": "iso8859_11",
    "windows-874": "cp874",
}
_TEXT = frozenset(
    [
        "ascii",
        "big5",
        "big5hkscs",
        "cp037",
        "cp437",
        "cp500",
        "cp720",
        "cp737",
        "cp775",
        "cp850",
        "cp852",
        "cp855",
        "cp856",
        "cp857",
        "cp858",
        "cp860",
        "cp861",
        "cp862",
        "cp863",
        "cp864",
        "cp865",
        "cp866",
        "cp869",
        "cp874",
        "cp875",
        "cp932",
        "cp949",
        "cp950",
        "cp1006",
        "cp1026",
        "cp1125",
        "cp1140",
        "cp1250",
        "cp1251",
        "cp1252",
        "cp1253",
        "cp1254",
        "cp1255",
        "cp1256",
        "cp1257",
        "cp1258",
        "euc_jp",
        "euc_jis_2004",
        "euc_jisx0213",
        "euc_kr",
        "gb18030",
        "gb2312",
        "gbk",
        "hz",
        "iso2022_jp",
        "iso2022_jp_1",
        "iso2022_jp_2",
        "iso2022_jp_2004",
        "iso2022_jp_3",
        "iso2022_jp_ext",
        "iso2022_kr",
        "iso8859-1",
        "iso8859-2",
        "iso8859-3",
        "iso8859-4",
        "iso8859-5",
        "iso8859-6",
        "iso8859-7",
        "iso8859-8",
        "iso8859-9",
        "iso8859-10",
        "iso8859-11",
        "iso8859-13",
        "iso8859-14",
        "iso8859-15",
        "iso8859-16",
        "johab",
        "koi8-r",
        "koi8-u",
        "koi8-t",
        "kz1048",
        "mac-cyrillic",
        "mac-greek",
        "mac-iceland",
        "mac-latin2",
        "mac-roman",
        "mac-turkish",
        "ptcp154",
        "shift_jis",
        "shift_jis_2004",
        "shift_jisx0213",
        "tis-620",
        "utf-7",
        "utf-8",
        "utf-8-sig",
        "utf-16",
        "utf-16-le",
        "utf-16-be",
        "utf-32",
        "utf-32-le",
        "utf-32-be",
    ]
)
_SURROGATES = re.compile("[\ud800-\udfff]")
_MAY_MAKE_SURROGATES = ("utf-7", "utf-16", "utf-32")


@lru_cache(512)
def known(charset: str) -> str | None:
    """The codec for a declared charset, or None when there is no such text encoding."""
    name = charset.strip(" \t\"'").partition("*")[0].lower()[:60]
    name = _ALIASES.get(name, name)
    try:
        codec = codecs.lookup(name).name
    except (LookupError, ValueError, UnicodeError):
        return None
    return codec if codec in _TEXT or codec.replace("_", "-") in _TEXT else None


def drop_surrogates(text: str) -> str:
    """Lone surrogates (UTF-7 can make them) cannot be stored or sent on: U+FFFD instead."""
    return _SURROGATES.sub("\ufffd", text)


def decode(data: bytes, charset: str | None) -> tuple[str, str]:
    """``data`` as text and the name of what went wrong ("" when nothing did).

    Tried in this order: the declared charset, UTF-8, cp1252 with U+FFFD for its five holes.
    Names: ``unknown-charset``, ``wrong-charset``.
    """
    codec = known(charset) if charset else "utf-8"
    defect = ""
    if codec is None:
        defect, codec = "unknown-charset", "utf-8"
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        pass
    else:
        return (drop_surrogates(text) if codec.startswith(_MAY_MAKE_SURROGATES) else text), defect
    if codec != "utf-8":
        try:
            return data.decode("utf-8"), defect or "wrong-charset"
        except UnicodeError:
            pass
    if codec not in ("utf-8", "cp1252"):  # a multibyte text with one broken sequence: keep the rest of it
        try:
            text = drop_surrogates(data.decode(codec, "replace"))
        except (UnicodeError, ValueError):
            text = ""
        if text.count("\ufffd") * 10 < len(text):
            return text, defect or "wrong-charset"
    elif codec == "utf-8" and charset is not None:
        text = data.decode("utf-8", "replace")
        if text.count("\ufffd") * 50 < len(text) and any(
            ord(c) > 0x7F and c != "\ufffd" for c in text[:2000]
        ):
            return text, defect or "wrong-charset"  # torn UTF-8 rather than Latin-1
    return data.decode("cp1252", "replace"), defect or "wrong-charset"
