"""Rude messages and rude commands: the operator answers each, and keeps the connection."""

import re
import socket
from contextlib import suppress
from datetime import date

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from tests.demo.connections import Desk

OFFICE = "secretariat@cabinet-tilleuls.mssante.fr"
FOLDER = "Archives"

RUDE = {
    "no headers": b"just text\r\n",
    "empty header": b"\r\nbody\r\n",
    "nothing": b"\r\n",
    "raw 8bit subject": b"From: a@b\r\nSubject: caf\xe9 \xff\r\n\r\nx\r\n",
    "raw utf8 from": "From: Zoé É <z@é.fr>\r\nTo: Éa <x@y>\r\nSubject: été\r\n\r\nx\r\n".encode(),
    "broken date": b"From: a@b\r\nDate: Thu, 99 Foo 2020 99:99\r\n\r\nx\r\n",
    "broken addresses": b'From: "unterminated <a@\r\nTo: ,,;<>@@\r\nCc: undisclosed-recipients:;\r\n'
    b"Bcc: a b c\r\n"
    b"Reply-To: =?x?q?=\r\n\r\nx\r\n",
    "groups": b"From: g: a@b, c@d;\r\nTo: friends: Joe <j@x>, k@y;\r\n\r\nx\r\n",
    "bad encoded words": b"From: =?utf-8?b?!!!?= <a@b>\r\n"
    b"Subject: =?foo-bar?b?w6k=?= =?utf-8?q?=ZZ?=\r\n\r\nx\r\n",
    "bad identifiers": b"From: a@b\r\nMessage-ID: <\r\nIn-Reply-To: garbage <a\r\nReferences: "
    + b" ".join(b"<%d@x>" % i for i in range(300))
    + b"\r\n\r\nx\r\n",
    "bad content type": b"From: a@b\r\nContent-Type: ;;;=\r\nContent-Transfer-Encoding: weird\r\n"
    b"Content-Disposition: ===\r\n\r\nx\r\n",
    "no boundary": b"From: a@b\r\nContent-Type: multipart/mixed\r\n\r\nx\r\n",
    "no end": b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: text/plain\r\n"
    b"\r\nx\r\n--b\r\nContent-Type: application/pdf; name*=utf-8''%C3%A9t%C3%A9.pdf\r\n"
    b"Content-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n",
    "empty multipart": b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b--\r\n",
    "nested": b"From: a@b\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
    b"Content-Type: message/rfc822\r\n"
    b"\r\nFrom: q@r\r\nSubject: in\r\nContent-Type: multipart/alternative; "
    b"boundary=c\r\n\r\n--c\r\n\r\nt\r\n--c\r\n"
    b'Content-Type: text/html; charset="utf-8"\r\n\r\n<p>\r\n--c--\r\n--b--\r\n',
    "NUL": b"From: a@b\r\nSubject: a\0b\r\n\r\nx\0y\r\n",
    "bare LF": b"From: a@b\nSubject: lf\nContent-Type: text/plain; format=flowed\n\nx\ny\n",
    "no newline at end": b"From: a@b\r\nSubject: s\r\n\r\nx",
    "headers only": b"From: a@b\r\nSubject: only\r\n",
    "quotes": b'From: "A \\"q\\" B" <a@b>\r\nSubject: say "hi" \\ there\r\nContent-ID: <a"b@c>\r\n\r\nx\r\n',
    "folded": b"From: a@b\r\nSubject: =?utf-8?q?un?=\r\n =?utf-8?q?_deux?=\r\n\ttrois\r\n"
    b"To: a@b,\r\n c@d\r\n\r\nx\r\n",
    "long lines": b"From: a@b\r\nSubject: " + b"z" * 20_000 + b"\r\n\r\n" + b"y" * 200_000 + b"\r\n",
    "emoji address": 'From: "😀" <😀@x.fr>\r\nSubject: 😀\r\n\r\nx\r\n'.encode(),
    "two thousand recipients": b"From: a@b\r\nTo: "
    + b",\r\n ".join(b"p%d@x.example" % i for i in range(2_000))
    + b"\r\n\r\nx\r\n",
    "hundred levels": b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (i, i) for i in range(100)
    )
    + b"\r\nx\r\n",
}

ITEMS = (
    "ENVELOPE",
    "BODYSTRUCTURE",
    "BODY.PEEK[HEADER.FIELDS (FROM SUBJECT REFERENCES MESSAGE-ID)]",
    "BODY.PEEK[1]",
    "BODY.PEEK[1.MIME]",
    "BODY.PEEK[2]",
    "BODY.PEEK[9.9]",
    "BODY.PEEK[TEXT]",
    "BODY.PEEK[]<0.100>",
)


def _opened(desk: Desk) -> IMAPClient:
    client = desk.imap(OFFICE)
    client.select_folder(FOLDER)
    return client


@pytest.mark.parametrize("name", RUDE)
def test_rude_message_is_kept_and_served(desk: Desk, name: str) -> None:
    client = _opened(desk)
    raw = re.sub(rb"\r?\n", b"\r\n", RUDE[name])  # imapclient does so
    answer = client.append(FOLDER, raw)
    uid = int(answer.split(b"]")[0].split()[-1])
    client.noop()
    got = client.fetch([uid], ["RFC822.SIZE", "BODY.PEEK[]"])[uid]
    assert got[b"BODY[]"] == raw
    assert got[b"RFC822.SIZE"] == len(raw)
    for item in ITEMS:
        with suppress(IMAPClientError):  # a refusal is an answer, a lost connection is not
            client.fetch([uid], [item])
        assert client.noop()
    client.delete_messages([uid])
    client.expunge([uid])


@pytest.mark.parametrize(
    "criteria",
    [
        ["OR", "FROM", "a@b", "SUBJECT", "in"],
        ["SINCE", date(2020, 1, 1)],
        ["SENTSINCE", date(2020, 1, 1)],
        ["HEADER", "Message-ID", "x"],
        ["LARGER", 1000],
        ["UNSEEN", "UNDELETED"],
        ["UID", "1:*"],
        ["TEXT", "été"],
        ["SUBJECT", '"q'],
        ["NOT", ["OR", "SEEN", "FLAGGED"]],
        ["KEYWORD", "Inconnu"],
    ],
)
def test_searches_are_answered(desk: Desk, criteria: list) -> None:
    client = _opened(desk)
    client.select_folder("INBOX")
    assert isinstance(client.search(criteria, "UTF-8"), list)


@pytest.mark.parametrize(
    "line",
    [
        b"FOO",
        b"SEARCH ALL X",
        b'LIST "" "*" RETURN (STATUS (MESSAGES))',
        b'LIST (SUBSCRIBED) "" "*"',
        b"STATUS INBOX (SIZE)",
        b"FETCH 1:* FULL",
        b"FETCH 1 (MODSEQ)",
        b"FETCH 0 FLAGS",
        b"SELECT INBOX (CONDSTORE)",
        b"ENABLE CONDSTORE",
        b"COPY 1 Nulle",
        b'SELECT "&AOk"',
        b'SELECT "&-&!&"',
        b"CREATE INBOX",
        b"GETQUOTA personne",
        b"GETQUOTAROOT Nulle",
        b"UNSELECT now",
        b"APPEND INBOX {99999999999}",
        b"\x00\xff\xfe",
        b"x" * 10_000,
    ],
)
def test_rude_commands_are_answered(desk: Desk, line: bytes) -> None:
    stream = desk.tls.wrap_socket(
        socket.create_connection(("127.0.0.1", desk.operator.imap_port), 10), server_hostname="localhost"
    )
    with stream, stream.makefile("rwb") as file:
        file.readline()
        for command in (
            f'a1 LOGIN "{OFFICE}" "{desk.passwords[OFFICE]}"'.encode(),
            b"a2 EXAMINE INBOX",
            b"a3 " + line,
            b"a4 NOOP",
        ):
            file.write(command + b"\r\n")
            file.flush()
            tag = command[:2] + b" "
            while not (answer := file.readline()).startswith((tag, b"* BAD")):
                assert answer, "the connection was closed"
        assert answer.startswith(b"a4 OK")


def test_a_line_without_end_closes_only_its_own_connection(desk: Desk) -> None:
    stream = desk.tls.wrap_socket(
        socket.create_connection(("127.0.0.1", desk.operator.imap_port), 10), server_hostname="localhost"
    )
    with stream:
        try:
            stream.sendall(b"z" * 4_000_000)
            while stream.recv(4096):
                pass
        except OSError:
            pass
    assert desk.imap(OFFICE).select_folder("INBOX", readonly=True)[b"EXISTS"] > 0


def test_a_torn_submission_delivers_nothing(desk: Desk) -> None:
    client = _opened(desk)
    before = client.select_folder("INBOX", readonly=True)[b"EXISTS"]
    smtp = desk.smtp(OFFICE)
    smtp.mail(OFFICE)
    smtp.rcpt(OFFICE)
    smtp.putcmd("data")
    smtp.getreply()
    smtp.send(b"Subject: coupe\r\n\r\nla suite ne vient pas")
    smtp.close()
    desk.send(OFFICE, [OFFICE], b"Subject: entier\r\n\r\nx\r\n")
    client.noop()
    assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] == before + 1
