"""Delivering HPRIM files: every new one of the inboxes into the directory that the software watches.

Order that loses and doubles nothing: the file is complete in the directory, then the ledger says so, for a
slice of files at a time. A run that dies between the two finds its own files again by name and bytes.
"""

import contextlib
import logging
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine import reading
from mssclient.engine.child import ChildFailed
from mssclient.medical.delivery import (
    DELIVERED_KINDS,
    Deliverable,
    DeliveryOptions,
    Depot,
)
from mssclient.model.errors import MssError, Refused
from mssclient.model.ids import FolderId, PlacementId
from mssclient.model.language import _
from mssclient.model.messages import Row
from mssclient.model.questions import Delivered, DeliveryReport
from mssclient.model.wants import DeliverHprim
from mssclient.store import ledger
from mssclient.store.ledger import Delivery
from mssclient.store.store import Priority
from mssclient.store.trace import trace
from mssclient.store.transaction import Transaction
from mssclient.store.view import View

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["deliver", "options_of"]

_log = logging.getLogger(__name__)
_BLOCK = 500
_SLICE = 50
_SLICE_S = 0.25
"""Files, and seconds since the first of them, that wait to be written into the ledger together. The other
program may have taken them away when we are killed meanwhile: they would then be delivered again."""
_ENDINGS = (".hpr", ".hpm", ".hprim", ".apz", ".zip", ".dat", ".txt")
_HOPELESS = frozenset(("disk-full", "hprim-directory-missing", "hprim-directory-read-only"))
"""After one of these nothing more can be written."""


def options_of(view: View) -> DeliveryOptions:
    """From the settings ``hprim.charset``, ``extension``, ``flag``, ``split``, ``fragments``, ``short``."""
    return DeliveryOptions(
        charset=str(view.setting("hprim.charset", "windows-1252")),
        extension=str(view.setting("hprim.extension", "keep")),
        flag_extension=str(view.setting("hprim.flag", "")),
        split_patients=bool(view.setting("hprim.split", False)),
        fragments=bool(view.setting("hprim.fragments", False)),
        short_names=bool(view.setting("hprim.short", False)),
    )


class _Run:
    """One delivery: what was done so far. One thread."""

    def __init__(
        self, desk: "Desk", want: DeliverHprim, options: DeliveryOptions, depot: Depot | None
    ) -> None:
        """``depot`` None: nothing is written, only told."""
        self.desk = desk
        self.want = want
        self.options = options
        self.depot = depot
        self.delivered: list[Delivered] = []
        self.skipped: list[Delivered] = []
        self.failed: list[Delivered] = []
        self.hopeless = False
        self._seen: set[bytes] = set()
        self._written: list[tuple[Row, Delivery]] = []
        """In the directory, not yet in the ledger."""
        self._since = 0.0

    def report(self) -> DeliveryReport:
        return DeliveryReport(
            delivered=tuple(self.delivered),
            skipped=tuple(self.skipped),
            failed=tuple(self.failed),
            dry_run=self.want.dry_run,
        )

    def message(self, row: Row) -> None:
        """Everything of one message."""
        try:
            raw = reading.bytes_of(self.desk, row.id)
            pieces = self.desk.child.plan_delivery(raw, self.options)
        except MssError as error:
            code = "unreadable" if isinstance(error, ChildFailed) else error.code
            self.failed.append(
                Delivered(
                    message=row.id,
                    part="",
                    sender=row.sender or row.address,
                    code=code,
                    reason=error.sentence,
                )
            )
            return
        for piece in pieces:
            self._piece(row, piece)
        if len(self._written) >= _SLICE or (self._written and time.monotonic() - self._since > _SLICE_S):
            self.record()

    def record(self) -> None:
        """The files that are written, into the ledger: first it is made sure that they are there."""
        written, self._written = self._written, []
        if written and self.depot is not None:
            self.depot.sync()
            self.desk.store.write(Priority.PERSON, lambda tx: _record(tx, written))

    def _piece(self, row: Row, piece: Deliverable) -> None:
        told = Delivered(
            message=row.id,
            part=piece.part,
            kind=piece.kind,
            sha256=piece.sha256,
            patients=piece.patients,
            sender=row.sender or row.address,
        )
        if piece.code:
            self.skipped.append(_because(told, piece.code, piece.reason))
            return
        entry = _entry(row, piece, self.want.directory)
        if any(
            other.placement != entry.placement and (other.kind, other.number) == (entry.kind, entry.number)
            for _row, other in self._written
        ):
            self.record()  # this one may correct it: the ledger must know it to tell
        with self.desk.reading() as view:
            known = bool(ledger.delivered(view, piece.key))
            correction = not known and ledger.is_correction(view, entry)
        if piece.key in self._seen or (known and not self.want.again):
            self.skipped.append(_because(told, "already-delivered", _("Déjà déposé.")))
            return
        self._seen.add(piece.key)
        name = piece.name
        if self.depot is not None:
            if self.hopeless:
                self.failed.append(_because(told, "write-failed", _("Le dépôt a été interrompu.")))
                return
            try:
                name = self.depot.write(
                    piece.name,
                    piece.content,
                    flag_extension="" if piece.is_fixed else self.options.flag_extension,
                    fixed=piece.is_fixed,
                    short=self.options.short_names and not piece.is_fixed,
                )
            except MssError as error:
                self.hopeless = error.code in _HOPELESS
                self.failed.append(_because(told, error.code, error.sentence))
                return
            self._since = self._since if self._written else time.monotonic()
            self._written.append((row, msgspec.structs.replace(entry, file=name, correction=correction)))
        self.delivered.append(_with_file(told, name, correction=correction))


def _because(told: Delivered, code: str, reason: str) -> Delivered:
    return msgspec.structs.replace(told, code=code, reason=reason)


def _with_file(told: Delivered, name: str, *, correction: bool) -> Delivered:
    return msgspec.structs.replace(told, file=name, correction=correction)


def _entry(row: Row, piece: Deliverable, directory: str) -> Delivery:
    patient = piece.patients[0] if piece.patients else None
    return Delivery(
        sha256=piece.key,
        kind=piece.kind,
        number=piece.number,
        family=patient.family if patient else "",
        given=patient.given if patient else "",
        birth=(patient.birth or "") if patient else "",
        document_date=piece.date,
        sender=row.sender or row.address,
        placement=row.id,
        part=piece.part,
        directory=directory,
    )


def _record(tx: Transaction, written: Sequence[tuple[Row, Delivery]]) -> None:
    for _row, one in written:
        ledger.record_delivery(tx, one)
    for account, count in Counter(row.account for row, _one in written).items():
        trace(tx, account, "hprim-deliver", f"{count}")


def deliver(desk: "Desk", want: DeliverHprim, ticket: "Ticket") -> DeliveryReport:
    """Bodies are fetched when missing. A cancel ends the run after the message under way, with its report.

    Raises WorldError hprim-directory-missing, Refused hprim-directory-read-only, folder-unknown.
    """
    with contextlib.ExitStack() as stack:
        depot = None if want.dry_run else stack.enter_context(Depot(want.directory))
        with desk.reading() as view:
            options = options_of(view)
            folders = _folders(view, want)
            total = len(want.placements) or sum(view.count(folder) for folder in folders)
        run = _Run(desk, want, options, depot)
        stack.callback(run.record)
        for done, row in enumerate(_rows(desk, want, folders), 1):
            if ticket.is_cancelled or run.hopeless:
                break
            ticket.progress(done, total, _("Dépôt des fichiers HPRIM"))
            if _may_hold(desk, row):
                run.message(row)
    return run.report()


def _folders(view: View, want: DeliverHprim) -> list[FolderId]:
    if want.placements:
        return []
    if want.folder is not None:
        if view.folder(want.folder) is None:
            raise Refused("folder-unknown", _("Ce dossier n’existe plus."), _("Choisissez un autre dossier."))
        return [want.folder]
    return [folder.id for folder in view.folders(want.account) if folder.role == "inbox"]


def _rows(desk: "Desk", want: DeliverHprim, folders: Sequence[FolderId]) -> Iterator[Row]:
    """A snapshot of ids first: the folder may change while a long delivery runs. Oldest first, so that a
    corrected result follows what it corrects."""
    if want.placements:
        with desk.reading() as view:
            yield from view.rows_of(want.placements)
        return
    for folder in folders:
        ids: list[PlacementId] = []
        with desk.reading() as view:
            while block := view.rows(folder, len(ids), _BLOCK):
                ids.extend(row.id for row in block)
        ids.reverse()
        for start in range(0, len(ids), _BLOCK):
            with desk.reading() as view:
                rows = view.rows_of(ids[start : start + _BLOCK])
            yield from rows


def _may_hold(desk: "Desk", row: Row) -> bool:
    """Whether the bytes are worth looking at: those not here yet, those recognised, those with archives."""
    with desk.reading() as view:
        if row.provisional or not view.has_body(row.message):
            return True
        if row.document and any(
            match.kind in DELIVERED_KINDS or match.kind == "apicrypt" for match in view.matches(row.message)
        ):
            return True
        if not row.attachments:
            return False
        return any(
            info.filename.lower().endswith(_ENDINGS) or info.type.endswith(("zip", "ms-tnef"))
            for info in view.summary(row.message).attachments
        )
