"""After a lock nothing of what was read is left where another program could find it."""

import contextlib
import os
import sys
import threading
import weakref
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import pytest

from mssclient.engine import wire
from mssclient.engine.crew import Crew
from mssclient.engine.turns import Ends
from mssclient.model.errors import Problem
from mssclient.model.ids import PlacementId
from mssclient.model.questions import (
    Done,
    MessageAnswer,
    NewDraft,
    OpenAttachment,
    Paths,
    ReadMessage,
    ReadState,
    Search,
    SearchAnswer,
)
from mssclient.model.wants import Sync
from tests.engine.carrying import Person
from tests.engine.ears import PASSPHRASE
from tests.engine.opening import adding
from tests.engine.processes import mapped_files, open_files
from tests.light_keys import keyed
from tests.planted import seed_secret
from tests.servers import ImapServer

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc"),
]

PLANTED = seed_secret("Zéphirine-Quatrevingt")
FILE = "bilan-planté.txt"
LETTER = (
    "From: Labo <labo@medecin.mssante.fr>\r\nTo: {to}\r\nSubject: Bilan {planted}\r\n"
    "Message-ID: <planted@medecin.mssante.fr>\r\nDate: Mon, 02 Nov 2026 10:00:00 +0100\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Patient {planted}</p>\r\n"
    "--b\r\nContent-Type: text/plain; charset=utf-8\r\n"
    'Content-Disposition: attachment; filename="bilan.txt"\r\n\r\nRésultat de {planted}\r\n--b--\r\n'
)


@pytest.fixture
def reader(home: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> Iterator[Person]:
    """Somebody with one letter that holds the planted name in its subject, text and file."""
    address, _password = new_user
    dovecot.append(address, raw=LETTER.format(to=address, planted=PLANTED).encode())
    person = Person(keyed(home / "p", PASSPHRASE))
    added = person.ear.do(adding(dovecot, address))
    assert isinstance(added, Done), added
    person.ear.do(Sync())
    yield person
    person.stop()


def the_row(person: Person) -> PlacementId:
    with contextlib.closing(person.client.view()) as view:
        inbox = next(one for one in view.folders() if one.role == "inbox")
        (row,) = view.rows(inbox.id, 0, 10)
    return row.id


def test_nothing_is_left_after_a_lock(reader: Person, home: Path, tmp_path: Path) -> None:
    placement = the_row(reader)
    shown = reader.ear.ask(ReadMessage(placement=placement))
    assert isinstance(shown, MessageAnswer), shown
    found = reader.ear.ask(Search(query="Quatrevingt"))
    assert isinstance(found, SearchAnswer)
    assert len(found.rows) == 1
    part = shown.view.summary.attachments[0].path
    opened = reader.ear.ask(OpenAttachment(placement=placement, part=part))
    assert isinstance(opened, Paths), opened
    assert PLANTED in Path(opened.paths[0]).read_text(encoding="utf-8")
    reader.ear.ask(
        NewDraft(account=reader.ear.ask(ReadState()).accounts[0].id, action="reply", placement=placement)
    )
    engine = reader.client.engine_pid
    assert engine is not None

    reader.client.lock()
    reader.ear.wait("locked")

    assert list(reader.profile.open_folder.iterdir()) == []
    needle = PLANTED.encode()
    for pid in (engine, os.getpid()):
        ours = {path for path in open_files(pid) if path.is_relative_to(reader.profile.folder)}
        assert not {path for path in ours if path.name.startswith("store.db")}, "the store is still open"
        for path in mapped_files(pid):
            assert needle not in path.read_bytes(), path
    for folder in (home, tmp_path):
        for path in folder.rglob("*"):
            if path.is_file() and not path.is_symlink():
                assert needle not in path.read_bytes(), path
    from mssclient.model.errors import WorldError

    with pytest.raises(WorldError) as refused:
        reader.client.view()
    assert refused.value.code == "store-locked"


def test_no_news_while_locked(reader: Person, dovecot: ImapServer, new_user: tuple[str, str]) -> None:
    """Nothing is fetched, so nothing can be announced: not a sender, not a subject."""
    reader.client.lock()
    reader.ear.wait("locked")
    heard = len(reader.ear.heard)
    dovecot.append(new_user[0], raw=LETTER.format(to=new_user[0], planted="autre").encode())
    reader.client.unlock()
    reader.opened(2)
    between = [name for name, _value in reader.ear.heard[heard:]]
    assert "changed" not in between[: between.index("opened")]


def test_how_wants_ended_is_known_without_what_was_answered() -> None:
    ends = Ends()
    ends.remember("w", wire.Ended(id="w", answer=Done(text=PLANTED)))
    ends.remember("x", wire.Ended(id="x", problem=Problem(code="c", sentence="Refusé.")))
    ends.forget()
    assert ends.of("w") == wire.Ended(id="w", answer=Done())
    assert ends.of("x") == wire.Ended(id="x", problem=Problem(code="c", sentence="Refusé."))


def test_a_crew_lets_its_last_work_go() -> None:
    class Held:
        pass

    held, done = Held(), threading.Event()
    gone = weakref.ref(held, lambda _ref: done.set())
    crew = Crew("essai", 1)
    crew.do(partial(str, held))
    del held
    assert done.wait(10)
    assert gone() is None
    crew.close()
