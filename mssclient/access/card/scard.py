"""PC/SC: a typed layer over pyscard's functions, each failure as an error of ours.

The only file that imports ``smartcard``. One :class:`Context` and what comes from it belong to one thread,
but for :meth:`Context.cancel`.
"""

import time
from typing import Any, NamedTuple

from mssclient.access.card.problems import (
    card_absent,
    card_busy,
    card_failed,
    card_removed,
    card_reset,
    no_library,
    no_reader,
    no_service,
    not_cps,
    reader_name,
)
from mssclient.model.errors import WorldError

__all__ = ["FOREVER_MS", "Connection", "Context", "ReaderStatus", "available"]

FOREVER_MS = 0xFFFFFFFF
_REMOVAL_S = 1.0


def _library() -> Any:
    try:
        from smartcard import scard
    except (ImportError, OSError) as error:
        raise no_library(f"pyscard {type(error).__name__}") from None
    return scard


def available() -> bool:
    """Whether PC/SC can be spoken to from here; says nothing of a service, a reader or a card."""
    try:
        _library()
    except WorldError:
        return False
    return True


def _error(scard: Any, status: int, where: str) -> WorldError:
    """pyscard gives negative numbers on some systems, positive ones on others: both are 32 bits."""
    detail = f"{where} {status & 0xFFFFFFFF:08X}"
    makers = (
        (("SCARD_E_NO_SERVICE", "SCARD_E_SERVICE_STOPPED", "SCARD_E_INVALID_HANDLE"), no_service),
        (
            ("SCARD_E_NO_READERS_AVAILABLE", "SCARD_E_UNKNOWN_READER", "SCARD_E_READER_UNAVAILABLE"),
            no_reader,
        ),
        (("SCARD_E_NO_SMARTCARD",), card_absent),
        (("SCARD_W_REMOVED_CARD",), card_removed),
        (("SCARD_W_RESET_CARD",), card_reset),
        (("SCARD_E_SHARING_VIOLATION", "SCARD_E_SERVER_TOO_BUSY"), card_busy),
        (
            (
                "SCARD_W_UNRESPONSIVE_CARD",
                "SCARD_W_UNPOWERED_CARD",
                "SCARD_W_UNSUPPORTED_CARD",
                "SCARD_E_PROTO_MISMATCH",
            ),
            not_cps,
        ),
    )
    for names, make in makers:
        if any(status & 0xFFFFFFFF == getattr(scard, name) & 0xFFFFFFFF for name in names):
            return make(detail)
    return card_failed(detail)


class ReaderStatus(NamedTuple):
    """What the service said of one reader."""

    name: str
    state: int
    atr: bytes
    known: bool
    present: bool
    mute: bool
    exclusive: bool


class Context:
    """A client of the card service. Raises WorldError: card-no-library, card-no-service."""

    def __init__(self) -> None:
        self._scard = _library()
        status, self._handle = self._scard.SCardEstablishContext(self._scard.SCARD_SCOPE_USER)
        if status != self._scard.SCARD_S_SUCCESS:
            raise _error(self._scard, status, "EstablishContext")

    def release(self) -> None:
        self._scard.SCardReleaseContext(self._handle)

    def readers(self) -> list[str]:
        """The names of the readers there are; none is no error.

        Raises WorldError: card-no-service, card-reader-name.
        """
        try:
            status, names = self._scard.SCardListReaders(self._handle, [])
        except (SystemError, UnicodeError):  # pyscard 2.3 takes for UTF-8 what a reader says in any letters
            raise reader_name() from None
        if status == self._scard.SCARD_S_SUCCESS:
            return list(names)
        error = _error(self._scard, status, "ListReaders")
        if error.code == "card-no-reader":
            return []
        raise error

    def wait(self, known: dict[str, int], readers: int, timeout_ms: int) -> list[ReaderStatus] | None:
        """Block until a reader's state differs from ``known`` or their number from ``readers``.

        ``known``: reader → its last state, 0 to be told at once. None: cancelled, or the time is over.
        Raises WorldError: card-no-service.
        """
        scard = self._scard
        asked = list(known.items())
        # Windows compares the number of readers in the upper half; pcsc-lite wakes for any change of them.
        asked.append(("\\\\?PnP?\\Notification", readers << 16))
        status, answers = scard.SCardGetStatusChange(self._handle, timeout_ms, asked)
        if status in (scard.SCARD_E_CANCELLED, scard.SCARD_E_TIMEOUT):
            return None
        if status in (scard.SCARD_E_UNKNOWN_READER, scard.SCARD_E_READER_UNAVAILABLE):
            return []  # it went away between the list and the question
        if status != scard.SCARD_S_SUCCESS:
            raise _error(scard, status, "GetStatusChange")
        return [self._status(*answer) for answer in answers[: len(known)]]

    def _status(self, name: str, state: int, atr: list[int]) -> ReaderStatus:
        scard = self._scard
        return ReaderStatus(
            name,
            state & ~scard.SCARD_STATE_CHANGED,
            bytes(atr),
            known=not state & (scard.SCARD_STATE_UNKNOWN | scard.SCARD_STATE_IGNORE),
            present=bool(state & scard.SCARD_STATE_PRESENT),
            mute=bool(state & scard.SCARD_STATE_MUTE),
            exclusive=bool(state & scard.SCARD_STATE_EXCLUSIVE),
        )

    def look(self) -> list[ReaderStatus]:
        """What every reader holds now."""
        names = self.readers()
        return (self.wait(dict.fromkeys(names, 0), len(names), 0) or []) if names else []

    def removed_soon(self, reader: str) -> bool:
        """Whether the card is gone, or goes within a second.

        A command fails as soon as the card is pulled, up to half a second before the service says so.
        """
        end = time.monotonic() + _REMOVAL_S
        try:
            answers = self.look()
            while (status := _of(answers, reader)) is not None and status.present:
                left_ms = int((end - time.monotonic()) * 1000)
                if left_ms <= 0:
                    return False
                # It wakes for other news too: that the card is in use, or a reader.
                woken = self.wait({reader: status.state}, len(answers), left_ms)
                answers = answers if woken is None else woken
        except WorldError:
            return False
        return True

    def cancel(self) -> None:
        """End a :meth:`wait` of the thread that owns this. One that has not begun yet is not ended."""
        self._scard.SCardCancel(self._handle)

    def connect(self, reader: str) -> "Connection":
        """Shared with other programs, whichever protocol the card takes.

        Raises WorldError: card-absent, card-no-reader, card-busy, card-not-cps (mute), card-no-service.
        """
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        status, handle, protocol = scard.SCardConnect(
            self._handle, reader, scard.SCARD_SHARE_SHARED, protocols
        )
        if status == scard.SCARD_W_REMOVED_CARD:
            raise card_absent("Connect")
        if status != scard.SCARD_S_SUCCESS:
            raise _error(scard, status, "Connect")
        return Connection(scard, self, reader, handle, protocol)


class Connection:
    """A card in use."""

    def __init__(self, scard: Any, context: Context, reader: str, handle: Any, protocol: int) -> None:
        self._scard = scard
        self._context = context
        self._reader = reader
        self._handle = handle
        self._protocol = protocol

    @property
    def t0(self) -> bool:
        return self._protocol == self._scard.SCARD_PROTOCOL_T0

    def atr(self) -> bytes:
        """Raises WorldError: card-removed, card-reset, card-failed."""
        status, _reader, _state, _protocol, atr = self._scard.SCardStatus(self._handle)
        self._check(status, "Status")
        return bytes(atr)

    def begin(self) -> None:
        """Take the card for a transaction: waits, without limit, for another program's to end.

        Raises WorldError: card-reset (then :meth:`reconnect`), card-removed, card-busy, card-no-service.
        """
        self._check(self._scard.SCardBeginTransaction(self._handle), "BeginTransaction")

    def end(self) -> None:
        """Give it back. Never fails: the card may be gone."""
        self._scard.SCardEndTransaction(self._handle, self._scard.SCARD_LEAVE_CARD)

    def reconnect(self) -> None:
        """After card-reset. Raises WorldError as :meth:`Context.connect`."""
        scard = self._scard
        protocols = scard.SCARD_PROTOCOL_T0 | scard.SCARD_PROTOCOL_T1
        status, protocol = scard.SCardReconnect(
            self._handle, scard.SCARD_SHARE_SHARED, protocols, scard.SCARD_LEAVE_CARD
        )
        self._check(status, "Reconnect")
        self._protocol = protocol

    def transmit(self, command: bytearray) -> bytes:
        """Raises WorldError: card-removed, card-reset, card-failed, card-no-service."""
        scard = self._scard
        header = scard.SCARD_PCI_T0 if self.t0 else scard.SCARD_PCI_T1
        status, answer = scard.SCardTransmit(self._handle, header, list(command))
        # pcsc-lite 1.9.9 calls a command successful that a vanishing card answered with nothing at all.
        if (status != scard.SCARD_S_SUCCESS or len(answer) < 2) and self._context.removed_soon(self._reader):
            raise card_removed(f"Transmit {status & 0xFFFFFFFF:08X}")
        self._check(status, "Transmit")
        return bytes(answer)

    def disconnect(self, reset: bool) -> None:
        """Never fails. ``reset``: the card forgets the PIN, for every program."""
        scard = self._scard
        scard.SCardDisconnect(self._handle, scard.SCARD_RESET_CARD if reset else scard.SCARD_LEAVE_CARD)

    def _check(self, status: int, where: str) -> None:
        if status != self._scard.SCARD_S_SUCCESS:
            error = _error(self._scard, status, where)
            raise card_removed(error.detail) if error.code in ("card-absent", "card-no-reader") else error


def _of(answers: list[ReaderStatus], reader: str) -> ReaderStatus | None:
    return next((each for each in answers if each.name == reader), None)
