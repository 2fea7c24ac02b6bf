"""A file is sent a second time under its Message-ID: what the first time left proves nothing."""

from collections.abc import Callable

import msgspec
import pytest

from mssclient.mail.mailbox import Mailbox
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import WorldError
from tests.mail.accounts import Desk, message
from tests.mail.posting import post_send, state_of, until
from tests.servers import ImapServer
from tests.servers.proxy import FaultProxy

pytestmark = pytest.mark.servers

FINAL_DOT = rb"\r\n\.\r\n"
UNCERTAIN = "uncertain send-uncertain"


@pytest.fixture(params=["full", "bare"])
def torn(
    request: pytest.FixtureRequest,
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    new_user: tuple[str, str],
    fault_proxy: Callable[..., FaultProxy],
) -> tuple[Desk, Mailbox, FaultProxy, FaultProxy]:
    """A desk, its mailbox, and what lies before its submission and its IMAP server."""
    server = dovecot if request.param == "full" else dovecot.limited("IMAP4rev1")
    desk = desk_on(server, new_user[0])
    smtp, imap = fault_proxy(dovecot.submission_tls, inside_tls=True), fault_proxy(server.port_tls)
    account = msgspec.structs.replace(
        desk.account,
        smtp=Endpoint(host="localhost", port=smtp.port),
        imap=Endpoint(host="localhost", port=imap.port),
    )
    box = desk.mailbox(account)
    box.sync_now()
    return desk, box, smtp, imap


def send(dovecot: ImapServer, desk: Desk, raw: bytes) -> str:
    bob = dovecot.new_user(f"encore{desk.user.split('@')[0]}")[0]
    return post_send(desk, raw, [bob])


def test_an_older_copy_in_sent_proves_nothing_a_newer_one_does(
    torn: tuple[Desk, Mailbox, FaultProxy, FaultProxy], dovecot: ImapServer
) -> None:
    desk, box, smtp, _imap = torn
    dovecot.append(desk.user, "Sent", message(1))
    dovecot.append(desk.user, "INBOX", message(2, "Concerne <m1@exemple.fr>."))
    box.sync_now()
    smtp.cut_at(FINAL_DOT)
    want = send(dovecot, desk, message(1))
    box.sync_now()
    assert smtp.cuts == 1
    box.sync_now()
    assert state_of(desk, want) == UNCERTAIN
    dovecot.append(desk.user, "Sent", message(1))  # the operator files by itself
    box.sync_now()
    assert state_of(desk, want) == "done"
    assert len(dovecot.uids(desk.user, "Sent")) == 2


def test_an_older_word_in_the_inbox_proves_nothing_a_newer_one_does(
    torn: tuple[Desk, Mailbox, FaultProxy, FaultProxy], dovecot: ImapServer
) -> None:
    desk, box, smtp, _imap = torn
    dovecot.append(desk.user, "INBOX", message(2, "Concerne <m1@exemple.fr>."))
    smtp.cut_at(FINAL_DOT)
    want = send(dovecot, desk, message(1))
    box.sync_now()
    box.sync_now()
    assert state_of(desk, want) == UNCERTAIN
    dovecot.append(desk.user, "INBOX", message(3, "Concerne <m1@exemple.fr>."))
    box.sync_now()
    assert state_of(desk, want) == "done"
    assert len(dovecot.uids(desk.user, "Sent")) == 1


def test_our_own_first_send_proves_nothing(
    torn: tuple[Desk, Mailbox, FaultProxy, FaultProxy], dovecot: ImapServer
) -> None:
    """Its copy is filed, and answers to it come, at any time."""
    desk, box, smtp, _imap = torn
    first = post_send(desk, message(1), [desk.user])
    box.sync_now()
    assert state_of(desk, first) == "done"
    until(lambda: len(dovecot.uids(desk.user)) == 1)
    smtp.cut_at(FINAL_DOT)
    second = send(dovecot, desk, message(1))
    box.sync_now()
    dovecot.append(desk.user, "INBOX", message(2, "Concerne <m1@exemple.fr>."))
    dovecot.append(desk.user, "Sent", message(1))
    box.sync_now()
    assert state_of(desk, second) == UNCERTAIN


def test_a_copy_proves_nothing_when_nobody_knows_what_was_there_before(
    torn: tuple[Desk, Mailbox, FaultProxy, FaultProxy], dovecot: ImapServer
) -> None:
    """IMAP is away: the message leaves all the same."""
    desk, box, smtp, imap = torn
    dovecot.append(desk.user, "Sent", message(1))
    imap.refuse()
    smtp.cut_at(FINAL_DOT)
    want = send(dovecot, desk, message(1))
    with pytest.raises(WorldError):
        box.sync_now()
    assert smtp.cuts == 1
    imap.admit()
    box.sync_now()
    assert state_of(desk, want) == UNCERTAIN
