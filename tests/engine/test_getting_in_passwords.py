"""A password changed at the operator: a real directory behind a real Dovecot, and what may break between."""

import ssl
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from mssclient.access import notification
from mssclient.access.passwords.changing import PasswordDoor, change
from mssclient.access.passwords.problems import outcome_unknown
from mssclient.engine import passwords
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.changes import Changed
from mssclient.model.errors import BugError, MssError, Problem, WorldError
from mssclient.model.ids import AccountId
from mssclient.model.questions import (
    Done,
    NotificationAnswer,
    PasswordChanged,
    PasswordHow,
    ReadNotification,
    ReadPasswordRules,
    SyncReport,
)
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, ChangePassword, SetNotification, Sync
from mssclient.operators.tls import client_context
from mssclient.store import journal
from mssclient.store.store import Store
from mssclient.store.transaction import Transaction
from tests.access.test_notification import TOKEN, info, taken
from tests.access.test_passwords import REQUEST as ASKED
from tests.access.test_passwords import answer as said
from tests.access.test_passwords import fault
from tests.engine.ears import Ear
from tests.engine.opening import adding, opened
from tests.planted import seed_secret
from tests.servers import ImapServer
from tests.servers.annuaire import LdapServer
from tests.servers.scripted import Close, ScriptedServer, Send

pytestmark = pytest.mark.servers

NEW = seed_secret("Bruyère-42-Marées!")
_people = iter(range(1000))


class Directory:
    """bob's entry, and a BAL whose password it keeps; as it was at the end."""

    def __init__(self, dovecot: ImapServer, slapd: LdapServer) -> None:
        self.slapd = slapd
        self.old = slapd.users["bob"][1]
        self.address, _unused = dovecot.new_user(f"directory{next(_people)}")
        dovecot.set_password(self.address, "")
        self.operator = dovecot.with_directory(f"ldaps://127.0.0.1:{slapd.port}", slapd.dn("bob"))
        self.door = PasswordDoor(
            method="ldap", endpoint=Endpoint(host=slapd.host, port=slapd.port), bind_name=slapd.dn("bob")
        )
        self.context = client_context(slapd.ca_pem.decode())

    def change(self, old: str, new: str) -> None:
        change(self.door, self.context, self.address, old, new)

    def restore(self) -> None:
        for known in (NEW, self.old):
            try:
                self.change(known, self.old)
            except MssError:
                continue
            return


@pytest.fixture
def directory(dovecot: ImapServer, slapd: LdapServer) -> Iterator[Directory]:
    directory = Directory(dovecot, slapd)
    yield directory
    directory.restore()


def profile_of(home: Path, directory: Directory, rules: str = "min_length = 10") -> Path:
    folder = home / "p"
    (folder / "operators").mkdir(parents=True)
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
trust = "system"
[password]
method = "ldap"
host = "localhost"
port = {directory.slapd.port}
bind_name = "{directory.slapd.dn("bob")}"
page = "https://essai.example/mot-de-passe"
[password.rules]
{rules}
"""
    )
    return folder


@pytest.fixture
def folder(home: Path, directory: Directory) -> Path:
    return profile_of(home, directory)


@pytest.fixture
def ear(folder: Path) -> Iterator[Ear]:
    ear = opened(folder)
    yield ear
    ear.close()


def wanted(directory: Directory, **more: object) -> AddAccount:
    return adding(directory.operator, directory.address, **{"secret": Secret(directory.old), **more})


def added(ear: Ear, directory: Directory, **more: object) -> Account:
    done = ear.do(wanted(directory, **more))
    assert isinstance(done, Done), done
    assert done.account is not None
    return done.account


def changing(account: Account, old: str, new: str = NEW) -> ChangePassword:
    return ChangePassword(account=account.id, current=Secret(old), new=Secret(new))


def works(ear: Ear) -> bool:
    report = ear.do(Sync())
    assert isinstance(report, SyncReport)
    return not report.problems


def test_a_new_password_is_in_force_at_once_and_after_a_restart(
    ear: Ear, directory: Directory, folder: Path
) -> None:
    account = added(ear, directory)
    how = ear.ask(ReadPasswordRules(account=account.id))
    assert isinstance(how, PasswordHow)
    assert (how.here, how.rules.min_length) == (True, 10)
    assert how.page == "https://essai.example/mot-de-passe"
    assert ear.do(changing(account, directory.old)) == PasswordChanged()
    assert works(ear)
    ear.close()
    again = opened(folder)
    assert works(again)
    with pytest.raises(MssError):
        directory.change(directory.old, seed_secret("un troisième mot"))
    again.close()


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (seed_secret("pas le bon du tout"), NEW, "password-wrong"),
        ("", "Court9!", "password-rules"),
    ],
)
def test_what_is_refused_changes_nothing(
    ear: Ear, directory: Directory, old: str, new: str, code: str
) -> None:
    account = added(ear, directory)
    problem = ear.do(changing(account, old or directory.old, new))
    assert isinstance(problem, Problem)
    assert problem.code == code
    assert works(ear)


def lost(directory: Directory, *, done: bool) -> Callable[..., None]:
    """A change whose answer never comes."""

    def change_and_lose(door: PasswordDoor, context: object, login: str, old: str, new: str) -> None:
        if done:
            directory.change(old, new)
        raise outcome_unknown("connection-lost")

    return change_and_lose


@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_is_settled_by_trying(
    ear: Ear, directory: Directory, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    account = added(ear, directory)
    monkeypatch.setattr(passwords, "change", lost(directory, done=done))
    end = ear.do(changing(account, directory.old))
    if done:
        assert end == PasswordChanged()
    else:
        assert isinstance(end, Problem)
        assert end.code == "password-not-changed"
    assert works(ear)


def test_a_service_that_does_not_know_it_yet_is_told_and_repaired(
    ear: Ear, directory: Directory, dovecot: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sending goes through another server that keeps the old password for a while."""
    dovecot.set_password(directory.address, directory.old)
    account = added(ear, directory, smtp=Endpoint(host=dovecot.host, port=dovecot.submission_tls))
    monkeypatch.setattr(passwords, "_PATIENCE_S", (0.05,))
    monkeypatch.setattr(passwords, "_LATER_S", (0.5,) * 40)
    assert ear.do(changing(account, directory.old)) == PasswordChanged(pending=("smtp",))
    dovecot.set_password(directory.address, NEW)
    ear.wait("changed", lambda changed: isinstance(changed, Changed) and account.id in changed.accounts, 2)
    assert works(ear)


def test_filters_that_do_not_know_it_yet_are_told_and_repaired(
    ear: Ear, directory: Directory, dovecot: ImapServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    dovecot.set_password(directory.address, directory.old)
    there = Endpoint(host=dovecot.host, port=dovecot.sieve_port, security="starttls")
    account = added(ear, directory, sieve=there)
    monkeypatch.setattr(passwords, "_PATIENCE_S", (0.05,))
    monkeypatch.setattr(passwords, "_LATER_S", (0.5,) * 40)
    assert ear.do(changing(account, directory.old)) == PasswordChanged(pending=("sieve",))
    dovecot.set_password(directory.address, NEW)
    ear.wait("changed", lambda changed: isinstance(changed, Changed) and account.id in changed.accounts, 2)
    assert works(ear)


def test_filters_in_the_same_place_take_it_at_once(ear: Ear, directory: Directory) -> None:
    there = Endpoint(host="localhost", port=directory.operator.sieve_port, security="starttls")
    account = added(ear, directory, sieve=there)
    assert ear.do(changing(account, directory.old)) == PasswordChanged()


@pytest.mark.parametrize("greeting", [b'"SASL" "EXTERNAL"\r\nOK\r\n', b"BYE\r\n"])
def test_filters_that_cannot_be_asked_keep_nobody_waiting(
    ear: Ear,
    directory: Directory,
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    greeting: bytes,
) -> None:
    server = scripted([Send(greeting), Close()], tls=server_tls)
    account = added(ear, directory, sieve=Endpoint(host="localhost", port=server.port))
    assert ear.do(changing(account, directory.old)) == PasswordChanged()
    assert server.connections == 1


@pytest.mark.parametrize("done", [True, False])
def test_an_engine_that_dies_in_between_settles_it_at_its_next_start(
    ear: Ear, directory: Directory, folder: Path, monkeypatch: pytest.MonkeyPatch, done: bool
) -> None:
    account = added(ear, directory)

    def dies(door: PasswordDoor, context: object, login: str, old: str, new: str) -> None:
        if done:
            directory.change(old, new)
        raise outcome_unknown("connection-lost")

    monkeypatch.setattr(passwords, "change", dies)
    monkeypatch.setattr(passwords, "_which", lambda *_arguments: None)
    monkeypatch.setattr(passwords, "_LATER_S", (600.0,))
    problem = ear.do(changing(account, directory.old))
    assert isinstance(problem, Problem)
    assert problem.code == "password-outcome-unknown"
    ear.close()
    monkeypatch.undo()
    again = opened(folder, background=True)
    again.wait("changed", lambda changed: account.id in changed.accounts)
    deadline = time.monotonic() + 60
    while not works(again):
        assert time.monotonic() < deadline
    again.close()


def test_a_first_login_that_wants_another_password(
    ear: Ear, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Zimbra lets nobody in before; here the first attempt is answered as it would."""
    from mssclient.access.passwords.problems import must_change
    from mssclient.engine import bal

    genuine = bal.open_imap
    refused: list[str] = []

    def opening(account: Account, credential: object) -> object:
        if not refused:
            refused.append(account.address)
            raise must_change()
        return genuine(account, credential)  # pyright: ignore[reportArgumentType]

    monkeypatch.setattr(bal, "open_imap", opening)
    problem = ear.do(wanted(directory))
    assert isinstance(problem, Problem)
    assert problem.code == "password-must-change"
    refused.clear()
    added(ear, directory, new_secret=Secret(NEW))
    monkeypatch.undo()
    assert works(ear)


def test_a_first_change_after_which_the_login_fails_says_which_password_counts(
    ear: Ear, directory: Directory, monkeypatch: pytest.MonkeyPatch
) -> None:
    from mssclient.access.passwords.problems import must_change
    from mssclient.engine import bal

    answers = [must_change(), WorldError("host-unreachable", "Le serveur ne répond pas.")]

    def opening(_account: Account, _credential: object) -> object:
        raise answers.pop(0)

    monkeypatch.setattr(bal, "open_imap", opening)
    problem = ear.do(wanted(directory, new_secret=Secret(NEW)))
    assert isinstance(problem, Problem)
    assert (problem.code, problem.detail, problem.exit_code) == (
        "password-changed-only",
        "host-unreachable",
        3,
    )
    monkeypatch.undo()
    added(ear, directory, secret=Secret(NEW))
    assert works(ear)


def test_a_want_with_a_secret_is_never_written_down(tmp_path: Path) -> None:
    store = Store.open(tmp_path / "store.db", bytes(32), lambda _changed: None)
    want = ChangePassword(account=AccountId(1), current=Secret("a"), new=Secret("b"))

    def work(tx: Transaction) -> None:
        journal.append_want(tx, "w", want, AccountId(1))

    from mssclient.store.store import Priority

    with pytest.raises(BugError, match="secret-in-journal"):
        store.write(Priority.PERSON, work)
    store.close()


# -- Zimbra, by its dialogues ----------------------------------------------------------------------------


def test_zimbra_tells_its_rules_and_is_kept_to_them(
    ear: Ear,
    directory: Directory,
    folder: Path,
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
) -> None:
    account = added(ear, directory)
    attributes = {"zimbraPasswordMinLength": "14", "zimbraPasswordEnforceHistory": "3"}
    server = scripted(
        [ASKED, Send(said(AuthResponse={"authToken": [{"_content": "jeton"}]})), Close()],
        [ASKED, Send(said(GetInfoResponse={"attrs": {"_attrs": attributes}})), Close()],
        [ASKED, Send(fault("account.PASSWORD_RECENTLY_USED")), Close()],
        tls=server_tls,
    )
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
[password]
method = "zimbra"
host = "localhost"
port = {server.port}
"""
    )
    how = ear.ask(ReadPasswordRules(account=account.id))
    assert isinstance(how, PasswordHow)
    assert (how.here, how.rules.min_length, how.rules.history) == (True, 14, 3)
    problem = ear.do(changing(account, directory.old))
    assert isinstance(problem, Problem)
    assert problem.code == "password-reused"
    assert works(ear)


def test_a_zimbra_that_lets_nobody_change_sends_to_its_page(
    ear: Ear,
    directory: Directory,
    folder: Path,
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
) -> None:
    account = added(ear, directory)
    attributes = {"zimbraFeatureChangePasswordEnabled": "FALSE", "zimbraPasswordMinLength": "14"}
    server = scripted(
        [ASKED, Send(said(AuthResponse={"authToken": [{"_content": "jeton"}]})), Close()],
        [ASKED, Send(said(GetInfoResponse={"attrs": {"_attrs": attributes}})), Close()],
        tls=server_tls,
    )
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
[password]
method = "zimbra"
host = "localhost"
port = {server.port}
page = "https://essai.example/mot-de-passe"
"""
    )
    how = ear.ask(ReadPasswordRules(account=account.id))
    assert isinstance(how, PasswordHow)
    assert (how.here, how.page) == (False, "https://essai.example/mot-de-passe")


def test_the_address_that_hears_of_new_mail_is_the_operators(
    ear: Ear,
    directory: Directory,
    folder: Path,
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
) -> None:
    account = added(ear, directory)
    kept = "camille@ordinaire.example"
    assert ear.do(SetNotification(account=account.id, address=kept)) == NotificationAnswer(address=kept)
    server = scripted(
        *(TOKEN, info("ailleurs@ordinaire.example")),
        *(TOKEN, info("ailleurs@ordinaire.example"), taken("TRUE", kept)),
        *(TOKEN, info(), [ASKED, Send(fault("account.INVALID_ATTR_VALUE")), Close()]),
        *(TOKEN, [ASKED, Close()]),
        tls=server_tls,
    )
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
[password]
method = "zimbra"
host = "localhost"
port = {server.port}
"""
    )
    question = ReadNotification(account=account.id)
    told = NotificationAnswer(address="ailleurs@ordinaire.example", by_operator=True)
    assert ear.ask(question) == told
    assert ear.do(SetNotification(account=account.id, address=kept)) == NotificationAnswer(
        address=kept, by_operator=True
    )
    problem = ear.do(SetNotification(account=account.id, address="autre@ordinaire.example"))
    assert isinstance(problem, Problem)
    assert problem.code == "notification-address"
    # The operator does not answer: what is known here stands, and was not changed by the refusal.
    assert ear.ask(question) == NotificationAnswer(address=kept, by_operator=True)


@pytest.mark.parametrize("address", ["camille", "camille@x.example\r\nBcc: y", "a b@x.example"])
def test_what_is_no_address_hears_of_nothing(ear: Ear, directory: Directory, address: str) -> None:
    account = added(ear, directory)
    problem = ear.do(SetNotification(account=account.id, address=address))
    assert isinstance(problem, Problem)
    assert problem.code == "bad-address"


@pytest.mark.parametrize(
    ("code", "kept"),
    [("host-unreachable", True), ("notification-unavailable", True), ("login-refused", False)],
)
def test_a_zimbra_that_is_only_likely_keeps_nobody(
    ear: Ear, directory: Directory, folder: Path, monkeypatch: pytest.MonkeyPatch, code: str, kept: bool
) -> None:
    """Its page may be elsewhere: the address then stays on this computer, and that is said."""
    account = added(ear, directory)
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
features = ["zimbra", "notification"]
"""
    )
    asked: list[tuple[str, int]] = []

    def refuse(host: str, port: int, *_secrets: object) -> None:
        asked.append((host, port))
        raise WorldError(code, "Non.")

    monkeypatch.setattr(notification, "change", refuse)
    told = ear.do(SetNotification(account=account.id, address="moi@ordinaire.example"))
    assert asked == [(account.imap.host, 443)]
    if kept:
        assert told == NotificationAnswer(address="moi@ordinaire.example", by_operator=False)
    else:
        assert isinstance(told, Problem)
        assert told.code == code


def test_an_operator_with_a_page_only_is_told_so(ear: Ear, directory: Directory, folder: Path) -> None:
    account = added(ear, directory)
    (folder / "operators" / "essai.toml").write_text(
        f"""name = "Essai"
domains = ["{directory.address.partition("@")[2]}"]
[password]
page = "https://essai.example/mot-de-passe"
"""
    )
    how = ear.ask(ReadPasswordRules(account=account.id))
    assert isinstance(how, PasswordHow)
    assert (how.here, how.page) == (False, "https://essai.example/mot-de-passe")
    problem = ear.do(changing(account, directory.old))
    assert isinstance(problem, Problem)
    assert problem.code == "password-change-unavailable"
