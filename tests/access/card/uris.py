"""What a ``pkcs11:`` URI promises, for properties and fuzzing."""

from mssclient.access.card.uri import Malformed, read_uri, write_uri

__all__ = ["SPECIMENS", "examine"]

SPECIMENS = [
    "pkcs11:",
    "pkcs11:token=Jeton%20d%E2%80%99essai;object=Certificat;id=%01%02;type=cert?module-path=/usr/lib/m.so",
    "PKCS11:manufacturer=Yubico;model=YK5;serial=12345678;slot-id=0;slot-description=a;slot-manufacturer=b",
    "pkcs11:library-description=c;library-manufacturer=d;library-version=2.6;object=a=b&c?module-name=softhsm2",
    "pkcs11:id=%69%95%3E%5C%F4%BD%EC%91;x-vendor=1?x-a=1&x-a=2",
]


def examine(text: str) -> None:
    """Raise when the reader breaks a promise."""
    try:
        uri = read_uri(text)
    except Malformed:
        return
    for name in ("pin-value=", "pin-source="):
        assert name not in text.partition("?")[2].split("&")
    words = [*uri.place.values(), uri.object or "", uri.type, uri.module_path, uri.module_name]
    assert all(each.isprintable() for each in words)
    assert len(uri.place) <= 10
    assert sum(map(len, words)) + len(uri.id or b"") <= len(text.encode()) + len("cert")
    written = write_uri(uri)
    if not uri.unknown and len(written) <= 4096:
        assert read_uri(written) == uri
