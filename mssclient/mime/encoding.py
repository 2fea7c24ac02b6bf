"""Header values for the wire: encoded words (RFC 2047), folding (RFC 5322 §2.2.3), parameters (RFC 2231)."""

import binascii
import re
import urllib.parse
from collections.abc import Iterator, Sequence

from mssclient.mime.addresses import Address, domain_of
from mssclient.mime.mailboxes import quoted
from mssclient.model.errors import Refused
from mssclient.model.language import _

__all__ = ["check_line", "fold_list", "parameter", "posted_address", "unstructured", "written_mailbox"]

_ATEXT_PHRASE = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]*")
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_QUOTED_LOCAL = re.compile(r'"(?:[ !#-\[\]-~]|\\[ -~])*"')
_PLAIN_Q = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!*+-/")
_SAFE_PARAMETER = re.compile(r"[ !#-\[\]-~]*")
_LINE = 76
_WORD = 75


def check_line(text: str) -> str:
    """``text`` if it can stand in a header.

    Raises Refused ``header-injection`` on a CR, LF, NUL or another control: nobody types these, a forged
    name or subject may carry them to smuggle a field.
    """
    if any(
        ord(letter) < 32 or ord(letter) in (0x7F, 0x85, 0x2028, 0x2029) for letter in text if letter != "\t"
    ):
        raise Refused(
            "header-injection",
            _("Un champ du message contient un saut de ligne ou un caractère de commande."),
            _("Retapez l’objet, le nom ou l’adresse à la main au lieu de les coller."),
        )
    return text.encode("utf-8", "replace").decode("utf-8").replace("\t", " ")


def posted_address(address: str) -> str:
    """The address as SMTP takes it, its domain in A-labels.

    Raises Refused ``bad-address`` when it is none; a local part outside of ASCII would need SMTPUTF8.
    """
    address = check_line(address).strip()
    local, _at, written = address.rpartition("@")
    domain = domain_of(address)
    if not (_LOCAL.fullmatch(local) or _QUOTED_LOCAL.fullmatch(local)) or not domain or len(local) > 64:
        raise Refused(
            "bad-address",
            _("Une adresse de destinataire ou d’expéditeur n’est pas valable."),
            _("Vérifiez les adresses\u00a0: elles ont la forme nom@domaine, sans accent ni espace."),
        )
    return f"{local}@{written if written.isascii() and not written.endswith('.') else domain}"


def _needs_encoding(text: str) -> bool:
    return (
        not text.isascii()
        or "=?" in text
        or "  " in text
        or text != text.strip(" ")
        or any(len(word) > 500 for word in text.split(" "))
    )


def unstructured(name: str, text: str) -> bytes:
    """One folded field with its final CRLF. Raises as :func:`check_line`."""
    text = check_line(text)
    start = len(name) + 2
    if not text:
        return f"{name}: \r\n".encode("ascii")
    if _needs_encoding(text):
        return f"{name}: {_encoded_words(text, start)}\r\n".encode("ascii")
    return (f"{name}: " + _fold(text.split(" "), start) + "\r\n").encode("ascii")


def _fold(words: Sequence[str], column: int) -> str:
    out = words[0]
    column += len(words[0])
    for word in words[1:]:
        if column + 1 + len(word) > _LINE:
            out += "\r\n " + word
            column = 1 + len(word)
        else:
            out += " " + word
            column += 1 + len(word)
    return out


def _encoded_words(text: str, column: int) -> str:
    """Each word holds whole characters, so that a reader may decode it alone."""
    data = text.encode("utf-8")
    rough = sum(byte not in _PLAIN_Q and byte != 32 for byte in data)
    quoted = rough * 3 < len(data)
    words: list[str] = []
    room = max(_WORD - max(column - 1, 0), 30)
    current: list[str] = []
    used = 12  # =?utf-8?q??=
    for letter in text:
        octets = letter.encode("utf-8")
        cost = sum(1 if byte in _PLAIN_Q or byte == 32 else 3 for byte in octets) if quoted else len(octets)
        total = used + cost if quoted else 12 + (used - 12 + cost + 2) // 3 * 4
        if current and total > room:
            words.append(_one_word("".join(current), quoted))
            current, used, room = [], 12, _WORD - 1
        current.append(letter)
        used += cost
    words.append(_one_word("".join(current), quoted))
    return "\r\n ".join(words)


def _one_word(text: str, quoted: bool) -> str:
    data = text.encode("utf-8")
    if not quoted:
        return "=?utf-8?b?" + binascii.b2a_base64(data, newline=False).decode("ascii") + "?="
    return "=?utf-8?q?" + "".join(_q_octet(byte) for byte in data) + "?="


def _q_octet(byte: int) -> str:
    if byte == 32:
        return "_"
    return chr(byte) if byte in _PLAIN_Q else f"={byte:02X}"


def written_mailbox(address: Address) -> list[str]:
    """A mailbox as words that may be folded apart. Raises as :func:`posted_address` does."""
    posted = posted_address(address.address)
    name = check_line(address.name).strip()
    if not name:
        return [posted]
    if _needs_encoding(name):
        return [*_encoded_words(name, 10).split("\r\n "), f"<{posted}>"]
    if _ATEXT_PHRASE.fullmatch(name):
        return [*name.split(" "), f"<{posted}>"]
    return [quoted(name), f"<{posted}>"]


def fold_list(name: str, items: Sequence[Sequence[str]], separator: str) -> bytes:
    """A field of items (mailboxes, ids), folded between their words; with its final CRLF."""
    words: list[str] = []
    for index, item in enumerate(items):
        last = len(items) - 1 == index
        words.extend([*item[:-1], item[-1] + ("" if last else separator)])
    return (f"{name}: " + _fold(words, len(name) + 2) + "\r\n").encode("ascii")


def parameter(name: str, value: str) -> Iterator[str]:
    """A MIME parameter: quoted when ASCII and short, else in sections of RFC 2231."""
    value = check_line(value)
    if value.isascii() and len(value) <= 60 and _SAFE_PARAMETER.fullmatch(value) and "=?" not in value:
        yield f'{name}="{value}"'
        return
    chunks: list[str] = [""]
    for letter in value:
        coded = urllib.parse.quote(letter.encode("utf-8"), safe="")
        if len(chunks[-1]) + len(coded) > 50:
            chunks.append("")
        chunks[-1] += coded
    if len(chunks) == 1:
        yield f"{name}*=utf-8''{chunks[0]}"
        return
    for index, chunk in enumerate(chunks):
        prefix = "" if index else "utf-8''"
        yield f"{name}*{index}*={prefix}{chunk}"
