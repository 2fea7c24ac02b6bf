"""The submission dialogue: what is told, what is certain, and what can only be found out."""

import base64
import socket
import ssl
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.access.credential import PasswordCredential
from mssclient.access.open import Patience, open_submission
from mssclient.access.smtp import Submission
from mssclient.access.stream import Stream
from mssclient.mail.submission import Outcome, Rejected, Submitted, Uncertain, dot_stuffed, submit, was_begun
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.drafts import PHASES
from mssclient.model.errors import WorldError
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.store.outbox import Frozen
from tests.planted import seed_secret
from tests.servers import Authority
from tests.servers.scripted import Expect, Script, ScriptedServer, Send, Stall, StartTls, every_cut

RAW = b"Message-ID: <un@exemple.fr>\r\nSubject: essai\r\n\r\n.point\r\nfin\r\n"
PASSWORD = seed_secret("Sésame-envoi!")
IMPATIENT = Patience(connect_s=3, reply_s=1.0)

ENVELOPE: Script = [
    Expect(rb"MAIL FROM:<alice@exemple\.fr> SIZE=%d" % len(RAW)),
    Send(b"250 2.1.0 bien\r\n"),
    Expect(rb"RCPT TO:<bob@exemple\.fr>"),
    Send(b"250 2.1.5 bien\r\n"),
    Expect(rb"RCPT TO:<eve@exemple\.fr>"),
    Send(b"250-2.1.5 bien\r\n250 2.1.5 tres bien\r\n"),
]
CONTENT: Script = [
    Expect(rb"DATA"),
    Send(b"354 allez\r\n"),
    Expect(rb"Message-ID: <un@exemple\.fr>\r\nSubject: essai\r\n\r\n\.\.point\r\nfin", until=b"\r\n.\r\n"),
]
ACCEPTED = Send(b"250 2.0.0 Ok: queued as 4XyZ12\r\n")
WHOLE: Script = [*ENVELOPE, *CONTENT, ACCEPTED]


def frozen(raw: bytes = RAW, recipients: tuple[str, ...] = ("bob@exemple.fr", "eve@exemple.fr")) -> Frozen:
    return Frozen(
        want="w",
        account=AccountId(1),
        raw=raw,
        rfc_message_id="<un@exemple.fr>",
        envelope_from="alice@exemple.fr",
        recipients=recipients,
    )


Scripted = Callable[..., ScriptedServer]


def dialogue(server: ScriptedServer, extensions: dict[str, str] | None = None) -> Submission:
    """After login: this half of the dialogue is the same in clear."""
    sock = socket.create_connection(("127.0.0.1", server.port), timeout=3)
    session = Submission(Stream(sock, "localhost", IMPATIENT))
    session.extensions = {"SIZE": "1000", "8BITMIME": ""} if extensions is None else extensions
    return session


def try_to_send(
    server: ScriptedServer, message: Frozen | None = None
) -> tuple[Outcome | WorldError, list[str]]:
    phases: list[str] = []
    session = dialogue(server)
    try:
        outcome: Outcome | WorldError = submit(message or frozen(), session, phases.append)
    except WorldError as error:
        outcome = error
    finally:
        session.close()
    return outcome, phases


def test_the_bytes_leave_unchanged_and_every_phase_comes_before_its_step(scripted: Scripted) -> None:
    outcome, phases = try_to_send(scripted([*WHOLE]))
    assert outcome == Submitted(queue_id="4XyZ12")
    assert phases == list(PHASES[1:5])


@pytest.mark.parametrize(
    ("script", "code", "passing", "refused"),
    [
        ([ENVELOPE[0], Send(b"553 5.7.1 pas vous\r\n")], "sender-refused", False, []),
        ([ENVELOPE[0], Send(b"451 4.3.0 plus tard\r\n")], "sender-refused", True, []),
        ([*ENVELOPE[:5], Send(b"550 5.1.1 inconnu\r\n"), Expect(b"RSET"), Send(b"250 bien\r\n")],
         "recipients-refused", False, ["eve@exemple.fr"]),
        ([*ENVELOPE[:5], Send(b"452 4.2.2 plein\r\n"), Expect(b"RSET"), Send(b"250 bien\r\n")],
         "recipients-refused", True, ["eve@exemple.fr"]),
        ([*ENVELOPE, CONTENT[0], Send(b"554 5.5.1 non\r\n")], "message-refused", False, []),
        ([*ENVELOPE, *CONTENT, Send(b"554 5.7.0 virus\r\n")], "message-refused", False, []),
        ([*ENVELOPE, *CONTENT, Send(b"552 5.3.4 trop gros\r\n")], "message-too-big", False, []),
        ([*ENVELOPE, *CONTENT, Send(b"451 4.7.1 greylisted\r\n")], "message-refused", True, []),
    ],
    ids=["sender", "sender, for now", "recipient", "recipient, for now", "DATA", "final dot", "size",
         "final dot, for now"],
)  # fmt: skip
def test_an_explicit_refusal_is_certain(
    scripted: Scripted, script: Script, code: str, passing: bool, refused: list[str]
) -> None:
    outcome, phases = try_to_send(scripted(script))
    assert isinstance(outcome, Rejected)
    assert (outcome.error.code, outcome.passing) == (code, passing)
    assert [each.address for each in outcome.recipients] == refused
    assert outcome.error.sentence
    assert "submitted" not in phases


def test_cut_at_every_octet_of_every_reply(scripted: Scripted) -> None:
    """Before the content: an error, nothing was given. From its first octet on: uncertain, unless told."""
    for name, script in every_cut(WHOLE):
        outcome, phases = try_to_send(scripted(script))
        if was_begun(phases[-1]):
            assert isinstance(outcome, Uncertain), name
        else:
            assert isinstance(outcome, WorldError), name


def test_silence_after_the_dot_is_uncertain(scripted: Scripted, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("mssclient.mail.submission.DATA_PATIENCE_S", 0.3)
    outcome, phases = try_to_send(scripted([*ENVELOPE, *CONTENT, Stall()]))
    assert outcome == Uncertain()
    assert phases[-1] == "data_ended"


@pytest.mark.parametrize("answer", [b"oui\r\n", b"999 quoi\r\n", b"354 encore\r\n", b"\xff\xfe\r\n"])
def test_nonsense_after_the_dot_is_uncertain(scripted: Scripted, answer: bytes) -> None:
    outcome, _ = try_to_send(scripted([*ENVELOPE, *CONTENT, Send(answer)]))
    assert outcome == Uncertain()


def test_a_message_over_the_limit_is_not_begun(scripted: Scripted) -> None:
    outcome, phases = try_to_send(scripted([Stall()]), frozen(b"a: b\r\n\r\n" + b"x" * 2000))
    assert isinstance(outcome, Rejected)
    assert (outcome.error.code, phases) == ("message-too-big", ["connected"])


@pytest.mark.parametrize("raw", [b"a: b\r\n\r\nun\n.\r\ndeux\r\n", b"a: b\r\n\r\nun\r.\r\n", b"a: b\n\nun\n"])
def test_bare_line_ends_never_leave(scripted: Scripted, raw: bytes) -> None:
    outcome, phases = try_to_send(scripted([Stall()]), frozen(raw))
    assert isinstance(outcome, Rejected)
    assert phases == []


@pytest.mark.parametrize("address", ["a b@c", "a@b>\r\nDATA", "<a@b>", "", "é@exemple.fr", "a@b\0"])
def test_an_address_can_inject_nothing(scripted: Scripted, address: str) -> None:
    outcome, _ = try_to_send(scripted([Stall()]), frozen(recipients=(address,)))
    assert isinstance(outcome, Rejected)
    assert outcome.error.code == "recipients-refused"


def test_two_thousand_recipients_go_in_groups(scripted: Scripted) -> None:
    people = tuple(f"p{n}@exemple.fr" for n in range(2000))
    script: Script = [Expect(b"MAIL .*"), Send(b"250 bien\r\n")]
    for start in range(0, 2000, 50):
        script = [*script, *(Expect(rb"RCPT TO:<p%d@exemple\.fr>" % n) for n in range(start, start + 50))]
        script = [*script, Send(b"250 bien\r\n" * 50)]
    server = scripted([*script, *CONTENT, ACCEPTED])
    session = dialogue(server, {"PIPELINING": ""})
    try:
        assert submit(frozen(recipients=people), session, lambda phase: None) == Submitted(queue_id="4XyZ12")
    finally:
        session.close()


def unstuffed(data: bytes) -> bytes:
    lines = data.split(b"\r\n")
    return b"\r\n".join(line[1:] if line.startswith(b".") else line for line in lines)


@given(st.lists(st.binary(max_size=20).map(lambda line: line.replace(b"\r", b"").replace(b"\n", b"."))))
def test_a_receiver_gets_back_what_was_stuffed(lines: list[bytes]) -> None:
    raw = b"".join(line + b"\r\n" for line in lines)
    data = dot_stuffed(raw)
    assert b"\r\n.\r\n" not in b"\r\n" + data
    assert unstuffed(data) == raw


# -- getting in ------------------------------------------------------------------------------------

AUTH = base64.b64encode(f"\0alice@exemple.fr\0{PASSWORD}".encode())


def account(port: int, authority: Authority, security: str) -> Account:
    endpoint = Endpoint(host="localhost", port=port, security=security)
    return Account(
        id=AccountId(1), address="a@b", imap=endpoint, smtp=endpoint, ca_pem=authority.ca_pem.decode()
    )


CREDENTIAL = PasswordCredential(login="alice@exemple.fr", secret=Secret(PASSWORD))
HELLO: Script = [Send(b"220 salut\r\n"), Expect(rb"EHLO \[127\.0\.0\.1\]")]
IN_CLEAR: Script = [*HELLO, Send(b"250-la\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN\r\n"), Expect(b"STARTTLS")]


def test_login_over_starttls(scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority) -> None:
    script: Script = [
        *IN_CLEAR,
        Send(b"220 allez\r\n"),
        StartTls(),
        Expect(b"EHLO .*"),
        Send(b"250-la\r\n250-SIZE 15728640\r\n250 AUTH=LOGIN PLAIN\r\n"),
        Expect(b"AUTH PLAIN " + AUTH.replace(b"+", rb"\+")),
        Send(b"235 entrez\r\n"),
        Stall(),
    ]
    server = scripted(script, tls=server_tls, starttls=True)
    session = open_submission(account(server.port, authority, "starttls"), CREDENTIAL, IMPATIENT)
    assert session.size_limit_octets == 15_728_640
    assert session.stream.secured
    session.close()


@pytest.mark.parametrize(
    ("script", "code"),
    [
        ([*HELLO, Send(b"250-la\r\n250 AUTH PLAIN\r\n"), Stall()], "starttls-missing"),
        ([*IN_CLEAR, Send(b"454 non\r\n"), Stall()], "starttls-missing"),
        ([*IN_CLEAR, Send(b"220 allez\r\n250 AUTH PLAIN\r\n"), Stall()], "protocol-nonsense"),
        ([Send(b"421 plus tard\r\n"), Stall()], "server-busy"),
        ([Send(b"* OK IMAP ici\r\n"), Stall()], "protocol-nonsense"),
    ],
    ids=["not offered", "refused", "injected", "busy", "another protocol"],
)
def test_nothing_is_said_in_clear(
    scripted: Scripted, server_tls: ssl.SSLContext, authority: Authority, script: Script, code: str
) -> None:
    server = scripted(script, tls=server_tls, starttls=True)
    with pytest.raises(WorldError) as caught:
        open_submission(account(server.port, authority, "starttls"), CREDENTIAL, IMPATIENT)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("offer", "steps", "code"),
    [
        (b"PLAIN", [Expect(b"AUTH PLAIN .*"), Send(b"535 5.7.8 non\r\n")], "login-refused"),
        (b"PLAIN", [Expect(b"AUTH PLAIN .*"), Send(b"454 4.7.0 plus tard\r\n")], "server-busy"),
        (b"PLAIN", [Expect(b"AUTH PLAIN .*"), Send(b"334 \r\n"), Expect(rb"\*"), Send(b"501 non\r\n")],
         "login-refused"),
        (b"LOGIN", [Expect(b"AUTH LOGIN"), Send(b"334 VXNlcm5hbWU6\r\n"), Expect(b"[A-Za-z0-9+/=]+"),
                    Send(b"334 UGFzc3dvcmQ6\r\n"), Expect(b"[A-Za-z0-9+/=]+"), Send(b"535 non\r\n")],
         "login-refused"),
        (b"XOAUTH2", [], "login-impossible"),
    ],
)  # fmt: skip
def test_refusals_at_login(
    scripted: Scripted,
    server_tls: ssl.SSLContext,
    authority: Authority,
    offer: bytes,
    steps: Script,
    code: str,
) -> None:
    server = scripted(
        [*HELLO, Send(b"250-la\r\n250 AUTH " + offer + b"\r\n"), *steps, Stall()], tls=server_tls
    )
    with pytest.raises(WorldError) as caught:
        open_submission(account(server.port, authority, "tls"), CREDENTIAL, IMPATIENT)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"550 5.1.2 domaine", "Domaine"),
        (b"550 5.1.1 qui", "inconnue"),
        (b"552 5.2.2 plein", "pleine"),
        (b"450 4.1.1 plus tard", "momentané"),
        (b"550 sans plus", "inconnue"),
        (b"554 5.7.1 non", "Refusée"),
    ],
)
def test_why_a_recipient_was_refused_is_said_in_french(scripted: Scripted, answer: bytes, words: str) -> None:
    script: Script = [
        Expect(b"MAIL .*"),
        Send(b"250 bien\r\n"),
        Expect(b"RCPT .*"),
        Send(answer + b"\r\n"),
        Expect(b"RSET"),
        Send(b"250 bien\r\n"),
    ]
    outcome, _ = try_to_send(scripted(script), frozen(recipients=("bob@exemple.fr",)))
    assert isinstance(outcome, Rejected)
    assert words in outcome.recipients[0].sentence
    assert answer[4:].decode() not in outcome.recipients[0].sentence


@pytest.mark.parametrize("last", [[], [Expect(b"RSET")], [Expect(b"RSET"), Send(b"quoi\r\n")]])
def test_who_was_refused_is_told_though_the_server_closes_at_rset(scripted: Scripted, last: Script) -> None:
    refusal = [*ENVELOPE[:5], Send(b"550 5.1.1 inconnu\r\n")]
    outcome, phases = try_to_send(scripted([*refusal, *last]))
    assert isinstance(outcome, Rejected)
    assert (outcome.error.code, outcome.passing) == ("recipients-refused", False)
    assert [each.address for each in outcome.recipients] == ["eve@exemple.fr"]
    assert phases == ["connected"]


def test_a_server_that_closes_among_recipients_is_tried_later(scripted: Scripted) -> None:
    script: Script = [
        Expect(b"MAIL .*"),
        Send(b"250 bien\r\n"),
        Expect(b"RCPT .*"),
        Send(b"421 au revoir\r\n"),
    ]
    outcome, phases = try_to_send(scripted(script))
    assert isinstance(outcome, WorldError)
    assert outcome.code == "server-busy"
    assert phases == ["connected"]


def test_an_answer_that_is_none_before_the_content_is_tried_later(scripted: Scripted) -> None:
    outcome, _ = try_to_send(scripted([ENVELOPE[0], Send(b"799 quoi\r\n")]))
    assert isinstance(outcome, WorldError)
    assert outcome.code == "protocol-nonsense"


def test_addresses_beyond_ascii_go_where_they_are_taken(scripted: Scripted) -> None:
    script: Script = [
        Expect(b"MAIL FROM:<alice@exemple\\.fr> SMTPUTF8"),
        Send(b"250 bien\r\n"),
        Expect("RCPT TO:<hélène@exemple\\.fr>".encode()),
        Send(b"250 bien\r\n"),
        *CONTENT,
        ACCEPTED,
    ]
    session = dialogue(scripted(script), {"SMTPUTF8": ""})
    try:
        outcome = submit(frozen(recipients=("hélène@exemple.fr",)), session, lambda phase: None)
    finally:
        session.close()
    assert isinstance(outcome, Submitted)


def test_a_first_line_that_begins_with_a_dot() -> None:
    assert dot_stuffed(b".a\r\n") == b"..a\r\n"
    assert dot_stuffed(b"a") == b"a\r\n"
    assert dot_stuffed(b"") == b""


def test_octets_beyond_ascii_are_announced(scripted: Scripted) -> None:
    raw = "Subject: été\r\n\r\nnaïf\r\n".encode()
    script: Script = [
        Expect(rb"MAIL FROM:<alice@exemple\.fr> SIZE=%d BODY=8BITMIME" % len(raw)),
        Send(b"451 non\r\n"),
    ]
    outcome, _ = try_to_send(scripted(script), frozen(raw))
    assert isinstance(outcome, Rejected)


@pytest.mark.parametrize("answer", [b"452 4.5.3 trop", b"452 trop"])
def test_too_many_recipients_are_told_as_such(scripted: Scripted, answer: bytes) -> None:
    people = tuple(f"p{n}@exemple.fr" for n in range(101))
    script: Script = [Expect(b"MAIL .*"), Send(b"250 bien\r\n")]
    for number in range(101):
        reply = b"250 bien\r\n" if number < 100 else answer + b"\r\n"
        script = [*script, Expect(rb"RCPT TO:<p%d@exemple\.fr>" % number), Send(reply)]
    outcome, _ = try_to_send(
        scripted([*script, Expect(b"RSET"), Send(b"250 bien\r\n")]), frozen(recipients=people)
    )
    assert isinstance(outcome, Rejected)
    assert outcome.error.code == "too-many-recipients"
    assert "100" in outcome.error.sentence
