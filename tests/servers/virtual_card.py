"""Cards that are programs: as much of a CPS3 and a CPS4 as getting in needs, with keys of our own.

A card answers commands (:meth:`VirtualCard.respond`); ``card_service`` brings them to a real pcscd. OpenSC
0.23, which knows the real CPS3, reads this one, shows it a PIN and signs with it: a second opinion on ours.
"""

import threading
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Literal

from tests.servers.authority import Identity
from tests.servers.software_key import SoftwareKey, pkcs1

__all__ = ["Kind", "VirtualCard"]

Kind = Literal["CPS3", "CPS4", "CPS4 T=0", "other"]

_ATR = {
    "CPS3": "3BAC00402A001225006480000310009000",
    "CPS4": "3B9B188001001225006480040100009044",
    "CPS4 T=0": "3BDC18FF00001225006480000401009000",
    "other": "3B6500002063CB6600",
}
_IAS_ECC = bytes.fromhex("E828BD080F8025000001FF0010")
_CHIPDOC = bytes.fromhex("8025000001FF0100")
_TRIES = 3
_PIN_REFERENCE = 1
_NOT_VERIFIED, _NOT_FOUND, _WRONG = b"\x69\x82", b"\x6a\x88", b"\x6a\x80"
_GOOD = b"\x90\x00"


def tlv(tag: int, *parts: bytes) -> bytes:
    value = b"".join(parts)
    name = tag.to_bytes((tag.bit_length() + 7) // 8, "big")
    size = len(value)
    if size < 0x80:
        return name + bytes((size,)) + value
    octets = size.to_bytes((size.bit_length() + 7) // 8, "big")
    return name + bytes((0x80 | len(octets),)) + octets + value


def sequence(*parts: bytes) -> bytes:
    return tlv(0x30, *parts)


def integer(number: int) -> bytes:
    return tlv(0x02, number.to_bytes(number.bit_length() // 8 + 1, "big"))


def octets(value: bytes) -> bytes:
    return tlv(0x04, value)


def label(text: str, guard: bytes = b"") -> bytes:
    """PKCS#15 CommonObjectAttributes."""
    private = tlv(0x03, b"\x07\x80") + octets(guard) if guard else tlv(0x03, b"\x00")
    return sequence(tlv(0x0C, text.encode()), private)


_RSA_PKCS = (
    integer(1),
    integer(1),
    b"\x05\x00",
    tlv(0x03, b"\x06\x40"),
    bytes.fromhex("06092A864886F70D010101"),
    integer(2),
)
"""AlgorithmInfo: a number, CKM_RSA_PKCS, no parameters, signs, rsaEncryption, the card's number for it."""


class VirtualCard:
    """One card. Thread: the one that carries its commands; the counters may be read by any.

    ``counts``: "verify" (PINs shown), "sign", "reset". ``before`` holds, by instruction (0x20 VERIFY, 0x88
    INTERNAL AUTHENTICATE, 0x2A PSO, 0xB0 READ BINARY), what to do before a command is answered.
    ``mangle``: changes every answer.
    """

    def __init__(
        self,
        kind: Kind,
        authentication: Identity,
        signature: Identity | None = None,
        *,
        pin: str = "7391",
        number: str = "2900123456",
    ) -> None:
        self.kind: Kind = kind
        self.pin = pin
        self.number = number
        self.tries = _TRIES
        self.counts: Counter[str] = Counter()
        self.commands: list[bytes] = []
        """The four octets of every command that came."""
        self.before: dict[int, Callable[[], None]] = {}
        self.mangle: Callable[[bytes], bytes] = lambda answer: answer
        self.atr = bytes.fromhex(_ATR[kind])
        self.verified = threading.Event()
        self.cps4 = kind.startswith("CPS4")
        self._t0 = kind in ("CPS3", "CPS4 T=0")
        self._channel = 1 if self.cps4 else 0
        self._keys = {0x82 if kind == "CPS3" else 0x20: SoftwareKey(authentication.key)}
        shown = [authentication]
        if signature is not None:
            self._keys[0x83 if kind == "CPS3" else 0x21] = SoftwareKey(signature.key)
            shown.append(signature)
        self.files = self._make_files(shown)
        self._wake()

    def _make_files(self, shown: Sequence[Identity]) -> dict[str, bytes]:
        root = "3F000001"

        def at(file: str) -> bytes:
            return sequence(octets(bytes.fromhex(root + file)))

        keys, certificates = b"", b""
        files: dict[str, bytes] = {}
        for index, (reference, identity) in enumerate(zip(self._keys, shown, strict=True)):
            name = bytes((2 + index,))
            what = ("Authentification", "Signature")[index]
            keys += sequence(
                label(f"CPS_PRIV_{what[:3].upper()}", b"\x01"),
                sequence(octets(name), tlv(0x03, b"\x05\x20"), integer(reference), tlv(0xA1, integer(1))),
                tlv(0xA1, sequence(at(f"500{index}"), integer(2048))),
            )
            file = f"A00{1 + index}"
            certificates += sequence(
                label(f"Certificat de {what} CPS"), sequence(octets(name)), tlv(0xA1, sequence(at(file)))
            )
            # A file is longer than what it holds: the rest is filled.
            files[root + file] = identity.certificate_der + b"\xff" * 40
            files[f"{root}500{index}"] = b""
        lengths = (tlv(0x0A, b"\x01"), integer(4), integer(4), integer(4))
        pins = sequence(
            label("Code de déblocage"),
            sequence(octets(b"\x09")),
            tlv(0xA1, sequence(tlv(0x03, b"\x01\x8a"), *lengths, tlv(0x80, b"\x02"))),
        ) + sequence(
            label("Code porteur"),
            sequence(octets(b"\x01")),
            tlv(0xA1, sequence(tlv(0x03, b"\x03\x88"), *lengths, tlv(0x80, bytes((_PIN_REFERENCE,))))),
        )
        files |= {
            "3F002F00": tlv(0x61, tlv(0x4F, _IAS_ECC), tlv(0x50, b"CPx IAS"), tlv(0x51, bytes.fromhex(root))),
            "3F002F01": tlv(0x43, b"\xb8")
            + tlv(0x46, bytes.fromhex("04B0ECC14700"))
            + tlv(0xE0, b"\x02\x02\x01\x00" * 4)
            + tlv(0x4F, _IAS_ECC),
            root + "5032": sequence(
                integer(0),
                octets(bytes.fromhex(self.number)),
                tlv(0x0C, b"ESSAIS"),
                tlv(0x80, b"CPS d'essai"),
                tlv(0x03, b"\x04\x30"),
                tlv(0xA2, sequence(*_RSA_PKCS)),
            ),
            "3F00D003": tlv(0x5A, bytes.fromhex("8025000001" + self.number)),
            root + "5031": tlv(0xA0, at("7001")) + tlv(0xA4, at("7002")) + tlv(0xA8, at("7003")) + bytes(20),
            root + "7001": keys + bytes(30),
            root + "7002": certificates,
            root + "7003": pins,
        }
        return files

    # -- power ---------------------------------------------------------------------------------------

    def reset(self) -> None:
        """Power off, on, or a reset by whichever program."""
        self.counts["reset"] += 1
        self._wake()

    def _wake(self) -> None:
        self.verified.clear()
        self._file: bytes | None = None
        self._directory = "3F00"
        self._outside = False
        self._chosen: dict[str, int] = {}
        self._waiting = b""
        self._chain = b""

    # -- commands ------------------------------------------------------------------------------------

    def respond(self, command: bytes) -> bytes:
        self.commands.append(command[:4])
        if action := self.before.get(command[1]):
            action()
        return self.mangle(self._respond(command))

    def _respond(self, command: bytes) -> bytes:
        cla, ins, p1, p2 = command[:4]
        if self.kind == "other" or len(command) < 4:
            return b"\x6e\x00"
        body, expected = b"", None
        if len(command) == 5:
            expected = command[4] or 256
        elif len(command) > 5:
            body, rest = command[5 : 5 + command[4]], command[5 + command[4] :]
            if self._t0 and rest:
                return b"\x67\x00"  # a TPDU has no Le after its data
            expected = (rest[0] or 256) if rest else None
        if ins == 0xC0:
            size = min(expected or 256, len(self._waiting))
            answer, self._waiting = self._waiting[:size], self._waiting[size:]
            return answer + self._more()
        self._waiting = b""
        # The file of the number is read outside of the application, everything else on its channel.
        outside = (ins, p1, body) == (0xA4, 0x08, b"\xd0\x03") or (ins == 0xB0 and self._outside)
        if cla & 3 != self._channel and not outside:
            return b"\x68\x81"
        self._outside = outside
        action = {
            0xA4: self._select,
            0xB0: self._read,
            0x20: self._verify,
            0xCB: self._data_object,
            0x22: self._environment,
            0x88: self._authenticate,
            0x2A: self._decipher,
        }.get(ins)
        return action(cla, (p1, p2), body, expected) if action else b"\x6d\x00"

    def _give(self, answer: bytes, expected: int | None, with_data: bool = True) -> bytes:
        """What a command that carried data gives back: with T=0 it has to be fetched."""
        if self._t0 and with_data:
            self._waiting = answer
            return self._more()
        size = expected or 0
        self._waiting = answer[size:]
        return answer[:size] + self._more()

    def _more(self) -> bytes:
        waiting = len(self._waiting)
        return bytes((0x61, waiting if waiting < 256 else 0)) if waiting else _GOOD

    def _select(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        if how[0] == 0x04:
            if body != (_CHIPDOC if self.cps4 else _IAS_ECC):
                return b"\x6a\x82"
            self._directory, self._file = "3F000001", None
            return _GOOD
        path = body.hex().upper()
        whole = path if path.startswith("3F00") else "3F00" + path
        if how[0] < 0x08 and path not in ("", "3F00"):
            whole = self._directory + path  # by name from where one is, not by path
        if whole in ("3F00", "3F000001"):
            self._directory, self._file = whole, None
        elif whole in self.files:
            self._file = self.files[whole]
        else:
            return b"\x6a\x82"
        if how[1] & 0x0C == 0x0C:
            return _GOOD
        return self._give(self._control(whole), expected)

    def _control(self, path: str) -> bytes:
        """File control parameters: size, kind, name, life, access."""
        name = tlv(0x83, bytes.fromhex(path[-4:]))
        rest = tlv(0x8A, b"\x05") + tlv(0x8C, b"\x01\x00")
        if self._file is None:
            return tlv(0x6F, tlv(0x82, b"\x38"), name, tlv(0x84, _IAS_ECC), rest)
        return tlv(0x6F, tlv(0x80, len(self._file).to_bytes(2, "big")), tlv(0x82, b"\x01"), name, rest)

    def _read(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        if self._file is None:
            return b"\x69\x86"
        offset = (how[0] & 0x7F) << 8 | how[1]
        if offset > len(self._file):
            return b"\x6b\x00"
        left = self._file[offset:]
        size = expected or 256
        if size > len(left):
            if self._t0:
                return bytes((0x6C, len(left))) if left else b"\x62\x82"
            return left + b"\x62\x82"
        return left[:size] + _GOOD

    def _verify(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        if how[1] != _PIN_REFERENCE:
            return _NOT_FOUND
        if self.tries == 0:
            return b"\x69\x83"
        if not body:
            return _GOOD if self.verified.is_set() else bytes((0x63, 0xC0 | self.tries))
        self.counts["verify"] += 1
        if body == self.pin.encode():
            self.tries = _TRIES
            self.verified.set()
            return _GOOD
        self.tries -= 1
        self.verified.clear()
        return bytes((0x63, 0xC0 | self.tries)) if self.tries else b"\x69\x83"

    def _data_object(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        """GET DATA of a security object (IAS-ECC): the PIN's is in the root, a key's in the application."""
        if self.kind != "CPS3" or how != (0x3F, 0xFF):
            return _NOT_FOUND
        kind, reference, asked = body[5:6].hex(), body[6], body[8:].hex()
        access = tlv(0xA1, tlv(0x8C, b"\x7f" + bytes(7)))
        match kind, asked:
            case "81", "7f4180":
                part = tlv(0x7F41, tlv(0x80, b"\x04"), tlv(0x81, b"\x04"))
            case "81", "a080":
                part = tlv(0xA0, tlv(0x9A, bytes((_TRIES,))), tlv(0x9B, bytes((self.tries,))), access)
            case "90", "7f4880":
                part = tlv(0x7F48, tlv(0x80, b"\x01"))
            case "90", "a080":
                part = tlv(0xA0, tlv(0x80, b"\x01\x00"), access)
            case _:
                return _WRONG
        if kind == "81" and (reference != _PIN_REFERENCE or self._directory != "3F00"):
            return _NOT_FOUND
        name = 0xBF0000 | int(kind, 16) << 8 | reference
        return self._give(tlv(0x70, tlv(name, part)), expected)

    def _environment(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        template = {body[at]: body[at + 2] for at in range(0, len(body) - 2, 3)}  # values of one octet
        if how == (0x41, 0xA4) and self.kind == "CPS3" and template.get(0x80) == 0x02:
            name, reference = "authenticate", template.get(0x84)
        elif how == (0x41, 0xB8) and self.cps4:
            name, reference = "decipher", template.get(0x83)
        else:
            return _WRONG
        if reference not in self._keys:
            return _NOT_FOUND
        self._chosen = {name: reference}
        return _GOOD

    def _authenticate(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        if not self.verified.is_set():
            return _NOT_VERIFIED
        key = self._keys.get(self._chosen.get("authenticate", 0))
        if key is None:
            return _NOT_FOUND
        if len(body) > key.size * 4 // 10:
            return b"\x67\x00"
        self.counts["sign"] += 1
        return self._give(key.raw(pkcs1(body, key.size)), expected)

    def _decipher(self, cla: int, how: tuple[int, int], body: bytes, expected: int | None) -> bytes:
        if how != (0x80, 0x86):
            return _WRONG
        self._chain += body
        if cla & 0x10:
            return _GOOD
        block, self._chain = self._chain, b""
        if not self.verified.is_set():
            return _NOT_VERIFIED
        key = self._keys.get(self._chosen.get("decipher", 0))
        if key is None:
            return _NOT_FOUND
        if len(block) != key.size:
            return b"\x67\x00"
        self.counts["sign"] += 1
        return self._give(key.raw(block), expected)
