"""The direct route: our own commands to a CPS3 or CPS4 through PC/SC.

Other programs use the same card (the practice's software, Sésam-Vitale): each of our operations is one short
transaction that selects the application again, and none is open while a person thinks.
"""

from collections.abc import Generator
from contextlib import contextmanager

from mssclient.access.card.apdu import Answer, Command, exchange, exchange_chained
from mssclient.access.card.atr import recognise
from mssclient.access.card.pkcs15 import CardObjects, PinObject, read_objects
from mssclient.access.card.problems import (
    card_failed,
    card_removed,
    card_reset,
    not_cps,
    pin_blocked,
    pin_malformed,
    pin_wrong,
    tls13_only,
)
from mssclient.access.card.route import StoredCertificate
from mssclient.access.card.scard import Context
from mssclient.access.card.thread import assert_card_thread, assert_wanted
from mssclient.access.card.tlv import Nonsense, find, read_items
from mssclient.access.clientkey import Padding
from mssclient.model.errors import WorldError

__all__ = ["PcscRoute", "readers_with_cards"]

_IAS_ECC = bytes.fromhex("E828BD080F8025000001FF0010")
_IAS_ECC_CONTACTLESS = bytes.fromhex("E828BD080F8025000001FF0020")
_CHIPDOC = bytes.fromhex("8025000001FF0100")
_ROOT = b"\x3f\x00"
_DIRECTORY = bytes.fromhex("00015031")
_SERIAL_FILE = bytes.fromhex("D003")
_FILE_OCTETS = 1 << 14
_READ_OCTETS = 0xE7
_CERTIFICATES = 16

_SELECT, _READ, _VERIFY, _GET_DATA = 0xA4, 0xB0, 0x20, 0xCB
_ENVIRONMENT, _AUTHENTICATE, _SECURITY_OPERATION = 0x22, 0x88, 0x2A
_PIN_TRIES_LEFT = 0x9B
_NOT_VERIFIED = (0x6982, 0x6985)
_BLOCKED = (0x6983, 0x6984)


def readers_with_cards() -> tuple[list[str], list[str]]:
    """(readers with a CPS, all readers). Card thread. Raises WorldError: card-no-library, card-no-service."""
    assert_card_thread()
    context = Context()
    try:
        seen = context.look()
    finally:
        context.release()
    return [each.name for each in seen if each.present and recognise(each.atr)], [each.name for each in seen]


class PcscRoute:
    """A CPS in one reader.

    Raises WorldError: card-no-library, card-no-service, card-no-reader, card-absent, card-not-cps, card-busy.
    """

    name = "pcsc"

    def __init__(self, reader: str) -> None:
        assert_card_thread()
        self.reader = reader
        self.serial = ""
        self._objects = CardObjects()
        self._certificates: tuple[StoredCertificate, ...] | None = None
        self._context = Context()
        try:
            self._connection = self._context.connect(reader)
        except BaseException:
            self._context.release()
            raise
        try:
            kind = recognise(self._connection.atr())
            if kind is None:
                raise not_cps("ATR")
            self.generation = kind.generation
            self._cps4 = kind.generation == "CPS4"
            # The CPS4's application answers on logical channel 1, beside the CPS2ter one on channel 0.
            self._channel = 1 if self._cps4 else 0
            self._application = (
                _CHIPDOC if self._cps4 else _IAS_ECC_CONTACTLESS if kind.contactless else _IAS_ECC
            )
            with self._transaction():
                self.serial = self._read_serial()
                self._select()
                self._objects = read_objects(self._read_file(_ROOT + _DIRECTORY), self._read_file)
                if not (self._objects.keys and self._objects.certificates and self._objects.pins):
                    raise not_cps("nothing on it")
        except Nonsense as error:
            self.close(reset=False)
            raise card_failed(f"PKCS#15 {error}") from None
        except BaseException:
            self.close(reset=False)
            raise

    @property
    def raw(self) -> bool:
        return self._cps4

    # -- what others call ------------------------------------------------------------------------

    def certificates(self) -> tuple[StoredCertificate, ...]:
        if self._certificates is None:
            keys = {key.identifier: bytes((key.reference,)) for key in self._objects.keys}
            found: list[StoredCertificate] = []
            with self._transaction():
                self._select()
                for each in self._objects.certificates[:_CERTIFICATES]:
                    der = _certificate_in(each.value or self._read_file(each.path))
                    if der:
                        key = b"" if each.from_above else keys.get(each.identifier, b"")
                        found.append(StoredCertificate(der=der, key=key, label=each.label))
            self._certificates = tuple(found)
        return self._certificates

    def tries_left(self) -> int | None:
        with self._transaction():
            return self._tries_left()

    def verify(self, pin: bytearray) -> None:
        self._check_form(pin)
        with self._transaction():
            self._select()
            self._verify(pin)

    def sign(self, key: bytes, block: bytes, padding: Padding, pin: bytearray | None) -> bytes:
        if padding is Padding.NONE and not self.raw:
            raise tls13_only("PSS")
        if pin is not None:
            self._check_form(pin)
        with self._transaction():
            self._select()
            if pin is not None:
                self._verify(pin)
            answer = self._sign_cps4(key, block, padding) if self._cps4 else self._sign_cps3(key, block)
        if answer.status in _NOT_VERIFIED:
            raise card_reset(f"sign {answer.status:04X}")
        return answer.need("sign")

    def close(self, reset: bool) -> None:
        assert_card_thread()
        self._connection.disconnect(reset)
        self._context.release()

    # -- inside a transaction --------------------------------------------------------------------

    @contextmanager
    def _transaction(self) -> Generator[None]:
        assert_card_thread()
        was_reset = False
        try:
            self._connection.begin()
        except WorldError as error:
            if error.code != "card-reset":
                raise
            # Another program reset the card: only its verified PIN is lost, and that shows when we sign.
            was_reset = True
            self._connection.reconnect()
            self._connection.begin()
        try:
            assert_wanted()
            if was_reset and self.serial and self._read_serial() != self.serial:
                raise card_removed("exchanged")  # pcsc-lite tells the later news only: the reset
            yield
        finally:
            self._connection.end()

    def _exchange(self, command: Command) -> Answer:
        assert_wanted()  # a card that answers slowly, or without end, is left when the caller has gone
        command = command._replace(cla=command.cla | self._channel)
        return exchange_chained(self._connection.transmit, command, t0=self._connection.t0)

    def _select(self) -> None:
        answer = self._exchange(Command(0, _SELECT, 0x04, 0x0C, self._application))
        if not answer.good:
            raise not_cps(f"SELECT {answer.status:04X}")

    def _read_serial(self) -> str:
        """The printed number: the last ten digits of the card's ISO/IEC 7812 number, or ""."""
        basic = self._connection.transmit
        t0 = self._connection.t0
        if not exchange(basic, Command(0, _SELECT, 0x08, 0x0C, _SERIAL_FILE), t0=t0).good:
            return ""
        content = exchange(basic, Command(0, _READ, 0, 0, expects=256), t0=t0)
        try:
            items = read_items(content.data, padded=True)
        except Nonsense:
            return ""
        number = next((each.value.hex() for each in items if each.tag == 0x5A), "")
        return number[-10:] if number.isdigit() else ""

    def _read_file(self, path: bytes) -> bytes:
        """A file by its absolute path. Raises WorldError("card-failed")."""
        relative = path[2:] if path.startswith(_ROOT) else path
        answer = self._exchange(Command(0, _SELECT, 0x08, 0x04, relative, 256))
        control = answer.need("SELECT file")
        try:
            sizes = [each for each in (find(control, 0x80), find(control, 0x81)) if each]
        except Nonsense:
            sizes = []
        size = int.from_bytes(sizes[0], "big") if sizes and len(sizes[0]) <= 3 else _FILE_OCTETS
        content = bytearray()
        while len(content) < min(size, _FILE_OCTETS):
            wanted = min(_READ_OCTETS, size - len(content))
            offset = len(content)
            piece = self._exchange(Command(0, _READ, offset >> 8, offset & 0xFF, expects=wanted))
            # 6282: the end came first. 6B00: the offset is past it.
            if piece.status not in (0x9000, 0x6282) or not piece.data:
                break
            content += piece.data
            if len(piece.data) < wanted:
                break
        return bytes(content)

    # -- the PIN ---------------------------------------------------------------------------------

    @property
    def _pin(self) -> PinObject:
        """The one that opens a key; a card may have others (unblocking, an administrator's)."""
        pins = self._objects.pins
        if not pins:
            raise not_cps("no PIN object")
        guards = {key.guard for key in self._objects.keys}
        return next((pin for pin in pins if pin.identifier in guards), pins[0])

    def _check_form(self, pin: bytearray) -> None:
        form = self._pin
        if not form.shortest <= len(pin) <= form.longest or not pin.isdigit():
            raise pin_malformed(form.shortest, form.longest)

    def _tries_left(self) -> int | None:
        reference = self._pin.reference
        if self._cps4:
            self._select()
            status = self._exchange(Command(0, _VERIFY, 0, reference)).status
            if status >> 4 == 0x63C:
                return status & 0xF
            # 9000: verified already; the counter stands at its top, whatever that is.
            return 0 if status in _BLOCKED else None
        # IAS-ECC: the PIN is a security data object of the root (class BF81); its counters stand in its
        # control parameters (A0). Asked as OpenSC asks a CPS.
        self._exchange(Command(0, _SELECT, 0x00, 0x0C, _ROOT))
        wanted = bytes((0x4D, 8, 0x70, 6, 0xBF, 0x81, reference & 0x1F, 2, 0xA0, 0x80))
        answer = self._exchange(Command(0, _GET_DATA, 0x3F, 0xFF, wanted, 256))
        try:
            left = find(answer.data, _PIN_TRIES_LEFT) if answer.good else None
        except Nonsense:
            left = None
        return left[0] if left and len(left) == 1 else None

    def _verify(self, pin: bytearray) -> None:
        form = self._pin
        filled = bytearray(pin)
        try:
            if form.filler is not None:
                filled += bytes((form.filler,)) * (form.stored - len(pin))
            # Who gave up erases the PIN: asked after the copy, so that no half erased one costs a try.
            assert_wanted()
            status = self._exchange(Command(0, _VERIFY, 0, form.reference, filled)).status
        finally:
            filled[:] = bytes(len(filled))
        if status == 0x9000:
            return
        if status >> 4 == 0x63C and status & 0xF:
            raise pin_wrong(status & 0xF)
        if status in _BLOCKED or status == 0x63C0:
            raise pin_blocked()
        if status == 0x6300:
            raise pin_wrong(self._tries_left())
        raise card_failed(f"VERIFY {status:04X}")

    # -- the key ---------------------------------------------------------------------------------

    def _sign_cps3(self, key: bytes, block: bytes) -> Answer:
        """MSE for authentication (PKCS#1 v1.5), INTERNAL AUTHENTICATE over the DigestInfo."""
        choice = Command(0, _ENVIRONMENT, 0x41, 0xA4, b"\x80\x01\x02\x84\x01" + key)
        self._exchange(choice).need("MSE")
        return self._exchange(Command(0, _AUTHENTICATE, 0, 0, block, 256))

    def _sign_cps4(self, key: bytes, block: bytes, padding: Padding) -> Answer:
        """MSE for decipherment, PSO DECIPHER over the padded block: the bare private operation."""
        if padding is Padding.PKCS1:
            block = b"\x00\x01" + b"\xff" * (_MODULUS_OCTETS - 3 - len(block)) + b"\x00" + block
        choice = Command(0, _ENVIRONMENT, 0x41, 0xB8, b"\x83\x01" + key)
        self._exchange(choice).need("MSE")
        return self._exchange(Command(0, _SECURITY_OPERATION, 0x80, 0x86, block, 256))


_MODULUS_OCTETS = 256
"""Both keys of a CPS4 are RSA of 2048 bits."""


def _certificate_in(content: bytes) -> bytes:
    """The one DER value at the beginning of a file that may be longer; empty when there is none."""
    if len(content) < 4 or content[0] != 0x30 or content[1] != 0x82:
        return b""
    size = 4 + int.from_bytes(content[2:4], "big")
    return content[:size] if size <= len(content) else b""
