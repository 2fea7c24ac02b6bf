"""Getting in with windows that are asked: Pro Santé Connect, files, what is found from an address, BAL."""

import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mssclient.engine import discovering
from mssclient.model.accounts import Account
from mssclient.model.errors import Problem, WorldError
from mssclient.model.operators import Bal
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import (
    BalsAnswer,
    Discover,
    DiscoveryAnswer,
    Done,
    OperatorsAnswer,
    ReadBals,
    ReadOperators,
    SyncReport,
)
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, LogIn, LogOut, RemoveAccount, Sync
from mssclient.operators.autoconfig.names import Names
from tests.engine import opening
from tests.engine.ears import Ear
from tests.engine.opening import adding
from tests.planted import seed_secret
from tests.servers import Authority, ImapServer
from tests.servers.identity import CLIENT_ID, IdentityProvider, Person
from tests.servers.names import NameServer

pytestmark = pytest.mark.servers

NUMBER = "899700000051"
_people = iter(range(1000))


def opened(folder: Path, *, background: bool = True) -> Ear:
    """An engine in this process that asks its one window."""
    return opening.opened(folder, background=background, ask_windows=True)


@pytest.fixture
def folder(home: Path) -> Path:
    return home / "p"


@pytest.fixture
def ear(folder: Path) -> Iterator[Ear]:
    ear = opened(folder)
    yield ear
    ear.close()


def answer(ear: Ear, prompt: Prompt, **more: Any) -> None:
    assert ear.client is not None
    ear.client.answer(PromptAnswer(prompt=prompt.id, **more))


def code(end: Any) -> str:
    assert isinstance(end, Problem), end
    assert end.sentence
    assert end.remedy
    return end.code


# -- Pro Santé Connect -----------------------------------------------------------------------------------


class Practice:
    """Somebody known to the provider, with a BAL at an operator that takes its tokens."""

    def __init__(
        self,
        dovecot: ImapServer,
        provider: IdentityProvider,
        folder: Path,
        *,
        site_certificate: bool = False,
    ) -> None:
        self.provider = provider
        self.address, self.password = dovecot.new_user(f"psc{next(_people)}")
        self.second, _password = dovecot.new_user(f"psc{next(_people)}")
        provider.person = Person(self.address, NUMBER, "Camille", "AUBRY")
        self.server = dovecot.with_tokens(f"{provider.issuer}/introspect")
        (folder / "operators").mkdir(parents=True)
        (folder / "operators" / "essai.toml").write_text(
            f"""name = "Essai"
domains = ["{self.address.partition("@")[2]}"]
authentications = ["psc"]
[psc]
discovery = "{provider.discovery}"
client_id = "{CLIENT_ID}"
site_certificate = {str(site_certificate).lower()}
"""
        )

    def wanted(self, **more: Any) -> AddAccount:
        return adding(self.server, self.address, **{"auth": "psc", **more})


@pytest.fixture
def practice(dovecot: ImapServer, identity: IdentityProvider, folder: Path) -> Practice:
    return Practice(dovecot, identity, folder)


def begin(ear: Ear, want: Any) -> str:
    assert ear.client is not None
    return ear.client.post(want)


def end_of(ear: Ear, want_id: str) -> Any:
    return ear.wait("ended", lambda pair: pair[0] == want_id)[1]


def added(ear: Ear, want: AddAccount) -> Account:
    done = ear.do(want)
    assert isinstance(done, Done), done
    assert done.account is not None
    return done.account


def test_the_telephones_digits_are_shown_and_withdrawn(practice: Practice, ear: Ear) -> None:
    account = added(ear, practice.wanted(national_id=NUMBER))
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "phone")
    assert prompt.digits == practice.provider.shown
    assert ear.wait("withdrawn") == prompt.id
    assert len(account.psc_subject) == 64
    assert account.national_id == NUMBER
    ear.wait("changed", lambda changed: any(state.state == "online" for state in changed.states))


@pytest.mark.parametrize(
    ("more", "name"),
    [
        ({}, "Camille AUBRY"),
        ({"name": "Dr Camille AUBRY"}, "Dr Camille AUBRY"),
        ({"kind": "organisational"}, ""),
    ],
)
def test_a_person_without_a_name_has_that_of_their_identity(
    practice: Practice, ear: Ear, more: dict[str, str], name: str
) -> None:
    assert added(ear, practice.wanted(national_id=NUMBER, **more)).name == name


def test_another_account_of_the_same_person_shares_the_session(practice: Practice, ear: Ear) -> None:
    added(ear, practice.wanted(national_id=NUMBER))
    second = practice.wanted(national_id=NUMBER, address=practice.second)
    assert code(ear.do(second)) == "token-refused", "this server knows one BAL of the person"
    assert ear.times("prompted") == 1
    assert "logout" not in practice.provider.asked, "the first account goes on with it"


def test_the_person_may_cancel_the_telephone(practice: Practice, ear: Ear) -> None:
    practice.provider.phone = "wait"
    want = begin(ear, practice.wanted(national_id=NUMBER))
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "phone")
    answer(ear, prompt, accepted=False)
    assert code(end_of(ear, want)) == "psc-cancelled"
    assert ear.wait("withdrawn") == prompt.id


def test_a_cancelled_want_takes_its_prompt_along(practice: Practice, ear: Ear) -> None:
    practice.provider.phone = "wait"
    want = begin(ear, practice.wanted(national_id=NUMBER))
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "phone")
    assert ear.client is not None
    ear.client.cancel(want)
    assert code(end_of(ear, want)) == "cancelled"
    assert ear.wait("withdrawn") == prompt.id


def browse(authority: Authority, url: str) -> None:
    handler = urllib.request.HTTPSHandler(context=authority.client_context())
    with urllib.request.build_opener(handler).open(url, timeout=10) as page:
        page.read()


def test_the_browsers_page_is_given_to_the_window(practice: Practice, ear: Ear, authority: Authority) -> None:
    want = begin(ear, practice.wanted())
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "browser")
    answer(ear, prompt, accepted=True)
    browse(authority, prompt.url)
    assert isinstance(end_of(ear, want), Done)
    assert ear.wait("withdrawn") == prompt.id


def test_a_browser_waited_for_in_vain_can_be_given_up(practice: Practice, ear: Ear) -> None:
    want = begin(ear, practice.wanted())
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "browser")
    answer(ear, prompt, accepted=True)
    answer(ear, prompt, accepted=False)
    assert code(end_of(ear, want)) == "psc-cancelled"


def test_a_wrong_state_or_another_person_gets_nothing(
    practice: Practice, ear: Ear, authority: Authority
) -> None:
    practice.provider.state = "autre"
    want = begin(ear, practice.wanted())
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "browser")
    browse(authority, prompt.url)
    assert code(end_of(ear, want)) == "psc-state-mismatch"
    practice.provider.state = None
    want = begin(ear, practice.wanted(national_id="899700000099", psc_way="browser"))
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "browser", 2)
    browse(authority, prompt.url)
    assert code(end_of(ear, want)) == "psc-other-person"


def test_a_session_that_ended_is_told_and_begun_again(practice: Practice, ear: Ear, folder: Path) -> None:
    account = added(ear, practice.wanted(national_id=NUMBER))
    ear.close()
    again = opened(folder)
    problem = again.wait(
        "changed", lambda changed: any(state.problem is not None for state in changed.states)
    )
    assert problem.states[0].problem.code == "psc-session-ended"
    assert problem.states[0].state == "refused"
    practice.provider.claims = {"sub": "f:autre"}
    assert code(again.do(LogIn(account=account.id))) == "psc-other-person"
    practice.provider.claims = {}
    assert isinstance(again.do(LogIn(account=account.id)), Done)
    again.wait("changed", lambda changed: any(state.state == "online" for state in changed.states))
    again.close()


def test_logging_out_ends_the_session_at_the_provider_and_locks(practice: Practice, ear: Ear) -> None:
    account = added(ear, practice.wanted(national_id=NUMBER))
    want = begin(ear, LogOut())
    assert isinstance(end_of(ear, want), Done)
    ear.wait("locked")
    assert practice.provider.asked[-1] == "logout"
    assert ear.client is not None
    ear.client.unlock()
    ear.wait("opened", count=2)
    ear.wait(
        "changed",
        lambda changed: any(
            state.problem is not None and state.problem.code == "psc-session-ended"
            for state in changed.states
        ),
    )
    assert isinstance(ear.do(LogIn(account=account.id)), Done)


def test_logging_out_locks_before_the_provider_has_answered(practice: Practice, ear: Ear) -> None:
    added(ear, practice.wanted(national_id=NUMBER))
    locked = threading.Event()
    practice.provider.before_answer = lambda: locked.wait(10)
    want = begin(ear, LogOut())
    ear.wait("locked")
    assert not ear.times("ended", lambda pair: pair[0] == want)
    locked.set()
    assert isinstance(end_of(ear, want), Done)
    assert practice.provider.asked[-1] == "logout"


def test_a_lock_declines_what_is_asked(practice: Practice, ear: Ear) -> None:
    practice.provider.phone = "wait"
    want = begin(ear, practice.wanted(national_id=NUMBER))
    prompt = ear.wait("prompted", lambda prompt: prompt.kind == "phone")
    assert ear.client is not None
    ear.client.lock()
    ear.wait("locked")
    assert ear.wait("withdrawn") == prompt.id
    assert isinstance(end_of(ear, want), Problem)


def test_an_account_that_is_removed_leaves_no_session(practice: Practice, ear: Ear) -> None:
    account = added(ear, practice.wanted(national_id=NUMBER))
    assert isinstance(ear.do(RemoveAccount(account=account.id)), Done)
    assert practice.provider.asked[-1] == "logout"


def test_the_certificate_of_the_site_stands_for_the_clients_secret(
    dovecot: ImapServer,
    authority: Authority,
    tmp_path: Path,
    folder: Path,
    ear: Ear,
) -> None:
    provider = IdentityProvider(tmp_path / "strict", authority, site_certificate=True)
    provider.start()
    try:
        practice = Practice(dovecot, provider, folder, site_certificate=True)
        passphrase = seed_secret("phrase du certificat du site")
        file = folder / "operators" / "essai.p12"
        file.write_bytes(authority.client("site@cabinet.example").pkcs12(passphrase))
        want = begin(ear, practice.wanted(national_id=NUMBER))
        prompt = ear.wait("prompted", lambda prompt: prompt.kind == "password")
        answer(ear, prompt, secret=Secret(passphrase))
        # The mail server has no such certificate: it cannot ask this provider about the token.
        assert code(end_of(ear, want)) == "token-refused"
        assert provider.asked.count("token") >= 1
        want = begin(ear, practice.wanted(national_id=NUMBER))
        assert code(end_of(ear, want)) == "token-refused"
        assert ear.times("prompted", lambda prompt: prompt.kind == "password") == 1, "it was kept"
    finally:
        provider.stop()


def test_the_telephone_wants_to_know_whom_to_ask(practice: Practice, ear: Ear) -> None:
    assert code(ear.do(practice.wanted(psc_way="phone"))) == "national-id-missing"


def test_an_operator_that_does_not_exist_is_told(practice: Practice, ear: Ear) -> None:
    assert code(ear.do(practice.wanted(operator="personne"))) == "operator-unknown"


# -- passwords asked for ---------------------------------------------------------------------------------


def test_a_password_changed_elsewhere_is_asked_for(dovecot: ImapServer, folder: Path) -> None:
    address = dovecot.new_user(f"ailleurs{next(_people)}")[0]
    ear = opened(folder, background=False)
    account = added(ear, adding(dovecot, address))
    other = seed_secret("un mot changé ailleurs")
    dovecot.set_password(address, other)
    assert code(ear.do(Sync()).problems[account.id]) == "login-refused"
    attempts = ((seed_secret("encore raté hier"), "login-refused"), (other, ""))
    for number, (attempt, expected) in enumerate(attempts, 1):
        want = begin(ear, LogIn(account=account.id))
        prompt = ear.wait("prompted", count=number)
        assert prompt.kind == "password"
        answer(ear, prompt, secret=Secret(attempt))
        end = end_of(ear, want)
        assert (code(end) == expected) if expected else isinstance(end, Done)
    report = ear.do(Sync())
    assert isinstance(report, SyncReport)
    assert not report.problems
    ear.close()


# -- what is found from an address -----------------------------------------------------------------------


@pytest.fixture
def names(monkeypatch: pytest.MonkeyPatch) -> Iterator[NameServer]:
    with NameServer() as names:
        monkeypatch.setattr(discovering, "Names", lambda: Names(names.host, names.port))
        monkeypatch.setattr(discovering, "exchange", _nobody_home)
        yield names


def _nobody_home(_method: str, _url: str, _context: object, **_more: object) -> object:
    raise WorldError("host-unknown", "Inconnu.", "Vérifiez.")


def test_servers_are_found_and_told(ear: Ear, names: NameServer) -> None:
    names.serve(
        "medecin.mssante.fr",
        imaps="0 1 993 imap.medecin.mssante.fr.",
        submissions="0 1 465 s.ailleurs.example.",
    )
    found = ear.ask(Discover(address="camille@medecin.mssante.fr"))
    assert isinstance(found, DiscoveryAnswer)
    assert found.discovery.proposal is not None
    assert found.discovery.proposal.imap.host == "imap.medecin.mssante.fr"
    assert found.discovery.proposal.outside == ("s.ailleurs.example",)
    assert found.operator is not None
    assert found.operator.id == "mailiz"


def test_a_search_can_be_cancelled(ear: Ear, names: NameServer) -> None:
    names.mute = True
    assert ear.client is not None
    begun = time.monotonic()
    question = ear.client.ask(Discover(address="camille@muet.mssante.fr"))
    ear.wait("progress")
    ear.client.cancel(question)
    assert code(ear.wait("answered", lambda pair: pair[0] == question)[1]) == "cancelled"
    assert time.monotonic() - begun < 4


def test_own_profiles_come_first(ear: Ear, folder: Path) -> None:
    (folder / "operators").mkdir()
    (folder / "operators" / "a-nous.toml").write_text('name = "À nous"\nterms = "https://a.example/cgu"')
    answer = ear.ask(ReadOperators())
    assert isinstance(answer, OperatorsAnswer)
    assert answer.operators[0].name == "À nous"
    assert answer.operators[0].terms == "https://a.example/cgu"
    assert {"mailiz", "medimail"} <= {each.id for each in answer.operators}


# -- what can be opened ----------------------------------------------------------------------------------


def test_shared_mailboxes_are_told_with_rights_and_what_is_unread(dovecot: ImapServer, folder: Path) -> None:
    ear = opened(folder, background=False)
    address = dovecot.users["alice"][0]
    shared_address = dovecot.users["cabinet"][0]
    account = added(ear, adding(dovecot, address))
    dovecot.append("cabinet", raw=b"From: a@b.example\r\nSubject: neuf\r\n\r\nx\r\n")

    def bals(*, fresh: bool) -> dict[str, Bal]:
        answer = ear.ask(ReadBals(account=account.id, fresh=fresh))
        assert isinstance(answer, BalsAnswer)
        return {each.address: each for each in answer.bals}

    assert set(bals(fresh=False)) == {address}
    found = bals(fresh=True)
    assert set(found) == {address, shared_address}
    shared = found[shared_address]
    assert (shared.kind, shared.account) == ("shared", account.id)
    assert shared.root.endswith(shared_address)
    assert {"l", "r", "s", "w"} <= set(shared.rights)
    assert shared.unread >= 1
    assert isinstance(ear.do(Sync()), SyncReport)
    known = bals(fresh=False)[shared_address]
    assert known.folder is not None
    assert (known.root, known.unread) == (shared.root, shared.unread)
    dovecot.stop()
    try:
        assert bals(fresh=True)[shared_address] == known, "a server that is away takes nothing away"
    finally:
        dovecot.start()
    ear.close()
