"""The mail of the demonstration: folders in memory with fixed UIDs, any keyword, quotas, shared folders."""
# pyright: reportPrivateUsage=false
# pymap's dict backend keeps its messages in private attributes; the version is pinned exactly.

import hashlib
import time
import zlib
from collections.abc import Iterable
from datetime import UTC, datetime

from pymap.backend.dict.mailbox import MailboxData, MailboxSet, Message
from pymap.flags import FlagOp
from pymap.interfaces.message import CachedMessage
from pymap.listtree import ListTree
from pymap.mailbox import MailboxSnapshot
from pymap.mime import MessageContent
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Flag, Recent, Wildcard, get_system_flags
from pymap.threads import ThreadKey

__all__ = ["EPOCH_UTC", "DemoFolder", "DemoMailbox", "first_free_uid", "fixed_validity"]

SYSTEM_FLAGS = get_system_flags() - {Recent}

EPOCH_UTC = 1_767_225_600
"""2026-01-01: before the first demonstration."""


def fixed_validity(address: str, folder: str, edition: int) -> int:
    """UIDVALIDITY of a folder of the corpus: the same at each start, 1 … 2³¹-1 (RFC 3501 §2.3.1.1).

    ``edition`` changes when the corpus does, because its UIDs then mean other messages.
    """
    return (zlib.crc32(f"{edition}/{address}/{folder}".encode()) & 0x7FFF_FFFF) or 1


def first_free_uid(now_utc: float) -> int:
    """The UID from which mail of this run is counted: higher than all of an earlier run.

    A kept profile meets the same UIDVALIDITY again at the next start; a UID that meant one message
    then must never mean another. Four a second leaves room under 2³¹ for 17 years.
    """
    return max(1_000, int((now_utc - EPOCH_UTC) * 4))


def _object_id(prefix: bytes, data: bytes) -> ObjectId:
    return ObjectId(prefix + hashlib.sha256(data).hexdigest()[:32].encode())


class _Snapshot(MailboxSnapshot):
    @property
    def flags(self) -> frozenset[Flag]:
        r"""Without ``\*``, which belongs in PERMANENTFLAGS only."""
        return super().flags - {Wildcard}


class DemoFolder(MailboxData):
    """One folder. Any keyword is stored; the spelling of its first use wins (they are case-insensitive)."""

    def __init__(
        self, owner: "DemoMailbox", validity: int, identity: ObjectId, last_uid: int | None = None
    ) -> None:
        super().__init__(owner._content_cache, owner._thread_cache)
        self._owner = owner
        self._uid_validity = validity
        self._mailbox_id = identity
        self._max_uid = owner.floor if last_uid is None else last_uid

    @property
    def keywords(self) -> set[Flag]:
        return {f for m in self._messages.values() for f in m.permanent_flags if not f.is_system}

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        return frozenset(SYSTEM_FLAGS | self.keywords | {Wildcard})

    @property
    def octets(self) -> int:
        return sum(len(m._content) for m in self._messages.values() if m._content is not None)

    def octets_of(self, uids: Iterable[int]) -> int:
        messages = (self._messages.get(uid) for uid in uids)
        return sum(len(m._content) for m in messages if m is not None and m._content is not None)

    def __len__(self) -> int:
        return len(self._messages)

    def _spelt(self, flags: Iterable[Flag]) -> frozenset[Flag]:
        known = {bytes(k).lower(): k for k in self.keywords}
        return frozenset(
            known.get(bytes(f).lower(), f) for f in flags if not f.is_system or f in SYSTEM_FLAGS
        )

    def _identify(self, literal: bytes, content: MessageContent) -> tuple[ObjectId, ObjectId]:
        """EMAILID and THREADID (RFC 8474), the same at each start."""
        threads = self._owner.threads
        keys = ThreadKey.get_all(content.header)
        thread = next((threads[k] for k in keys if k in threads), None)
        thread = thread or _object_id(
            b"T", "".join(keys[0]).encode("utf-8", "surrogateescape") if keys else literal
        )
        for key in keys:
            threads.setdefault(key, thread)
        return _object_id(b"M", literal), thread

    @property
    def last_uid(self) -> int:
        return self._max_uid

    def letters(self) -> list[tuple[int, datetime, tuple[bytes, ...], bytes]]:
        """Every message: UID, INTERNALDATE, flags, octets as they are served."""
        return [
            (
                uid,
                m.internal_date,
                tuple(sorted(bytes(flag) for flag in m.permanent_flags)),
                bytes(m._content),
            )
            for uid, m in sorted(self._messages.items())
            if m._content is not None
        ]

    def seed(self, uid: int, raw: bytes, when: datetime, flags: Iterable[bytes]) -> None:
        """Put one message at its own UID; before any connection is served."""
        content = MessageContent.parse(raw)
        email_id, thread_id = self._identify(raw, content)
        self._messages[uid] = Message(
            uid,
            when,
            self._spelt(Flag(flag) for flag in flags),
            email_id=email_id,
            thread_id=thread_id,
            content=content,
        )
        self._mod_sequences.update([uid])

    async def append(self, append_msg: AppendMessage, *, recent: bool = False) -> Message:
        when = append_msg.when or datetime.now(UTC)
        content = MessageContent.parse(append_msg.literal)
        email_id, thread_id = self._identify(append_msg.literal, content)
        async with self.messages_lock.write_lock():
            self._max_uid = uid = self._max_uid + 1
            message = Message(
                uid,
                when,
                self._spelt(append_msg.flag_set),
                email_id=email_id,
                thread_id=thread_id,
                recent=recent,
                content=content,
            )
            self._messages[uid] = message
            self._mod_sequences.update([uid])
            self._updated.set()
            return message

    async def update(
        self, uid: int, cached_msg: CachedMessage, flag_set: frozenset[Flag], mode: FlagOp
    ) -> Message:
        return await super().update(uid, cached_msg, self._spelt(flag_set), mode)

    async def snapshot(self) -> MailboxSnapshot:
        s = await super().snapshot()
        return _Snapshot(
            s.mailbox_id,
            s.readonly,
            s.uid_validity,
            s.permanent_flags,
            s.session_flags,
            s.exists,
            s.recent,
            s.unseen,
            s.first_unseen,
            s.next_uid,
        )


class DemoMailbox(MailboxSet):
    """One BAL: its folders, its quota, and the folders of other BAL mounted under a prefix."""

    def __init__(self, address: str, edition: int) -> None:
        super().__init__()
        self.address = address
        self.edition = edition
        self.floor = first_free_uid(time.time())
        self.threads: dict[ThreadKey, ObjectId] = {}
        self.special: dict[str, bytes] = {}
        self.mounts: dict[str, DemoMailbox] = {}
        self.limit_octets = 1 << 40
        self.ballast_octets = 0
        self._last_validity = 0
        self._inbox = self._corpus_folder("INBOX")

    def _corpus_folder(self, name: str) -> DemoFolder:
        validity = fixed_validity(self.address, name, self.edition)
        return DemoFolder(self, validity, _object_id(b"F", f"{self.address}/{name}".encode()))

    def found(self, name: str, use: bytes | None = None) -> None:
        """Create a folder of the corpus, subscribed, with its special use (RFC 6154)."""
        if name != "INBOX":
            self._set[name] = self._corpus_folder(name)
            self._subscribed[name] = True
        if use:
            self.special[name] = use

    def folder(self, name: str) -> DemoFolder:
        """A folder of this BAL itself. Raises KeyError."""
        folder = self._inbox if name.upper() == "INBOX" else self._set[name]
        assert isinstance(folder, DemoFolder)
        return folder

    def own_folders(self) -> dict[str, DemoFolder]:
        """By name, the INBOX first; none of another BAL."""
        return {name: self.folder(name) for name in ("INBOX", *self._set)}

    def is_subscribed(self, name: str) -> bool:
        return self._subscribed.get(name, False)

    def subscribe(self, name: str, subscribed: bool) -> None:
        self._subscribed[name] = subscribed

    def clear(self) -> None:
        """Forget every folder, for :meth:`recall_folder` to make them again."""
        self._set.clear()
        self._subscribed.clear()
        self.special.clear()
        self.threads.clear()

    def recall_folder(self, name: str, validity: int, identity: bytes, last_uid: int) -> DemoFolder:
        """A folder of an earlier run, empty. UIDs go on after the last one, whatever was lost meanwhile."""
        folder = DemoFolder(self, validity, ObjectId(identity), max(last_uid, self.floor))
        if name == "INBOX":
            self._inbox = folder
        else:
            self._set[name] = folder
        return folder

    def home(self, name: str) -> tuple["DemoMailbox", str]:
        """Which BAL a folder name belongs to, and its name there."""
        for prefix, other in self.mounts.items():
            if name == prefix:
                return other, "INBOX"
            if name.startswith(prefix + "/"):
                return other, name[len(prefix) + 1 :]
        return self, name

    def usage(self) -> tuple[int, int]:
        """Octets and messages that count against the quota."""
        folders = [self.folder(name) for name in ("INBOX", *self._set)]
        return self.ballast_octets + sum(f.octets for f in folders), sum(len(f) for f in folders)

    async def get_mailbox(self, name: str) -> MailboxData:
        there, name = self.home(name)
        return there.folder(name)

    async def add_mailbox(self, name: str) -> ObjectId:
        there, name = self.home(name)
        if there is not self:
            return await there.add_mailbox(name)
        if name.upper() == "INBOX" or name in self._set:
            raise ValueError(name)
        # a name used again must get a greater UIDVALIDITY (RFC 3501 §6.3.4)
        self._last_validity = validity = max(self._last_validity + 1, int(time.time()))
        identity = _object_id(b"F", f"{self.address}/{name}/{validity}".encode())
        self._set[name] = folder = DemoFolder(self, validity, identity)
        return folder.mailbox_id

    async def delete_mailbox(self, name: str) -> None:
        there, name = self.home(name)
        if there is not self:
            await there.delete_mailbox(name)
        else:
            await super().delete_mailbox(name)
            self.special.pop(name, None)

    async def rename_mailbox(self, before: str, after: str) -> None:
        (source, old), (target, new) = self.home(before), self.home(after)
        if source is not target:
            raise ValueError(after)
        if source is not self:
            await source.rename_mailbox(old, new)
            return
        await super().rename_mailbox(old, new)
        if old == "INBOX":  # its mail went to the new folder (RFC 3501 §6.3.5)
            identity = _object_id(b"F", f"{self.address}/INBOX/{time.time_ns()}".encode())
            self._inbox = DemoFolder(self, int(time.time()), identity)
        for name in [n for n in self.special if n == old or n.startswith(old + "/")]:
            self.special[new + name[len(old) :]] = self.special.pop(name)

    async def list_mailboxes(self) -> ListTree:
        mounted = [n for p, other in self.mounts.items() for n in (p, *(f"{p}/{x}" for x in other._set))]
        return (await super().list_mailboxes()).update(*mounted)

    async def list_subscribed(self) -> ListTree:
        return (await super().list_subscribed()).update(*self.mounts)
