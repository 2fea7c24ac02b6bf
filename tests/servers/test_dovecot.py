"""The fixture itself: what other tests take for granted about it."""

import pytest

from tests.servers import ImapServer

pytestmark = pytest.mark.servers


def test_a_new_person_has_an_empty_mailbox_that_takes_messages(
    dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    address, _ = new_user
    assert dovecot.uids(address) == []
    uid = dovecot.append(address, "INBOX", b"Subject: essai\r\n\r\ncorps\r\n", ["\\Seen"])
    assert dovecot.uids(address) == [uid]
    assert dovecot.raw(address) == [b"Subject: essai\r\n\r\ncorps\r\n"]


def test_the_bare_server_shows_the_same_mail_and_announces_nothing_more(
    dovecot: ImapServer, bare_dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    address, _ = new_user
    dovecot.append(address, "INBOX", b"Subject: essai\r\n\r\n")
    assert bare_dovecot.raw(address) == [b"Subject: essai\r\n\r\n"]
    assert bare_dovecot.raw_client(address).capabilities() == (b"IMAP4REV1",)
    assert {b"CONDSTORE", b"QRESYNC", b"MOVE", b"NOTIFY"} <= set(dovecot.raw_client(address).capabilities())
