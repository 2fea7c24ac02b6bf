"""What a card's directory looks like, and what is left of it after damage. For properties and fuzzing."""

import contextlib
import random

from mssclient.access.card.pkcs15 import read_objects
from mssclient.access.card.tlv import Nonsense, find, read_items
from tests.servers.virtual_card import integer, label, octets, sequence, tlv

__all__ = ["FILES", "damage", "examine"]


def _at(file: str) -> bytes:
    return sequence(octets(bytes.fromhex("3F000001" + file)))


DIRECTORY = tlv(0xA0, _at("7001")) + tlv(0xA4, _at("7002")) + tlv(0xA8, _at("7003")) + bytes(20)
KEYS = b"".join(
    sequence(
        label(f"clé {name}", b"\x01"),
        sequence(octets(bytes((name,))), tlv(0x03, b"\x05\x20"), integer(reference)),
        tlv(0xA1, sequence(_at("5001"), integer(2048))),
    )
    for name, reference in ((2, 0x82), (3, 0x20))
)
CERTIFICATES = sequence(
    label("Certificat d’authentification"), sequence(octets(b"\x02")), tlv(0xA1, sequence(_at("A001")))
) + sequence(
    label("Certificat dans l’annuaire"),
    sequence(octets(b"\x03")),
    tlv(0xA1, sequence(tlv(0xA0, sequence(integer(1), octets(bytes(300)))))),
)
PINS = sequence(
    label("Code porteur"),
    sequence(octets(b"\x01")),
    tlv(
        0xA1,
        sequence(
            tlv(0x03, b"\x03\x88"),
            tlv(0x0A, b"\x01"),
            integer(4),
            integer(8),
            integer(4 + 4),
            tlv(0x80, b"\x01"),
            octets(b"\xff"),
        ),
    ),
)
FILES = {
    "directory": DIRECTORY,
    "3f0000017001": KEYS,
    "3f0000017002": CERTIFICATES,
    "3f0000017003": PINS,
}


def damage(files: dict[str, bytes], chance: random.Random) -> dict[str, bytes]:
    """The files with octets changed, removed, doubled or replaced by telling ones."""
    telling = (b"\x30\x80", b"\x84\xff\xff\xff\xff", b"\x1f\xff\xff\xff", b"\x00", b"\xff", b"\x82\xff\xff")
    damaged = dict(files)
    for _ in range(chance.randint(1, 8)):
        name = chance.choice(list(damaged))
        data = bytearray(damaged[name])
        at = chance.randint(0, len(data))
        match chance.randrange(5):
            case 0:
                data[at : at + 1] = bytes((chance.randrange(256),))
            case 1:
                del data[at : at + chance.choice((1, 3, 40))]
            case 2:
                data[at:at] = data[at : at + 40] * chance.choice((1, 2, 50))
            case 3:
                data[at:at] = chance.choice(telling)
            case _:
                data[at : at + 2] = chance.choice(telling)
        damaged[name] = bytes(data[: 1 << 14])
    return damaged


def examine(files: dict[str, bytes]) -> None:
    """Raise when the parser breaks a promise."""
    reads = 0

    def read(path: bytes) -> bytes:
        nonlocal reads
        reads += 1
        assert reads <= 16
        return files.get(path.hex(), b"")

    try:
        objects = read_objects(files["directory"], read)
    except Nonsense:
        objects = None
    if objects is not None:
        for key in objects.keys:
            assert 0 <= key.reference <= 255
            assert 1 <= len(key.identifier) <= 64
        for pin in objects.pins:
            assert 1 <= pin.shortest <= pin.longest <= pin.stored <= 64
            assert 0 <= pin.reference <= 255
        for certificate in objects.certificates:
            assert certificate.path or certificate.value
            assert certificate.label.isprintable()
    for data in files.values():
        for padded in (False, True):
            try:
                for item in read_items(data, padded=padded):
                    assert len(item.value) <= len(data)
            except Nonsense:
                pass
        with contextlib.suppress(Nonsense):
            find(data, 0x9B)
