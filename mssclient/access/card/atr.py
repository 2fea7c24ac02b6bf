"""Which CPS a card is, by its answer to reset. Pure."""

from typing import NamedTuple

__all__ = ["CardKind", "recognise"]


class CardKind(NamedTuple):
    generation: str
    """ "CPS3" or "CPS4"."""
    contactless: bool = False


# (answer to reset, mask or "", kind), from what the ANS publishes of its card driver. The masked one last:
# it would take a CPS4 that speaks T=0 only for a CPS3.
_KNOWN = (
    ("3B9B188001001225006480040100009044", "", CardKind("CPS4")),
    ("3B9B188001001225006480000401009044", "", CardKind("CPS4")),
    ("3BDC18FF00001225006480000401009000", "", CardKind("CPS4")),
    ("3B8F80010031B86404B0ECC1739401808290000E", "", CardKind("CPS3", contactless=True)),
    # Speed and some historical octets vary from lot to lot.
    ("3BAC00402A001225006480000310009000", "FF00000000FFFFFFFFFFFF000000FFFFFF", CardKind("CPS3")),
)


def recognise(atr: bytes) -> CardKind | None:
    """None for a card that is no CPS we know (a Vitale card, a bank's)."""
    for known, mask, kind in _KNOWN:
        expected = bytes.fromhex(known)
        bits = bytes.fromhex(mask) if mask else b"\xff" * len(expected)
        if len(atr) == len(expected) and all(
            a & m == e & m for a, e, m in zip(atr, expected, bits, strict=True)
        ):
            return kind
    return None
