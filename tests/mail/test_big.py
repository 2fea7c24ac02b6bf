"""Big things: a message of 60 MB, a header of 1 MB, a folder with ten thousand changes."""

import random
from collections.abc import Callable

import pytest

from mssclient.model.ids import PlacementId
from mssclient.store.placements import flags_of
from tests.mail.accounts import Desk, message
from tests.mail.test_mailbox import mailbox_of
from tests.servers import ImapServer

pytestmark = [pytest.mark.servers]


@pytest.fixture
def desk(dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]) -> Desk:
    return desk_on(dovecot, new_user[0])


def only(desk: Desk) -> PlacementId:
    (row,) = desk.view.rows(desk.folder(), 0, 10)
    return row.id


def test_a_message_of_sixty_megabytes(desk: Desk, dovecot: ImapServer) -> None:
    line = random.Random(1).randbytes(700).hex().encode() + b"\r\n"
    raw = message(1)[:-2] + b"".join(line[n % 90 :] for n in range(45_000))
    assert len(raw) > 60_000_000
    dovecot.append(desk.user, "INBOX", raw)
    mailbox_of(desk).sync_now()
    row = desk.view.row(only(desk))
    assert row is not None
    assert row.octets == len(raw)
    assert desk.view.raw(row.message) == raw


def test_a_header_of_a_megabyte_and_one_of_three(desk: Desk, dovecot: ImapServer) -> None:
    for number, size in ((1, 1_000_000), (2, 3_000_000)):
        long = b"X-Long: " + b"a" * 70 + b"\r\n"
        raw = long * (size // len(long)) + message(number, subject=f"Long {number}")
        dovecot.append(desk.user, "INBOX", raw)
    report = mailbox_of(desk).sync_now()
    assert report.folders[0].messages == 2
    rows = desk.view.rows(desk.folder(), 0, 10)
    assert sorted(row.subject for row in rows) == ["Long 1", "Long 2"]
    assert all(desk.view.has_body(row.message) for row in rows)


def test_an_empty_message_and_one_without_header(desk: Desk, dovecot: ImapServer) -> None:
    for raw in (b"\r\n", b"pas d'en-tete\r\n", b"A: b\r\n\r\n\0\xff\r\n"):
        dovecot.append(desk.user, "INBOX", raw)
    mailbox_of(desk).sync_now()
    rows = desk.view.rows(desk.folder(), 0, 10)
    assert len(rows) == 3
    assert all(desk.view.has_body(row.message) for row in rows)


def test_thousands_of_flags_changed_elsewhere(desk: Desk, dovecot: ImapServer) -> None:
    dovecot.seed(desk.user, (message(n) for n in range(1500)))
    desk.tree()
    desk.sync(headers_only=True)
    other = dovecot.raw_client(desk.user)
    other.select_folder("INBOX")
    other.add_flags("1:1200", ["\\Flagged"], silent=True)
    assert desk.sync().changed == 1200
    assert sum("flagged" in flags for flags, _ in flags_of(desk.view, desk.folder()).values()) == 1200
