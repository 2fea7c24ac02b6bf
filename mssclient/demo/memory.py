"""What became of the mail in one run of the operator, kept in its folder for the next one.

Flags, moved, deleted and new messages are there again after a lock, a crash of the engine, or in the next
verb of the command line, as with any operator. The letters of the corpus are named by their digest only.
"""

import hashlib
import os
import sys
import zlib
from collections.abc import Generator, Mapping
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from mssclient.demo.mailboxes import DemoFolder, DemoMailbox

__all__ = ["Memory", "alone"]

STATE_FILE = "mail.state"
LOCK_FILE = "operator.lock"


class _Message(msgspec.Struct, frozen=True, array_like=True):
    uid: int
    when_utc: float
    flags: tuple[bytes, ...]
    digest: bytes


class _Folder(msgspec.Struct, frozen=True, array_like=True):
    name: str
    validity: int
    identity: bytes
    use: bytes
    subscribed: bool
    last_uid: int
    messages: tuple[_Message, ...]


class _State(msgspec.Struct, frozen=True, kw_only=True):
    corpus: str
    """Which letters the digests name: another edition or day of the corpus starts anew."""
    mailboxes: dict[str, tuple[_Folder, ...]]
    """By address."""
    letters: dict[bytes, bytes]
    """By digest: those that are not in the corpus."""


@contextmanager
def alone(folder: Path) -> Generator[None]:
    """Wait until an operator that is ending in ``folder`` has kept its mail; then keep others out."""
    descriptor = os.open(folder / LOCK_FILE, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(descriptor, msvcrt.LK_LOCK, 1)
        else:
            import fcntl

            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


class Memory:
    """Made from freshly seeded mailboxes, which :meth:`recall` changes and :meth:`keep` reads."""

    def __init__(self, folder: Path, corpus: str, mailboxes: Mapping[str, DemoMailbox]) -> None:
        self._file = folder / STATE_FILE
        self._corpus = corpus
        self._mailboxes = mailboxes
        self._seeded = {
            _digest(raw): raw
            for mailbox in mailboxes.values()
            for own in mailbox.own_folders().values()
            for _uid, _when, _flags, raw in own.letters()
        }

    def recall(self) -> None:
        """Put every mailbox as it was kept. Without a file that can be used they stay as they were seeded."""
        try:
            packed = zlib.decompress(self._file.read_bytes())
            state = msgspec.msgpack.decode(packed, type=_State)
        except (OSError, zlib.error, msgspec.MsgspecError):
            return
        letters = self._seeded | state.letters
        whole = all(
            message.digest in letters
            for folders in state.mailboxes.values()
            for one in folders
            for message in one.messages
        )
        if state.corpus != self._corpus or state.mailboxes.keys() != self._mailboxes.keys() or not whole:
            return
        for address, folders in state.mailboxes.items():
            mailbox = self._mailboxes[address]
            mailbox.clear()
            for one in folders:
                _recall_folder(mailbox, one, letters)

    def keep(self) -> None:
        """Write it all in one step. A disk that takes nothing any more leaves what an earlier run wrote."""
        letters: dict[bytes, bytes] = {}
        mailboxes = {
            address: tuple(
                self._kept(mailbox, name, own, letters) for name, own in mailbox.own_folders().items()
            )
            for address, mailbox in self._mailboxes.items()
        }
        state = _State(corpus=self._corpus, mailboxes=mailboxes, letters=letters)
        packed = zlib.compress(msgspec.msgpack.encode(state), 1)
        fresh = self._file.with_suffix(".new")
        with suppress(OSError):
            fresh.touch(mode=0o600)
            fresh.write_bytes(packed)
            fresh.replace(self._file)

    def _kept(self, mailbox: DemoMailbox, name: str, own: DemoFolder, letters: dict[bytes, bytes]) -> _Folder:
        messages: list[_Message] = []
        for uid, when, flags, raw in own.letters():
            digest = _digest(raw)
            if digest not in self._seeded:
                letters[digest] = raw
            messages.append(_Message(uid, when.timestamp(), flags, digest))
        return _Folder(
            name,
            own.uid_validity,
            own.mailbox_id.value,
            mailbox.special.get(name, b""),
            mailbox.is_subscribed(name),
            own.last_uid,
            tuple(messages),
        )


def _recall_folder(mailbox: DemoMailbox, kept: _Folder, letters: Mapping[bytes, bytes]) -> None:
    own = mailbox.recall_folder(kept.name, kept.validity, kept.identity, kept.last_uid)
    if kept.use:
        mailbox.special[kept.name] = kept.use
    mailbox.subscribe(kept.name, kept.subscribed)
    for message in kept.messages:
        own.seed(
            message.uid,
            letters[message.digest],
            datetime.fromtimestamp(message.when_utc, UTC),
            message.flags,
        )


def _digest(raw: bytes) -> bytes:
    return hashlib.sha256(raw).digest()
