"""The fixture itself: what other tests take for granted about it."""

import base64
import smtplib
import ssl
import time
from collections.abc import Callable

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.servers import Identity, ImapServer
from tests.servers.authority import Authority

pytestmark = pytest.mark.servers
Person = tuple[str, str]


def eventually(question: Callable[[], object], within_s: float = 30) -> None:
    """Mail arrives by a queue: nothing tells when, so ask again."""
    end = time.monotonic() + within_s
    while not question():
        assert time.monotonic() < end, "it never came to that"
        time.sleep(0.02)


def submission(server: ImapServer, user: str) -> smtplib.SMTP_SSL:
    smtp = smtplib.SMTP_SSL(server.host, server.submission_tls, context=server.context(), timeout=30)
    address, password = server.credentials(user)
    smtp.ehlo()
    answer = smtp.docmd("AUTH", "PLAIN " + base64.b64encode(f"\0{address}\0{password}".encode()).decode())
    assert answer[0] == 235
    return smtp


def test_a_new_person_has_an_empty_mailbox_that_takes_messages(dovecot: ImapServer, new_user: Person) -> None:
    address, _ = new_user
    assert dovecot.uids(address) == []
    uid = dovecot.append(address, "INBOX", b"Subject: essai\r\n\r\ncorps\r\n", ["\\Seen"])
    assert dovecot.uids(address) == [uid]
    assert dovecot.raw(address) == [b"Subject: essai\r\n\r\ncorps\r\n"]


def test_append_makes_the_folder_whatever_its_name(dovecot: ImapServer, new_user: Person) -> None:
    address, _ = new_user
    dovecot.append(address, 'Été/Résultats & "suites"', b"Subject: essai\r\n\r\n")
    assert len(dovecot.uids(address, 'Été/Résultats & "suites"')) == 1


def test_the_bare_server_shows_the_same_mail_and_announces_nothing_more(
    dovecot: ImapServer, bare_dovecot: ImapServer, new_user: Person
) -> None:
    address, _ = new_user
    dovecot.append(address, "INBOX", b"Subject: essai\r\n\r\n")
    assert bare_dovecot.raw(address) == [b"Subject: essai\r\n\r\n"]
    assert bare_dovecot.raw_client(address).capabilities() == (b"IMAP4REV1",)
    wanted = {b"CONDSTORE", b"QRESYNC", b"MOVE", b"UIDPLUS", b"NOTIFY", b"METADATA", b"ACL", b"QUOTA"}
    assert wanted <= set(dovecot.raw_client(address).capabilities())


def test_the_clear_port_offers_starttls(dovecot: ImapServer) -> None:
    address, password = dovecot.users["alice"]
    with IMAPClient(dovecot.host, dovecot.port_starttls, ssl=False, timeout=30) as client:
        assert b"STARTTLS" in client.capabilities()
        client.starttls(dovecot.context())
        client.plain_login(address, password)


def test_a_wrong_password_is_refused_at_once(dovecot: ImapServer) -> None:
    begin = time.monotonic()
    client = IMAPClient(dovecot.host, dovecot.port_tls, ssl=True, ssl_context=dovecot.context(), timeout=30)
    with pytest.raises(LoginError, match="AUTHENTICATIONFAILED"):
        client.login(dovecot.users["alice"][0], "autre chose")
    client.shutdown()
    assert time.monotonic() - begin < 1.5


def test_the_organisational_bal_is_shared_with_alice_and_readable_by_bob(
    dovecot: ImapServer,
) -> None:
    shared = f"Partages/{dovecot.users['cabinet'][0]}"
    for name in ("alice", "bob"):
        assert shared in {folder for _, _, folder in dovecot.raw_client(name).list_folders()}
    dovecot.append("cabinet", "INBOX", b"Subject: partage\r\n\r\n")
    assert dovecot.uids("alice", shared) == dovecot.uids("cabinet")
    with pytest.raises(AssertionError, match="NOPERM"):
        dovecot.append("bob", shared, b"Subject: non\r\n\r\n")
    dovecot.append("alice", shared, b"Subject: oui\r\n\r\n")


def test_a_quota_is_kept_and_told(dovecot: ImapServer) -> None:
    dovecot.new_user("petite-boite", quota_octets=4096)
    with pytest.raises(AssertionError, match="OVERQUOTA"):
        dovecot.append("petite-boite", "INBOX", b"Subject: gros\r\n\r\n" + b"x" * 5000)


def test_metadata_and_keywords_are_kept(dovecot: ImapServer, new_user: Person) -> None:
    uid = dovecot.append(new_user[0], "INBOX", b"Subject: essai\r\n\r\n")
    client = dovecot.raw_client(new_user[0])
    client.select_folder("INBOX")
    client.add_flags([uid], ["Urgent"])
    assert b"Urgent" in client.get_flags([uid])[uid]
    client._imap.xatom("SETMETADATA", "INBOX", '(/private/comment "ici")')
    client._imap.xatom("GETMETADATA", "INBOX", "/private/comment")
    told = client._imap.response("METADATA")[1]
    assert b"ici" in b"".join(b"".join(each) if isinstance(each, tuple) else each for each in told)


def test_what_is_submitted_is_delivered(dovecot: ImapServer, new_user: Person) -> None:
    with submission(dovecot, "alice") as smtp:
        assert smtp.esmtp_features["size"] == "15728640"
        smtp.sendmail(dovecot.users["alice"][0], [new_user[0]], b"Subject: bonjour\r\n\r\ncorps\r\n")
    eventually(lambda: dovecot.uids(new_user[0]))
    assert b"Subject: bonjour" in dovecot.raw(new_user[0])[0]


def test_unknown_recipients_are_refused_one_by_one(dovecot: ImapServer, new_user: Person) -> None:
    with submission(dovecot, "alice") as smtp:
        assert smtp.docmd(f"MAIL FROM:<{dovecot.users['alice'][0]}>")[0] == 250
        unknown, outside = (
            smtp.docmd(f"RCPT TO:<{who}>") for who in ("personne@medecin.mssante.fr", "x@ailleurs.fr")
        )
        assert (unknown[0], unknown[1][:5]) == (550, b"5.1.1")
        assert (outside[0], outside[1][:5]) == (550, b"5.1.2")
        assert smtp.docmd(f"RCPT TO:<{new_user[0]}>")[0] == 250


def test_a_message_too_big_is_refused_by_its_announced_size(dovecot: ImapServer) -> None:
    with submission(dovecot, "alice") as smtp:
        assert smtp.docmd(f"MAIL FROM:<{dovecot.users['alice'][0]}> SIZE=16000000")[0] == 552


def test_a_success_notification_comes_back(dovecot: ImapServer, new_user: Person) -> None:
    assert dovecot.relay is not None
    if not dovecot.relay.has_dsn:
        pytest.skip("no DSN: the relay is aiosmtpd, since Postfix needs root")
    sender = dovecot.new_user(f"dsn-{len(dovecot.users)}")[0]
    with submission(dovecot, sender) as smtp:
        smtp.sendmail(
            sender,
            [new_user[0]],
            b"Subject: suivi\r\n\r\n",
            ["RET=HDRS", "ENVID=e1"],
            ["NOTIFY=SUCCESS,FAILURE"],
        )
    eventually(lambda: dovecot.uids(sender))
    assert b"Action: relayed" in dovecot.raw(sender)[0] or b"Action: delivered" in dovecot.raw(sender)[0]


def test_delivery_from_outside_wakes_an_idle_client(dovecot: ImapServer, new_user: Person) -> None:
    client = dovecot.raw_client(new_user[0])
    client.select_folder("INBOX")
    client.idle()
    dovecot.deliver(new_user[0], b"Subject: dehors\r\n\r\n")
    assert (1, b"EXISTS") in client.idle_check(timeout=20)
    client.idle_done()


def test_an_outage_refuses_connections_and_ends(dovecot: ImapServer) -> None:
    dovecot.stop()
    with pytest.raises(ConnectionRefusedError):
        IMAPClient("127.0.0.1", dovecot.port_tls, ssl=True, ssl_context=dovecot.context(), timeout=5)
    dovecot.start()
    assert dovecot.raw_client("bob").folder_exists("INBOX")


@pytest.mark.parametrize(
    ("name", "make", "complaint"),
    [
        ("expired", Authority.expired_server, "expired"),
        ("misnamed", Authority.wrong_name_server, "Hostname mismatch"),
        ("selfsigned", lambda _: Authority.self_signed(), "self-signed"),
    ],
)
def test_a_second_server_shows_any_certificate(
    dovecot: ImapServer,
    authority: Authority,
    name: str,
    make: Callable[[Authority], Identity],
    complaint: str,
) -> None:
    rude = dovecot.limited("", identity=make(authority), name=name)
    with pytest.raises(ssl.SSLCertVerificationError, match=complaint):
        IMAPClient(rude.host, rude.port_tls, ssl=True, ssl_context=rude.context(), timeout=10)
