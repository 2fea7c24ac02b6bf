"""The plan as a table: what we knew, what the server says, what is done."""

import pytest

from mssclient.mail.listing import Flagged, Selected
from mssclient.mail.plan import Additions, Changes, Compare, Nothing, Plan, Rebuild, plan
from mssclient.model.ids import AccountId, FolderId
from mssclient.operators.capabilities import Capabilities
from mssclient.store.folders import FolderState

BARE = Capabilities()
CONDSTORE = Capabilities(condstore=True)
QRESYNC = Capabilities(condstore=True, qresync=True, enable=True)


def knew(uidvalidity: int = 7, uidnext: int = 11, known: int = 10, modseq: int = 100) -> FolderState:
    return FolderState(
        id=FolderId(1),
        account=AccountId(1),
        path="INBOX",
        uidvalidity=uidvalidity,
        uidnext=uidnext,
        known=known,
        modseq=modseq,
    )


def says(
    uidvalidity: int = 7, uidnext: int = 11, messages: int = 10, modseq: int = 100, **more: object
) -> Selected:
    return Selected(uidvalidity=uidvalidity, uidnext=uidnext, messages=messages, modseq=modseq, **more)


TOLD = {"resynced": True}
ONE = (Flagged(uid=3, flags=("seen",), modseq=101),)

TABLE: list[tuple[str, FolderState, Selected, Capabilities, Plan]] = [
    ("never seen", knew(0, 0, 0, 0), says(), BARE, Additions(first=1)),
    ("never seen, and empty", knew(0, 0, 0, 0), says(7, 1, 0, 1), CONDSTORE, Additions(first=1)),
    ("numbered anew", knew(), says(8), QRESYNC, Rebuild(reason="UIDVALIDITY changed")),
    (
        "numbered anew, first time unfinished",
        knew(uidnext=0),
        says(8),
        BARE,
        Rebuild(reason="UIDVALIDITY changed"),
    ),
    ("no numbering at all", knew(), says(0), BARE, Rebuild(reason="no UIDVALIDITY")),
    ("no numbering, nothing there", knew(0, 0, 0, 0), says(0, 0, 0, 0), BARE, Nothing()),
    (
        "first time unfinished",
        knew(uidnext=0, modseq=0),
        says(),
        QRESYNC,
        Compare(reason="first synchronisation unfinished"),
    ),
    ("UIDNEXT not told", knew(), says(uidnext=0), CONDSTORE, Compare(reason="no UIDNEXT")),
    ("UIDs given a second time", knew(), says(uidnext=9), QRESYNC, Rebuild(reason="UIDNEXT went back")),
    ("a backup put back", knew(), says(modseq=90), CONDSTORE, Compare(reason="MODSEQ went back")),
    # QRESYNC
    ("nothing", knew(), says(**TOLD), QRESYNC, Nothing()),
    ("a flag", knew(), says(modseq=101, changed=ONE, **TOLD), QRESYNC, Changes(since=100, told=True)),
    (
        "one gone",
        knew(),
        says(messages=9, modseq=102, vanished=((4, 4),), **TOLD),
        QRESYNC,
        Changes(since=100, told=True),
    ),
    (
        "one new",
        knew(),
        says(uidnext=12, messages=11, modseq=103, **TOLD),
        QRESYNC,
        Changes(since=100, first=11, told=True),
    ),
    ("one new, MODSEQ still", knew(), says(uidnext=12, messages=11, **TOLD), QRESYNC, Additions(first=11)),
    (
        "all at once",
        knew(),
        says(uidnext=14, messages=12, modseq=110, changed=ONE, vanished=((4, 4),), **TOLD),
        QRESYNC,
        Changes(since=100, first=11, told=True),
    ),
    (
        "came and went",
        knew(),
        says(uidnext=12, modseq=104, **TOLD),
        QRESYNC,
        Changes(since=100, first=11, told=True),
    ),
    (
        "the count differs without a reason",
        knew(),
        says(messages=9, **TOLD),
        QRESYNC,
        Compare(reason="count differs", flags=False),
    ),
    # CONDSTORE alone, or the numbers of a STATUS
    ("nothing", knew(), says(), CONDSTORE, Nothing()),
    ("a flag", knew(), says(modseq=101), CONDSTORE, Changes(since=100)),
    ("one new", knew(), says(uidnext=12, messages=11, modseq=101), CONDSTORE, Changes(since=100, first=11)),
    (
        "one gone, MODSEQ still",
        knew(),
        says(messages=9),
        CONDSTORE,
        Compare(reason="count differs", flags=False),
    ),
    ("no MODSEQ kept for this folder", knew(), says(modseq=0), CONDSTORE, Compare(reason="no CONDSTORE")),
    ("MODSEQ for the first time", knew(modseq=0), says(), CONDSTORE, Compare(reason="no CONDSTORE")),
    # neither
    ("perhaps a flag", knew(modseq=0), says(modseq=0), BARE, Compare(reason="no CONDSTORE")),
    ("empty before and now", knew(known=0, modseq=0), says(messages=0, modseq=0), BARE, Nothing()),
]


@pytest.mark.parametrize(
    ("old", "selected", "caps", "expected"),
    [row[1:] for row in TABLE],
    ids=[
        f"{row[0]} ({'qresync' if row[3].qresync else 'condstore' if row[3].condstore else 'bare'})"
        for row in TABLE
    ],
)
def test_plan(old: FolderState, selected: Selected, caps: Capabilities, expected: Plan) -> None:
    assert plan(old, selected, caps) == expected
