"""What is on the card, from its own directory (PKCS#15 / ISO/IEC 7816-15): nothing is known by heart. Pure.

The object directory names three files: keys (PrKDF), certificates (CDF) and PINs (AODF). Cards are hostile
input like everything else: sizes, counts and depth are bounded, and what is not understood is left out
rather than guessed at.
"""

from collections.abc import Callable, Iterator

from mssclient.access.card.tlv import Item, Nonsense, read_items
from mssclient.model.records import Record

__all__ = ["CardObjects", "CertificateObject", "KeyObject", "PinObject", "ReadFile", "read_objects"]

ReadFile = Callable[[bytes], bytes]
"""The content of a file by its absolute path, e.g. 3F00 0001 5031, two octets a step."""

_INTEGER, _BITS, _OCTETS, _ENUMERATED, _UTF8, _SEQUENCE = 0x02, 0x03, 0x04, 0x0A, 0x0C, 0x30
_PRIVATE_KEYS, _AUTHENTICATION = 0xA0, 0xA8
_CERTIFICATES = (0xA4, 0xA5, 0xA6)
_TYPE_ATTRIBUTES = 0xA1
_CERTIFICATE_FILE, _DIRECT_CERTIFICATE = 0x30, 0xA0
_PIN_REFERENCE = 0x80
_FILES = 16
_PATH_OCTETS = 16
_IDENTIFIER_OCTETS = 64
_LABEL_OCTETS = 128
_PIN_LENGTHS = range(1, 65)


class KeyObject(Record, frozen=True, kw_only=True):
    identifier: bytes
    """Joins a key to its certificate."""
    reference: int
    """How commands name it, 0 to 255."""
    guard: bytes = b""
    """The identifier of the PIN that opens it; empty: not said."""
    label: str = ""


class CertificateObject(Record, frozen=True, kw_only=True):
    identifier: bytes
    path: bytes = b""
    value: bytes = b""
    """The certificate itself, where the directory holds it."""
    label: str = ""
    from_above: bool = False
    """In a directory of authorities: no key belongs to it."""


class PinObject(Record, frozen=True, kw_only=True):
    reference: int
    shortest: int
    longest: int
    """Characters a person types."""
    stored: int
    """Octets that VERIFY takes."""
    identifier: bytes = b""
    filler: int | None = None
    """The octet that fills up to ``stored``; None: not filled."""


class CardObjects(Record, frozen=True, kw_only=True):
    keys: tuple[KeyObject, ...] = ()
    certificates: tuple[CertificateObject, ...] = ()
    pins: tuple[PinObject, ...] = ()


def read_objects(directory: bytes, read_file: ReadFile) -> CardObjects:
    """What the object directory (EF.ODF) and the files that it names tell.

    At most 16 files are read. An entry that makes no sense is left out. Raises Nonsense when the directory
    itself makes none, and what ``read_file`` raises.
    """
    keys: list[KeyObject] = []
    certificates: list[CertificateObject] = []
    pins: list[PinObject] = []
    for number, entry in enumerate(read_items(directory, padded=True)):
        if number >= _FILES:
            break
        if entry.tag not in (_PRIVATE_KEYS, _AUTHENTICATION, *_CERTIFICATES):
            continue
        path = _path_in(entry)
        if path is None:
            continue
        for parts in _objects(read_file(path)):
            try:
                if entry.tag == _PRIVATE_KEYS:
                    keys.append(_key(parts))
                elif entry.tag == _AUTHENTICATION:
                    pins.append(_pin(parts))
                else:
                    certificates.append(_certificate(parts, from_above=entry.tag == _CERTIFICATES[1]))
            except (Nonsense, IndexError):
                continue
    return CardObjects(keys=tuple(keys), certificates=tuple(certificates), pins=tuple(pins))


def _path_in(entry: Item) -> bytes | None:
    """The path of a PathOrObjects or of a certificate's value: the first OCTET STRING of its sequence."""
    for sequence in entry.items():
        if sequence.tag == _SEQUENCE:
            for each in sequence.items():
                if each.tag == _OCTETS and 2 <= len(each.value) <= _PATH_OCTETS and len(each.value) % 2 == 0:
                    return each.value
    return None


def _objects(content: bytes) -> Iterator[list[Item]]:
    """The parts of each object of a file: common attributes, class attributes, type attributes."""
    try:
        entries = read_items(content, padded=True)
    except Nonsense:
        return
    for entry in entries:
        if entry.constructed:
            try:
                parts = entry.items()
            except Nonsense:
                continue
            if len(parts) >= 2:
                yield parts


def _first(items: list[Item], tag: int) -> bytes:
    for item in items:
        if item.tag == tag:
            return item.value
    raise Nonsense(f"no {tag:02X}")


def _label(common: Item) -> str:
    for item in common.items():
        if item.tag == _UTF8:
            text = item.value[:_LABEL_OCTETS].decode("utf-8", "replace")
            return "".join(each for each in text if each.isprintable())
    return ""


def _identifier(attributes: Item) -> bytes:
    value = _first(attributes.items(), _OCTETS)
    if not 1 <= len(value) <= _IDENTIFIER_OCTETS:
        raise Nonsense("identifier")
    return value


def _key(parts: list[Item]) -> KeyObject:
    reference = _first(parts[1].items(), _INTEGER)
    if not 1 <= len(reference) <= 2:
        raise Nonsense("key reference")
    # References from 80 to FF are written as negative numbers by some cards, with a leading zero by others.
    guard = next((each.value for each in parts[0].items() if each.tag == _OCTETS), b"")
    return KeyObject(
        identifier=_identifier(parts[1]),
        reference=reference[-1],
        guard=guard[:_IDENTIFIER_OCTETS],
        label=_label(parts[0]),
    )


def _certificate(parts: list[Item], *, from_above: bool) -> CertificateObject:
    identifier, label = _identifier(parts[1]), _label(parts[0])
    for attributes in parts[2:]:
        if attributes.tag != _TYPE_ATTRIBUTES:
            continue
        for value in attributes.items():
            inner = value.items()
            if inner and inner[0].tag == _DIRECT_CERTIFICATE:
                whole = inner[0].items()[0]
                encoded = _encode(whole)
                return CertificateObject(
                    identifier=identifier, value=encoded, label=label, from_above=from_above
                )
            path = _path_in(value)
            if path is not None:
                return CertificateObject(identifier=identifier, path=path, label=label, from_above=from_above)
    raise Nonsense("certificate without a place")


def _encode(item: Item) -> bytes:
    size = len(item.value)
    octets = size.to_bytes((size.bit_length() + 7) // 8 or 1, "big")
    length = bytes((size,)) if size < 0x80 else bytes((0x80 | len(octets),)) + octets
    return bytes((item.tag & 0xFF,)) + length + item.value


def _pin(parts: list[Item]) -> PinObject:
    attributes = read_items(_first(parts[1:], _TYPE_ATTRIBUTES))[0].items()
    # pinFlags, pinType, minLength, storedLength [, maxLength] [, [0] pinReference] [, padChar]
    numbers = [int.from_bytes(each.value, "big") for each in attributes if each.tag == _INTEGER]
    shortest, stored = numbers[0], numbers[1]
    longest = numbers[2] if len(numbers) > 2 else stored
    reference = next((each.value for each in attributes if each.tag == _PIN_REFERENCE), b"\0")
    filler = next((each.value for each in attributes if each.tag == _OCTETS), None)
    if not (shortest in _PIN_LENGTHS and stored in _PIN_LENGTHS and shortest <= longest <= stored):
        raise Nonsense("lengths of the PIN")
    if len(reference) != 1 or (filler is not None and len(filler) != 1):
        raise Nonsense("PIN reference")
    return PinObject(
        reference=reference[0],
        identifier=_identifier(parts[1]),
        shortest=shortest,
        longest=longest,
        stored=stored,
        filler=filler[0] if filler else None,
    )
