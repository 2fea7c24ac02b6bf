"""The route through a PKCS#11 module: the official one of the ANS, or whichever is named.

The only file that imports ``pkcs11``. A module is somebody else's code in our process: it is loaded in the
engine, never in the window, and every call is made on the card thread, for C_Initialize is told nothing of
threads. A module may also use the OpenSSL of our process and leave errors in the queue of the calling thread
(SoftHSM2 does), where ``ssl`` would take them for its own: one more reason for a thread apart.
"""

import contextlib
import os
import sys
from collections.abc import Generator, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from mssclient.access.card.problems import (
    card_absent,
    card_failed,
    card_removed,
    card_reset,
    no_library,
    pin_blocked,
    pin_malformed,
    pin_wrong,
    tls13_only,
    token_pin_blocked,
    token_pin_malformed,
    token_pin_wrong,
    token_removed,
)
from mssclient.access.card.route import StoredCertificate
from mssclient.access.card.scard import Context
from mssclient.access.card.thread import assert_card_thread, assert_wanted
from mssclient.access.clientkey import Padding
from mssclient.model.errors import WorldError
from mssclient.model.prompts import TOKEN_PIN_LENGTHS

__all__ = ["ModuleRoute", "Slot", "installed_module", "slots"]

_WINDOWS = "cps3_pkcs11_w64.dll"
_PLACES = {
    "linux": ("/opt/santesocial/CPS/lib/libcps3_pkcs11_lux.so",),
    "darwin": ("/usr/local/lib/libcps3_pkcs11_osx.dylib",),
}
_CERTIFICATES = 16
_CERTIFICATE_OCTETS = 1 << 16


class Slot(NamedTuple):
    """A token that a module sees."""

    module: str
    number: int
    reader: str
    label: str
    serial: str
    handle: Any
    attributes: Mapping[str, str]
    """Of library, slot and token, by the names that RFC 7512 gives them."""


class _Pin:
    """A PIN for a library that wants text: what it calls ``encode`` on gives the octets that we erase.

    A real ``str`` could not be erased and would stay in memory until chance overwrites it.
    """

    def __init__(self, octets: bytearray) -> None:
        self._octets = octets

    def encode(self, _encoding: str) -> bytearray:
        return self._octets


class _Login(NamedTuple):
    session: Any
    keys: dict[bytes, Any]
    """Private keys by identifier."""


_logged_in: dict[tuple[str, int], _Login] = {}
"""(module, slot) → the session that logged in: PKCS#11 knows one login for all sessions of a program.

Card thread only."""


def installed_module(setting: str = "") -> Path | None:
    """The module of the setting, else the ANS's where its installer puts it; None when there is none.

    Raises WorldError("card-no-library") when the setting names a file that is not there.
    """
    if setting:
        if not Path(setting).is_file():
            raise no_library("module of the setting not found")
        return Path(setting)
    places = list(_PLACES.get(sys.platform, ()))
    if sys.platform == "win32":
        places.append(str(Path(os.environ.get("SYSTEMROOT", r"C:\Windows"), "System32", _WINDOWS)))
    return next((found for found in map(Path, places) if found.is_file()), None)


def _library() -> Any:
    try:
        import pkcs11
    except (ImportError, OSError) as error:
        raise no_library(f"python-pkcs11 {type(error).__name__}") from None
    return pkcs11


@contextmanager
def _translated(where: str) -> Generator[None]:
    """Exceptions of the library as ours. ``where`` names the operation for the support desk."""
    pkcs11 = _library()
    detail = f"{where} "
    try:
        yield
    except WorldError:
        raise
    except (pkcs11.TokenNotPresent, pkcs11.TokenNotRecognised) as error:
        raise card_absent(detail + type(error).__name__) from None
    except (
        pkcs11.DeviceRemoved,
        pkcs11.SessionHandleInvalid,
        pkcs11.SessionClosed,
        pkcs11.SlotIDInvalid,
        pkcs11.ObjectHandleInvalid,
        pkcs11.KeyHandleInvalid,
    ) as error:
        raise card_removed(detail + type(error).__name__) from None
    except pkcs11.UserNotLoggedIn as error:
        raise card_reset(detail + type(error).__name__) from None
    except (pkcs11.PKCS11Error, ValueError, TypeError) as error:
        raise card_failed(detail + type(error).__name__) from None


def _load(module: Path) -> Any:
    pkcs11 = _library()
    try:
        # One file, one name: a module does not begin twice in one process.
        return pkcs11.lib(os.path.realpath(module))
    except (pkcs11.PKCS11Error, RuntimeError, OSError, ValueError) as error:
        raise no_library(f"{module.name} {type(error).__name__}") from None


def slots(module: Path) -> list[Slot]:
    """The tokens there are. Card thread. Raises WorldError: card-no-library, card-failed."""
    assert_card_thread()
    library = _load(module)
    found: list[Slot] = []
    with _translated("slots"):
        for slot in library.get_slots(token_present=True):
            try:
                with _translated("token"):
                    token = slot.get_token()
            except WorldError:
                continue  # pulled meanwhile, or a card that the module does not know
            found.append(_slot(str(module), library, slot, token))
    return found


def _slot(module: str, library: Any, slot: Any, token: Any) -> Slot:
    major, minor = library.library_version
    attributes = {
        "library-description": _clean(library.library_description),
        "library-manufacturer": _clean(library.manufacturer_id),
        "library-version": f"{major}.{minor}",
        "slot-description": _clean(slot.slot_description),
        "slot-id": str(slot.slot_id),
        "slot-manufacturer": _clean(slot.manufacturer_id),
        "manufacturer": _clean(token.manufacturer_id),
        "model": _clean(token.model),
        "serial": _clean(token.serial.decode("ascii", "replace")),
        "token": _clean(token.label),
    }
    return Slot(
        module,
        slot.slot_id,
        attributes["slot-description"],
        attributes["token"],
        attributes["serial"],
        token,
        attributes,
    )


def _clean(text: str) -> str:
    return "".join(each for each in text if each.isprintable()).strip()


class ModuleRoute:
    """A token of a module. ``generation`` is what PC/SC says of the reader: modules name cards as they like.

    Raises WorldError: card-no-library, card-absent, card-failed.
    """

    name = "module"

    def __init__(self, slot: Slot, generation: str = "") -> None:
        assert_card_thread()
        pkcs11 = _library()
        self._pkcs11 = pkcs11
        self._token = slot.handle
        self.reader = slot.reader
        self.serial = slot.serial
        self.generation = generation
        with _translated("open"):
            mechanisms = self._token.slot.get_mechanisms()
            # The ANS's module refuses bare RSA for a CPS4 and a CPS3 cannot do it, whatever they announce.
            self.raw = not generation and pkcs11.Mechanism.RSA_X_509 in mechanisms
            self._public = self._token.open()
        self._place = (os.path.realpath(slot.module), slot.number)
        self._logged_in_here = False

    def certificates(self) -> tuple[StoredCertificate, ...]:
        attribute, kind = self._pkcs11.Attribute, self._pkcs11.ObjectClass
        found: list[StoredCertificate] = []
        with self._working("certificates"):
            for each in _at_most(self._public.get_objects({attribute.CLASS: kind.CERTIFICATE})):
                values = each.get_attributes([attribute.VALUE, attribute.ID, attribute.LABEL])
                der = bytes(values.get(attribute.VALUE) or b"")
                if 0 < len(der) <= _CERTIFICATE_OCTETS:
                    key = bytes(values.get(attribute.ID) or b"")
                    label = _clean(str(values.get(attribute.LABEL) or ""))
                    found.append(StoredCertificate(der=der, key=key, label=label))
        return tuple(found)

    def tries_left(self) -> int | None:
        """From the token's flags. None where they tell nothing, and also where they say "locked".

        The ANS's module says so of a card whose PIN is verified: only a login tells.
        """
        return None if (left := self._flagged()) == 0 else left

    def verify(self, pin: bytearray) -> None:
        shortest, longest = (4, 4) if self.generation else TOKEN_PIN_LENGTHS
        if not shortest <= len(pin) <= longest or (self.generation and not pin.isdigit()):
            raise (pin_malformed if self.generation else token_pin_malformed)(shortest, longest)
        with self._working("login"):
            # A program that is logged in is not asked again: any PIN would seem right.
            self._log_out()
            _logged_in[self._place] = self._log_in(pin)
            self._logged_in_here = True

    def sign(self, key: bytes, block: bytes, padding: Padding, pin: bytearray | None) -> bytes:
        if padding is Padding.NONE and not self.raw:
            raise tls13_only("PSS")
        if pin is not None:
            self.verify(pin)
        login = _logged_in.get(self._place)
        if login is None:
            raise card_reset("not logged in")
        with self._working("sign"):
            private = login.keys.get(key)
            if private is None:
                raise card_reset("no private key in sight")
            # Asked first because it begins nothing: python-pkcs11 0.10 ends an operation that could not begin
            # once more in a destructor, and tells its failure where nobody can catch it.
            _ = private[self._pkcs11.Attribute.ID]
            mechanism = self._pkcs11.Mechanism
            how = mechanism.RSA_PKCS if padding is Padding.PKCS1 else mechanism.RSA_X_509
            return bytes(private.sign(block, mechanism=how))

    def close(self, reset: bool) -> None:
        """PKCS#11 knows no reset: logging out is what makes the token forget the PIN."""
        assert_card_thread()
        if reset or self._logged_in_here:
            self._log_out()
        self._end(self._public)

    @contextmanager
    def _working(self, where: str) -> Generator[None]:
        assert_card_thread()
        try:
            with _translated(where):
                assert_wanted()
                yield
        except WorldError as error:
            # Modules say "general error" and the like when the card is pulled under them (OpenSC 0.23).
            gone = error.code == "card-removed" or (error.code == "card-failed" and self._removed())
            if gone:
                _logged_in.pop(self._place, None)  # the next card in this slot has not seen a PIN
                raise (card_removed if self.generation else token_removed)(error.detail) from None
            raise

    def _removed(self) -> bool:
        try:
            context = Context()
        except WorldError:
            return False
        try:
            known = any(each.name == self.reader for each in context.look())
            return known and context.removed_soon(self.reader)
        except WorldError:
            return False
        finally:
            context.release()

    def _log_in(self, pin: bytearray) -> _Login:
        session = self._open_with(pin)
        attribute, kind = self._pkcs11.Attribute, self._pkcs11.ObjectClass
        try:
            found = _at_most(session.get_objects({attribute.CLASS: kind.PRIVATE_KEY}))
            return _Login(session, {bytes(each[attribute.ID]): each for each in found})
        except BaseException:
            self._end(session)
            raise

    def _open_with(self, pin: bytearray) -> Any:
        pkcs11 = self._pkcs11
        wrong, blocked, malformed = (
            (pin_wrong, pin_blocked, pin_malformed)
            if self.generation
            else (token_pin_wrong, token_pin_blocked, token_pin_malformed)
        )
        copy = bytearray(pin)
        try:
            # Who gave up erases the PIN: asked after the copy, so that no half erased one costs a try.
            assert_wanted()
            return self._token.open(user_pin=_Pin(copy))
        except (pkcs11.PinIncorrect, pkcs11.PinInvalid):
            left = self._flagged()
            raise (blocked() if left == 0 else wrong(left)) from None
        except pkcs11.PinLocked:
            raise blocked() from None
        except pkcs11.PinLenRange:
            raise malformed(*TOKEN_PIN_LENGTHS) from None
        finally:
            copy[:] = bytes(len(copy))

    def _log_out(self) -> None:
        login = _logged_in.pop(self._place, None)
        if login is not None:
            self._end(login.session)

    def _end(self, session: Any) -> None:
        with contextlib.suppress(self._pkcs11.PKCS11Error):  # the token is gone, and the session with it
            session.close()

    def _flagged(self) -> int | None:
        """Tries left by the token's flags: 0 "locked", 1 "final try", 2 for a CPS whose count is low."""
        flag = self._pkcs11.TokenFlag
        with _translated("token"):
            flags = self._token.slot.get_token().flags
        if flag.USER_PIN_LOCKED in flags:
            return 0
        if flag.USER_PIN_FINAL_TRY in flags:
            return 1
        # A CPS has three tries: low and not final is two. Other tokens have as many as they like.
        return 2 if self.generation and flag.USER_PIN_COUNT_LOW in flags else None


def _at_most(objects: Iterator[Any]) -> list[Any]:
    found: list[Any] = []
    for each in objects:
        found.append(each)
        if len(found) >= _CERTIFICATES:
            break
    return found
