"""New mail behind a lock: announced by its number where the person chose so, and nothing else is told."""

import contextlib
import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mssclient.engine import service, transport, wire
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import Problem, WorldError
from mssclient.model.ids import FolderId
from mssclient.model.messages import Row
from mssclient.model.questions import Done, ReadMessage, ReadState, StateAnswer
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, LogOut, MarkFlags, SetSetting, Sync
from tests.conftest import Noise
from tests.engine.carrying import Person, online
from tests.engine.opening import opened
from tests.engine.processes import open_files
from tests.planted import seed_secret
from tests.servers import ImapServer
from tests.servers.secret_service import KeyringSession

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="a Secret Service, and /proc"),
]

SENDER = seed_secret("zénobie.planteuse@medecin.mssante.fr")
SUBJECT = seed_secret("Compte rendu planté")
LETTER = (
    "From: <{sender}>\r\nTo: <{to}>\r\nSubject: {subject}\r\nMessage-ID: <{number}@medecin.mssante.fr>\r\n"
    "Date: Mon, 02 Nov 2026 10:00:00 +0100\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{subject}\r\n"
)


class Office:
    """Somebody whose BAL logs in by a password, and the operator that brings letters."""

    def __init__(self, person: Person, operator: ImapServer, user: tuple[str, str]) -> None:
        self.person, self.ear, self.client = person, person.ear, person.client
        self._operator = operator
        self.address, self._password = user
        self.letters = 0

    def begin(self) -> None:
        server = self._operator
        added = self.ear.do(
            AddAccount(
                address=self.address,
                imap=Endpoint(host=server.host, port=server.port_tls),
                smtp=Endpoint(host=server.host, port=server.submission_tls),
                ca_pem=server.ca_pem.decode(),
                secret=Secret(self._password),
                confirmed_hosts=(server.host,),
            )
        )
        assert isinstance(added, Done), added
        self.ear.do(Sync())
        online(self.person)

    def choose(self) -> None:
        assert self.ear.do(SetSetting(name="lock.announce", value=json.dumps(True))) == Done()

    def letter_arrives(self) -> None:
        self.letters += 1
        raw = LETTER.format(sender=SENDER, to=self.address, subject=SUBJECT, number=self.letters)
        self._operator.append(self.address, raw=raw.encode())

    def lock(self) -> None:
        self.client.lock()
        self.ear.wait("locked", count=self.ear.times("opened"))

    def rows(self) -> list[Row]:
        with contextlib.closing(self.client.view()) as view:
            inbox = next(one.id for one in view.folders() if one.role == "inbox")
            return view.rows(FolderId(inbox), 0, 50)

    def store_is_open(self) -> bool:
        assert self.client.engine_pid is not None
        files = {path.name for path in open_files(self.client.engine_pid)}
        return self.person.profile.store_path.name in files


@pytest.fixture
def new_office(home: Path, dovecot: ImapServer, new_user: tuple[str, str]) -> Iterator[Callable[[], Office]]:
    people: list[Person] = []

    def make() -> Office:
        people.append(Person(home / f"p{len(people)}"))
        office = Office(people[-1], dovecot, new_user)
        office.begin()
        return office

    yield make
    for person in people:
        person.stop()


@pytest.fixture
def office(
    keyring_here: KeyringSession, monkeypatch: pytest.MonkeyPatch, new_office: Callable[[], Office]
) -> Office:
    """Its engine uses the real Secret Service too."""
    monkeypatch.setenv("PYTHON_KEYRING_BACKEND", "keyring.backends.SecretService.Keyring")
    for _each in range(2):
        office = new_office()
        if keyring_here.keep_up():
            return office
    pytest.skip("gnome-keyring ends by an assertion of its own")


class Listening(threading.Thread):
    """Another client of the same profile, which keeps every frame as it came."""

    def __init__(self, office: Office) -> None:
        super().__init__(daemon=True)
        self._channel = transport.connect(office.person.profile.socket_path)
        self._channel.send(wire.encode(wire.Hello()))
        self.frames: list[bytes] = []
        self.start()

    def run(self) -> None:
        with contextlib.suppress(transport.ChannelClosed):
            while True:
                self.frames.append(self._channel.receive())

    def end(self) -> list[bytes]:
        self._channel.close()
        self.join(10)
        return self.frames


def test_a_letter_behind_the_lock_is_announced_without_content(office: Office) -> None:
    office.choose()
    office.lock()
    office.ear.wait("announced", lambda messages: messages == 0)
    spy = Listening(office)
    heard = len(office.ear.heard)
    office.letter_arrives()
    office.ear.wait("announced", lambda messages: messages == 1)
    office.letter_arrives()
    office.ear.wait("announced", lambda messages: messages == 2)
    assert [name for name, _value in office.ear.heard[heard:]] == ["announced", "announced"]
    frames = spy.end()
    kinds = {type(wire.decode_from_engine(frame)) for frame in frames}
    assert kinds == {wire.Welcome, wire.Locked, wire.Announced}
    for said in (SENDER, SUBJECT, office.address):
        assert not any(said.encode() in frame for frame in frames)
    late = Listening(office)
    office.letter_arrives()
    office.ear.wait("announced", lambda messages: messages == 3)
    counts = [wire.decode_from_engine(frame) for frame in late.end()]
    assert [one.messages for one in counts if isinstance(one, wire.Announced)][:1] == [2]

    office.client.unlock()
    office.person.opened(2)
    assert len(office.rows()) == 3


def test_behind_it_nothing_can_be_read_or_done(office: Office) -> None:
    office.letter_arrives()
    office.ear.do(Sync())
    (row,) = office.rows()
    office.choose()
    office.lock()
    assert office.store_is_open()
    refused = office.ear.ask(ReadMessage(placement=row.id))
    assert isinstance(refused, Problem)
    assert refused.code == "store-locked"
    wanted = office.client.post(MarkFlags(placements=(row.id,), add=("flagged",)))
    for verb in (["folders"], ["sync"], ["show", str(row.id)]):
        done = subprocess.run(
            [sys.executable, "-m", "mssclient", "--profile", str(office.person.profile.folder), *verb],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 3, (verb, done.stderr)
        assert "verrouillée" in done.stderr
        assert not done.stdout
    assert not office.ear.times("acknowledged", lambda id: id == wanted)

    office.client.unlock()
    office.person.opened(2)
    office.ear.wait("acknowledged", lambda id: id == wanted)
    with contextlib.closing(office.client.view()) as view:
        found = view.row(row.id)
    assert found is not None
    assert "flagged" in found.flags, "what was posted behind the lock is done after it"


def test_nothing_is_announced_unless_it_was_chosen(office: Office) -> None:
    state = office.ear.ask(ReadState())
    assert isinstance(state, StateAnswer)
    assert state.can_announce
    office.lock()
    assert not office.store_is_open()
    office.letter_arrives()
    office.client.unlock()
    office.person.opened(2)
    office.ear.do(Sync())
    assert len(office.rows()) == 1
    assert not office.ear.times("announced")


def test_closing_the_session_announces_nothing(office: Office) -> None:
    office.choose()
    assert office.ear.do(LogOut()) == Done()
    office.ear.wait("locked")
    assert not office.store_is_open()
    assert not office.ear.times("announced")


def test_who_locks_it_again_hears_what_it_was_told(office: Office) -> None:
    """The count begins again with each lock."""
    office.choose()
    office.lock()
    office.letter_arrives()
    office.ear.wait("announced", lambda messages: messages == 1)
    office.client.unlock()
    office.person.opened(2)
    office.lock()
    office.ear.wait("announced", lambda messages: messages == 0, count=2)


def test_where_a_passphrase_opens_the_store_the_lock_closes_it(new_office: Callable[[], Office]) -> None:
    office = new_office()  # there is no keyring
    state = office.ear.ask(ReadState())
    assert isinstance(state, StateAnswer)
    assert not state.can_announce
    office.choose()
    office.lock()
    assert not office.store_is_open()
    office.letter_arrives()
    office.client.unlock()
    office.person.opened(2)
    assert office.ear.times("prompted", lambda prompt: prompt.kind == "passphrase") == 1
    assert not office.ear.times("announced")


def test_what_goes_wrong_with_it_does_not_keep_the_store_open(
    home: Path, monkeypatch: pytest.MonkeyPatch, noise: Noise
) -> None:
    def broken(_desk: object) -> bool:
        raise ZeroDivisionError

    monkeypatch.setattr(service, "announces", broken)
    noise.expect("bug while lock")
    ear = opened(home / "p", background=True)
    assert ear.client is not None
    ear.client.lock()
    ear.wait("locked")
    with pytest.raises(WorldError):
        ear.client.view()
    assert not ear.times("announced")
    ear.close()
