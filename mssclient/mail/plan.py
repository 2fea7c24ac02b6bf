"""What a synchronisation has to do: one pure decision, from what we knew and what the server says now.

The ideas are Trojitá's: trust UIDVALIDITY first, then UIDNEXT, then the count, and compare in full as
soon as one of them contradicts another.
"""

from mssclient.mail.listing import Selected
from mssclient.model.records import Record
from mssclient.operators.capabilities import Capabilities
from mssclient.store.folders import FolderState

__all__ = ["Additions", "Changes", "Compare", "Nothing", "Plan", "Rebuild", "plan"]


class Nothing(Record, frozen=True, kw_only=True):
    """All is as we know it."""


class Additions(Record, frozen=True, kw_only=True):
    """Only new messages: UIDs from ``first`` on. 1 = a first synchronisation."""

    first: int


class Changes(Record, frozen=True, kw_only=True):
    """Flags changed after ``since`` (perhaps messages gone too); new messages from ``first`` on, 0 = none."""

    since: int
    first: int = 0
    told: bool = False
    """The SELECT has told all changed flags and vanished UIDs (QRESYNC)."""


class Compare(Record, frozen=True, kw_only=True):
    """UIDs and flags of the whole folder must be compared."""

    reason: str
    flags: bool = True
    """False: only the UIDs are in doubt."""


class Rebuild(Record, frozen=True, kw_only=True):
    """UIDs mean other messages than before: match by Message-ID, size and INTERNALDATE."""

    reason: str


Plan = Nothing | Additions | Changes | Compare | Rebuild


def plan(old: FolderState, selected: Selected, caps: Capabilities) -> Plan:
    """Decide. ``selected`` is the answer of SELECT, or the numbers of a STATUS. Pure."""
    if selected.uidvalidity == 0:
        if old.known == 0 and selected.messages == 0:
            return Nothing()
        # RFC 9051 §6.3.2: such a server keeps no UIDs. Nothing known of them can be trusted.
        return Rebuild(reason="no UIDVALIDITY")
    if old.uidvalidity == 0:
        return Additions(first=1)
    if old.uidvalidity != selected.uidvalidity:
        return Rebuild(reason="UIDVALIDITY changed")
    if old.uidnext == 0:
        return Compare(reason="first synchronisation unfinished")
    if selected.uidnext == 0:
        # Zimbra's search folders say neither UIDNEXT nor HIGHESTMODSEQ (8.7–10.1).
        return Compare(reason="no UIDNEXT")
    if selected.uidnext < old.uidnext:
        # Against the protocol (a restored backup): UIDs may have been given a second time.
        return Rebuild(reason="UIDNEXT went back")
    return _same_numbering(old, selected, caps)


def _same_numbering(old: FolderState, selected: Selected, caps: Capabilities) -> Plan:
    arrived = selected.uidnext > old.uidnext
    if not (caps.condstore and selected.modseq and old.modseq):
        if not arrived and selected.messages == old.known == 0:
            return Nothing()
        return Compare(reason="no CONDSTORE")
    if selected.modseq < old.modseq:
        return Compare(reason="MODSEQ went back")
    moved = selected.modseq > old.modseq
    if selected.changed or selected.vanished or moved:
        first = old.uidnext if arrived else 0
        return Changes(since=old.modseq, first=first, told=selected.resynced)
    if arrived:
        return Additions(first=old.uidnext)
    if selected.messages != old.known:
        # A server without QRESYNC need not move HIGHESTMODSEQ when messages go (RFC 7162 §3.1.1).
        return Compare(reason="count differs", flags=False)
    return Nothing()
