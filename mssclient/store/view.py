"""The read-only view of the store: what the window shows and the workers look at.

One instance belongs to one thread, but for :meth:`View.interrupt`. Every method sees the state of the last
commit. Imports stay light: the window loads this.
"""

from collections.abc import Generator, Iterable, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import apsw
import msgspec

from mssclient.model.accounts import Account, Folder, Quota
from mssclient.model.documents import DocumentMatch
from mssclient.model.drafts import Draft, OutboxItem
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId, DraftId, FolderId, MessageId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Person, Row, Summary
from mssclient.model.questions import SearchAnswer
from mssclient.model.records import Record, from_wire
from mssclient.model.verdicts import Verdict
from mssclient.model.wants import WantView
from mssclient.store import accounts, drafts, finding, folders, journal, outbox, settings
from mssclient.store.bodies import unpack
from mssclient.store.connection import all_rows, one_row, open_connection, translated
from mssclient.store.correspondents import read_correspondents
from mssclient.store.flags import unpack_flags, unpack_keywords
from mssclient.store.listing import ROW_SQL, Filter, Listing, make_row

__all__ = ["Filter", "PlacementRef", "View"]

_EVERYTHING = Filter()


class PlacementRef(Record, frozen=True, kw_only=True):
    """Where a placement is: as seen, and as the server is believed to have it."""

    id: PlacementId
    message: MessageId
    folder: FolderId | None
    """Seen in; None = deleted for good, not carried out yet."""
    account: AccountId
    uid: int | None
    """In ``server_folder``; None until the server told."""
    flags: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()
    server_folder: FolderId | None = None
    """Other than ``folder`` while a move is not carried out; None = not on the server yet."""
    rfc_message_id: str = ""
    octets: int = 0


class View:
    """Raises WorldError or Refused when the file can't be opened: store-wrong-key, store-damaged,
    store-missing."""

    def __init__(self, path: str | Path, key: bytes) -> None:
        if not Path(path).exists():
            raise WorldError(
                "store-missing",
                _("La base de messages de ce profil est introuvable."),
                _("Relancez le programme pour la créer de nouveau."),
            )
        with translated():
            self.connection: apsw.Connection = open_connection(Path(path), key)
        self._listing = Listing(self.connection)

    def close(self) -> None:
        self.connection.close()

    def interrupt(self) -> None:
        """Stop the statement under way; its call raises WorldError ``cancelled``. Any thread."""
        self.connection.interrupt()

    @contextmanager
    def steady(self) -> Generator[None]:
        """Everything read inside sees one and the same commit, whatever the engine writes meanwhile.

        For a handful of reads that must agree (a list and the places in it); milliseconds, never a wait.
        """
        with translated():
            self.connection.execute("BEGIN")
            try:
                yield
            finally:
                self.connection.execute("ROLLBACK")

    @contextmanager
    def _guarded(self) -> Generator[None]:
        try:
            with translated():
                yield
        except apsw.InterruptError as error:
            raise WorldError(
                "cancelled", _("Recherche interrompue."), _("Recommencez-la quand vous le souhaitez.")
            ) from error

    def accounts(self) -> list[Account]:
        return accounts.read_accounts(self)

    def account(self, id: AccountId) -> Account | None:
        return next((account for account in self.accounts() if account.id == id), None)

    def folders(self, account: AccountId | None = None) -> list[Folder]:
        """The roles first, then by name."""
        return folders.read_folders(self, account)

    def folder(self, id: FolderId) -> Folder | None:
        return folders.read_folder(self, id)

    def quota(self, account: AccountId) -> Quota | None:
        return accounts.read_quota(self, account)

    def count(self, folder: FolderId, filter: Filter = _EVERYTHING) -> int:
        """How many rows the list has."""
        return self._listing.count(folder, filter)

    def rows(self, folder: FolderId, offset: int, limit: int, filter: Filter = _EVERYTHING) -> list[Row]:
        """A block of the list: INTERNALDATE newest first, then id. As quick at any offset."""
        return self._listing.rows(folder, offset, limit, filter)

    def index_of(self, folder: FolderId, placement: PlacementId, filter: Filter = _EVERYTHING) -> int | None:
        """The offset of one row in the list; None when it is not in it."""
        return self._listing.index_of(folder, placement, filter)

    def row(self, placement: PlacementId) -> Row | None:
        return next(iter(self.rows_of((placement,))), None)

    def rows_of(self, placements: Iterable[PlacementId]) -> list[Row]:
        """In the order asked; those that are gone are left out."""
        wanted = list(placements)
        found: dict[int, Row] = {}
        for start in range(0, len(wanted), 500):
            inside = ", ".join(str(int(id)) for id in wanted[start : start + 500])
            for row in all_rows(self, f"{ROW_SQL} WHERE p.id IN ({inside})"):
                found[row[0]] = make_row(row)
        return [found[id] for id in wanted if id in found]

    def placement(self, id: PlacementId) -> PlacementRef | None:
        return next(iter(self.placements_of((id,))), None)

    def placements_of(self, ids: Iterable[PlacementId]) -> list[PlacementRef]:
        """Where these are, in the order asked; those that are gone are left out."""
        refs: list[PlacementRef] = []
        for id in ids:
            row = one_row(
                self,
                "SELECT p.id, p.message, p.folder, f.account, p.uid, p.flags, p.keywords, p.server_folder,"
                " m.rfc_message_id, m.octets FROM placement p JOIN message m ON m.id = p.message"
                " JOIN folder f ON f.id = coalesce(p.folder, p.server_folder) WHERE p.id = ?",
                (id,),
            )
            if row is not None:
                refs.append(_ref(row))
        return refs

    def placements_with(self, rfc_message_id: str, account: AccountId | None = None) -> list[PlacementRef]:
        """All placements of messages with this Message-ID (angle brackets included)."""
        rows = all_rows(
            self,
            "SELECT p.id FROM message m JOIN placement p ON p.message = m.id"
            " WHERE m.rfc_message_id = ?1 AND (?2 IS NULL OR m.account = ?2) ORDER BY p.id",
            (rfc_message_id, account),
        )
        return self.placements_of(row[0] for row in rows)

    def search(
        self,
        query: str,
        limit: int = 50,
        account: AccountId | None = None,
        folder: FolderId | None = None,
    ) -> SearchAnswer:
        """The newest hits (search language: store/search.py). ``total`` is 0 when there are more than shown.

        Raises WorldError cancelled after :meth:`interrupt`.
        """
        with self._guarded():
            return finding.find(self, query, limit, account, folder)

    def wants(self, states: Sequence[str] = journal.OPEN_STATES) -> list[WantView]:
        """Of the journal, oldest first; those that are not over by default."""
        return journal.read_wants(self, states)

    def outbox(self, all: bool = False) -> list[OutboxItem]:
        return outbox.read_outbox(self, all)

    def drafts(self) -> list[Draft]:
        """Newest first."""
        return drafts.read_drafts(self)

    def draft(self, id: DraftId) -> Draft | None:
        return drafts.read_draft(self, id)

    def setting(self, name: str, default: Any = None) -> Any:
        """Decoded from JSON."""
        return settings.read_setting(self, name, default)

    def settings(self) -> dict[str, str]:
        """Name → JSON text."""
        return settings.read_settings(self)

    def summary(self, message: MessageId) -> Summary:
        """As annotated, but for its ``text`` (read the raw message for that)."""
        row = one_row(self, "SELECT summary FROM annotation WHERE message = ?", (message,))
        return from_wire(row[0], Summary) if row else Summary(complete=False)

    def verdict(self, message: MessageId) -> Verdict:
        row = one_row(self, "SELECT verdict FROM annotation WHERE message = ?", (message,))
        return from_wire(row[0], Verdict) if row else Verdict()

    def matches(self, message: MessageId) -> tuple[DocumentMatch, ...]:
        row = one_row(self, "SELECT matches FROM annotation WHERE message = ?", (message,))
        return msgspec.msgpack.decode(row[0], type=tuple[DocumentMatch, ...]) if row else ()

    def raw(self, message: MessageId) -> bytes | None:
        """The exact bytes; None while only headers are here."""
        with self._guarded():
            row = one_row(self, "SELECT content FROM body WHERE message = ?", (message,))
        return unpack(row[0]) if row else None

    def has_body(self, message: MessageId) -> bool:
        return one_row(self, "SELECT 1 FROM message WHERE id = ? AND has_body = 1", (message,)) is not None

    def correspondents(self, prefix: str, limit: int = 8) -> list[Person]:
        """Known people with a name or address that starts so, most written to first."""
        return read_correspondents(self, prefix, limit)


def _ref(row: tuple[Any, ...]) -> PlacementRef:
    return PlacementRef(
        id=row[0],
        message=row[1],
        folder=row[2],
        account=row[3],
        uid=row[4],
        flags=unpack_flags(row[5]),
        keywords=unpack_keywords(row[6]),
        server_folder=row[7],
        rfc_message_id=row[8],
        octets=row[9],
    )
