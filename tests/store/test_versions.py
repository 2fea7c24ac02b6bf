"""A file of every version there ever was still opens, with all that was in it."""

import shutil
from pathlib import Path

import pytest

from mssclient.store import drafts, journal, ledger, outbox
from mssclient.store.opening import SCHEMA, scripts
from mssclient.store.store import Priority, Store
from tests.store.made import KEY, lab, raw
from tests.store.make_version import VERSIONS
from tests.store.test_listing import check_counters


def test_there_is_a_file_of_every_version() -> None:
    assert sorted(int(path.stem) for path in VERSIONS.glob("*.db")) == sorted(scripts())


@pytest.mark.parametrize("version", sorted(scripts()))
def test_open_a_past_version(version: int, tmp_path: Path) -> None:
    path = tmp_path / "store.db"
    shutil.copy(VERSIONS / f"{version:04}.db", path)
    store = Store.open(path, KEY)
    assert store.schema == SCHEMA
    view = store.view()
    [account] = view.accounts()
    assert account.address == "dr.martin@cabinet.mssante.fr"
    folders = {folder.path: folder for folder in view.folders(account.id)}
    inbox, archive = folders["INBOX"], folders["Archives"]
    assert (inbox.messages, inbox.unread, archive.messages) == (2, 2, 1)
    [moved] = view.rows(archive.id, 0, 10)
    assert (moved.flags, moved.keywords, moved.pending) == (("seen",), ("Urgent",), True)
    assert view.raw(moved.message) == raw(1)
    result = view.rows(inbox.id, 1, 1)[0]
    assert view.summary(result.message).subject == lab(2).summary.subject
    assert view.matches(result.message) == lab(2).matches
    assert view.verdict(result.message).level == "mssante"
    assert [row.id for row in view.search("patient:lefèvre").rows] == [result.id]
    assert not view.search("dubois").complete
    assert [want.id for want in view.wants()] == ["move", "send"]
    frozen = outbox.frozen(view, "send")
    assert frozen is not None
    assert (frozen.raw, frozen.recipients) == (b"Subject: x\r\n\r\ny", ("b@x",))
    [draft] = view.drafts()
    assert drafts.attachment(view, draft.attachments[0].id) == b"abc"
    assert view.setting("theme") == "sombre"
    assert [one.number for one in ledger.delivered(view, bytes(32))] == ["42"]
    assert len(view.correspondents("dub")) == 1
    store.write(Priority.PERSON, lambda tx: journal.set_state(tx, "move", "undone"))
    check_counters(view)
    store.close()


def test_a_script_never_changes_once_its_file_is_there(tmp_path: Path) -> None:
    """The tables made today by the scripts are those in the files: editing a released script is noticed."""
    path = tmp_path / "new.db"
    new = Store.open(path, KEY)
    old_path = tmp_path / "old.db"
    shutil.copy(VERSIONS / "0001.db", old_path)
    old = Store.open(old_path, KEY)
    wording = (
        "SELECT name, sql FROM sqlite_schema WHERE name NOT GLOB 'search_*' AND sql NOTNULL ORDER BY name"
    )
    made = [store.view().connection.execute(wording).fetchall() for store in (new, old)]
    assert made[0] == made[1]
    new.close()
    old.close()
