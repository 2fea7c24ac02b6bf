from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mssclient.mail.structure import attachments_of
from mssclient.mail.wire import parse
from mssclient.mime.reading import read
from mssclient.mime.summary import summarise
from tests.mail.accounts import Desk
from tests.servers import ImapServer

atoms = st.recursive(
    st.none()
    | st.binary(max_size=12)
    | st.sampled_from([b"text", b"plain", b"attachment", b"12", b"base64"]),
    lambda inner: st.lists(inner, max_size=12),
    max_leaves=40,
)


@given(st.lists(atoms, max_size=12))
def test_any_structure_gives_something(structure: list[object]) -> None:
    attachments_of(structure)


def test_names_are_decoded_like_those_of_headers() -> None:
    text = (
        b'(("TEXT" "PLAIN" NIL NIL NIL "7BIT" 10 1)'
        b'("APPLICATION" "PDF" ("NAME*" "utf-8\'fr\'r%C3%A9sultat.pdf") NIL NIL "BASE64" 780)'
        b'("IMAGE" "PNG" ("name" "=?utf-8?q?=C3=A9t=C3=A9=2Epng?=") "<a@b>" NIL "BASE64" 78'
        b' NIL ("INLINE" NIL))'
        b' "MIXED")'
    )
    (structure,) = parse([text])
    found = attachments_of(structure)
    assert [(each.path, each.filename, each.type, each.octets, each.inline) for each in found] == [
        ("2", "résultat.pdf", "application/pdf", 570, False),
        ("3", "été.png", "image/png", 57, True),
    ]


MESSAGES = [
    b"Content-Type: text/plain\r\n\r\nbonjour\r\n",
    b'Content-Type: application/pdf; name="a.pdf"\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n',
    b"Content-Type: multipart/mixed; boundary=x\r\n\r\n--x\r\nContent-Type: text/plain\r\n\r\nb\r\n--x\r\n"
    b"Content-Type: multipart/alternative; boundary=y\r\n\r\n--y\r\n\r\nc\r\n--y\r\n"
    b"Content-Type: text/html\r\n\r\n<p>\r\n--y--\r\n--x\r\n"
    b"Content-Disposition: attachment; filename=b.hpr\r\n\r\nH|\r\n--x\r\n"
    b"Content-Type: message/rfc822\r\nContent-Disposition: attachment; filename=c.eml\r\n\r\n"
    b"Subject: d\r\n\r\ne\r\n--x--\r\n",
]


@pytest.mark.servers
def test_the_provisional_attachments_are_those_of_the_reading(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    for raw in MESSAGES:
        dovecot.append(new_user[0], "INBOX", b"Subject: essai\r\nMIME-Version: 1.0\r\n" + raw)
    desk = desk_on(dovecot, new_user[0])
    desk.tree()
    desk.sync(headers_only=True)
    rows = sorted(desk.view.rows(desk.folder(), 0, 10), key=lambda row: row.id)
    shown = [
        {(part.path, part.filename) for part in desk.view.summary(row.message).attachments} for row in rows
    ]
    truth = [{(part.path, part.filename) for part in summarise(read(raw)).attachments} for raw in MESSAGES]
    assert sorted(shown, key=repr) == sorted(truth, key=repr)


@pytest.mark.servers
def test_multiparts_nested_two_hundred_deep(
    dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    raw = b"Subject: profond\r\nMIME-Version: 1.0\r\n"
    for level in range(200):
        raw += b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (level, level)
    dovecot.append(new_user[0], "INBOX", raw + b"Content-Type: text/plain\r\n\r\nau fond\r\n")
    desk = desk_on(dovecot, new_user[0])
    desk.tree()
    assert desk.sync(headers_only=True).added == 1
    assert desk.bodies() == 1
