"""Messages as they come: what is read, which bytes each part is, which defects are named."""

import pytest

from mssclient.mime.reading import Limits, Reading, read
from tests.mime.messages import MIXED, crlf


def shape(reading: Reading) -> list[tuple[str, str]]:
    return [(part.path, part.type) for part in reading.walk()]


def codes(reading: Reading) -> set[str]:
    return {defect.code for defect in reading.defects}


def test_parts_are_numbered_as_imap_numbers_them() -> None:
    reading = read(MIXED)
    assert shape(reading) == [
        ("", "multipart/mixed"),
        ("1", "text/plain"),
        ("2", "message/rfc822"),
        ("2.TEXT", "multipart/alternative"),
        ("2.1", "text/plain"),
        ("2.2", "text/html"),
        ("3", "application/pdf"),
    ]
    assert reading.defects == []
    assert reading.value("subject") == "Résultats du jour"
    assert reading.value("from") == "Zoé Martin <zoe@cabinet.example>"
    pdf = reading.part("3")
    assert pdf is not None
    assert (pdf.filename, pdf.disposition, pdf.encoding) == ("résultat.pdf", "attachment", "base64")
    assert reading.content(pdf) == b"Hello"
    assert MIXED[pdf.start : pdf.end] == b"SGVsbG8="
    text = reading.part("1")
    assert text is not None
    assert reading.text(text) == "Bonjour,\nça va."
    nested = reading.part("2.2")
    assert nested is not None
    assert reading.content(nested) == b"<p>riche</p>"


def test_a_single_part_message_is_part_1() -> None:
    reading = read(b"Subject: x\r\n\r\nbody\r\n")
    assert shape(reading) == [("1", "text/plain")]
    assert reading.content(reading.root) == b"body\r\n"


def test_a_message_in_a_message_in_a_message() -> None:
    inner = "Content-Type: message/rfc822\n\nContent-Type: message/rfc822\n\nSubject: fond\n\ntexte\n"
    reading = read(crlf(inner))
    assert shape(reading) == [("1", "message/rfc822"), ("1.1", "message/rfc822"), ("1.1.1", "text/plain")]


def test_digest_parts_are_messages_by_default() -> None:
    reading = read(crlf("Content-Type: multipart/digest; boundary=x\n\n--x\n\nSubject: a\n\ntexte\n--x--\n"))
    assert shape(reading) == [("", "multipart/digest"), ("1", "message/rfc822"), ("1.1", "text/plain")]


HEAD = "Content-Type: multipart/mixed; boundary=abc\n\n"


@pytest.mark.parametrize(
    ("message", "bodies", "defects"),
    [
        pytest.param(HEAD + "--abc\n\na\n--abc\n\nb\n--abc--\n", [b"a", b"b"], set(), id="plain"),
        pytest.param(HEAD + "--abc \t\n\na\n--abc--  \n", [b"a"], set(), id="blanks after the delimiter"),
        pytest.param(HEAD + "--abc\n\na\n", [b"a\r\n"], {"unclosed-multipart"}, id="no closing delimiter"),
        pytest.param(HEAD + "--abc", [b""], {"unclosed-multipart"}, id="ends at the delimiter"),
        pytest.param(HEAD + "--abc\n--abc\n\nb\n--abc--", [b"", b"b"], set(), id="an empty part"),
        pytest.param(HEAD + "--abcd\n\na\n--abc\n\nb\n--abc--\n", [b"b"], set(), id="a longer lookalike"),
        pytest.param(
            HEAD + "--abc\n\na\n--abc junk\nb\n--abc--\n", [b"a\r\n--abc junk\r\nb"], set(), id="junk after"
        ),
        pytest.param(HEAD + "--abc\n\na\n --abc\nb\n--abc--\n", [b"a\r\n --abc\r\nb"], set(), id="indented"),
        pytest.param(HEAD + "--abc--\n--abc\n\na\n--abc--\n", [b"a"], set(), id="closed before it began"),
        pytest.param(
            HEAD + "--abc\n\na\n--abc--\nsuite\n", [b"a"], {"text-after-end"}, id="text after the end"
        ),
        pytest.param(
            HEAD + "--abc\n\na\n--abc--\n--abc\n\nb\n--abc--\n",
            [b"a"],
            {"text-after-end", "parts-after-end"},
            id="parts after the end",
        ),
        pytest.param(HEAD + "rien\n", [b"rien\r\n"], {"boundary-not-found"}, id="no delimiter at all"),
        pytest.param(
            'Content-Type: multipart/mixed; boundary=""\n\n--\n\na\n',
            [b"--\r\n\r\na\r\n"],
            {"no-boundary"},
            id="empty",
        ),
        pytest.param(
            "Content-Type: multipart/mixed\n\n--x\n\na\n", [b"--x\r\n\r\na\r\n"], {"no-boundary"}, id="none"
        ),
        pytest.param(
            'Content-Type: multipart/mixed; boundary="a b "\n\n--a b\n\na\n--a b--\n',
            [b"a"],
            set(),
            id="blank inside",
        ),
        pytest.param(
            "Content-Type: multipart/mixed; boundary*0=ab; boundary*1=c\n\n--abc\n\na\n--abc--\n",
            [b"a"],
            set(),
            id="boundary in sections",
        ),
        pytest.param(
            "Content-Type: multipart/mixed; boundary=x; boundary=y\n\n--x\n\na\n--x--\n--y\n\nb\n--y--\n",
            [b"a"],
            {"duplicate-parameter", "text-after-end"},
            id="two boundaries",
        ),
        pytest.param(
            "Content-Type: multipart/mixed; boundary=x\nContent-Type: text/plain\n\n--x\n\na\n--x--\n",
            [b"a"],
            {"duplicate-content-type"},
            id="two content types",
        ),
        pytest.param(
            "Content-Transfer-Encoding: base64\nContent-Type: multipart/mixed; boundary=x\n\n"
            "--x\n\na\n--x--\n",
            [b"a"],
            {"encoded-multipart"},
            id="an encoded multipart",
        ),
    ],
)
def test_delimiters(message: str, bodies: list[bytes], defects: set[str]) -> None:
    reading = read(crlf(message))
    assert [reading.content(part) for part in reading.leaves()] == bodies
    assert codes(reading) == defects


def test_nested_boundaries_that_begin_alike() -> None:
    inner = (
        "--abc\nContent-Type: multipart/alternative; boundary=abcd\n\n--abcd\n\na\n--abcd\n\nb\n--abcd--\n"
    )
    reading = read(crlf(HEAD + inner + "--abc\n\nc\n--abc--\n"))
    assert shape(reading) == [
        ("", "multipart/mixed"),
        ("1", "multipart/alternative"),
        ("1.1", "text/plain"),
        ("1.2", "text/plain"),
        ("2", "text/plain"),
    ]
    assert reading.defects == []


def test_the_outer_delimiter_wins() -> None:
    """An unclosed inner multipart ends where its parent goes on; one reusing the boundary has no parts."""
    inner = "--abc\nContent-Type: multipart/mixed; boundary=in\n\n--in\n\na\n"
    reading = read(crlf(HEAD + inner + "--abc\n\nb\n--abc--\n"))
    assert [reading.content(part) for part in reading.leaves()] == [b"a", b"b"]
    assert codes(reading) == {"unclosed-multipart"}
    same = "--abc\nContent-Type: multipart/mixed; boundary=abc\n\n--abc\n\na\n--abc--\n"
    reading = read(crlf(HEAD + same))
    assert [part.path for part in reading.leaves()] == ["1", "2"]
    assert "boundary-not-found" in codes(reading)


def test_a_header_ends_where_its_part_ends() -> None:
    reading = read(crlf(HEAD + "--abc\nContent-Type: text/html\n--abc\n\nb\n--abc--\n"))
    assert [(part.type, reading.content(part)) for part in reading.leaves()] == [
        ("text/html", b""),
        ("text/plain", b"b"),
    ]


def test_every_value_is_kept() -> None:
    reading = read(b"From: a@x.example\r\nfrom : b@y.example\r\nFROM: c@z.example\r\n\r\n")
    assert reading.values("From") == ["a@x.example", "b@y.example", "c@z.example"]
    assert [header.name for header in reading.headers] == ["From", "from", "FROM"]
    assert codes(reading) == {"odd-header-name"}


@pytest.mark.parametrize(
    ("raw", "values", "defects"),
    [
        pytest.param(b"Subject: a\r\n b\r\n\tc\r\n\r\n", ["a b\tc".replace("\t", " ")], set(), id="folded"),
        pytest.param(b"Subject: a\r\n \r\n b\r\n\r\n", ["a  b"], set(), id="a folded blank line"),
        pytest.param(b"Subject:\r\n a\r\n\r\n", ["a"], set(), id="begins on the next line"),
        pytest.param(b"Subject: a\n\nbody", ["a"], set(), id="bare LF"),
        pytest.param(b"Subject: a\r\n b\n c\r\n\r\n", ["a b c"], {"mixed-line-ends"}, id="both ends"),
        pytest.param(b"Subject: a\rFrom: x\r\n\r\n", ["a From: x"], {"bare-cr-in-header"}, id="bare CR"),
        pytest.param(b"Subject: a\rTo: x\r\rbody", ["a"], {"bare-cr-lines"}, id="CR only"),
        pytest.param(b"Subject: a\x00b\r\n\r\n", ["ab"], {"nul-in-header"}, id="NUL"),
        pytest.param(b"\r\nSubject: a\r\n\r\n", [], set(), id="empty header"),
        pytest.param(b" Subject: a\r\nSubject: b\r\n\r\n", ["b"], {"bad-header-line"}, id="begins folded"),
        pytest.param(b"From someone Mon\r\nSubject: a\r\n\r\n", ["a"], {"mbox-line"}, id="mbox"),
        pytest.param(b"rubbish\r\nSubject: a\r\n\r\n", ["a"], {"bad-header-line"}, id="rubbish"),
        pytest.param(b": x\r\nSubject: a\r\n\r\n", ["a"], {"bad-header-line"}, id="no name"),
        pytest.param("Subject: é\r\n\r\n".encode(), ["é"], set(), id="raw UTF-8"),
        pytest.param("Subject: é\r\n\r\n".encode("latin-1"), ["é"], set(), id="raw latin-1"),
    ],
)
def test_header_blocks(raw: bytes, values: list[str], defects: set[str]) -> None:
    reading = read(raw)
    assert reading.values("Subject") == values
    assert codes(reading) == defects


def test_a_body_without_an_empty_line_is_not_lost() -> None:
    reading = read(b"Subject: a\r\nBonjour tout le monde\r\nfin: non\r\n")
    assert reading.text(reading.root) == "Bonjour tout le monde\nfin: non\n"
    assert "no-empty-line" in codes(reading)


def test_encoded_message_stays_a_file() -> None:
    reading = read(
        crlf("Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\nU3ViamVjdDogeA==\n")
    )
    assert shape(reading) == [("1", "message/rfc822")]
    assert codes(reading) == {"encoded-message"}
    assert reading.content(reading.root) == b"Subject: x"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ('attachment; filename="a.pdf"', ("attachment", "a.pdf")),
        ("attachment; filename=mon fichier.pdf", ("attachment", "mon fichier.pdf")),
        ("inline; filename*=utf-8'fr'r%C3%A9sum%C3%A9.pdf", ("inline", "résumé.pdf")),
        ("attachment; filename*0*=utf-8''a%C3%A9; filename*1=b.pdf", ("attachment", "aéb.pdf")),
        ("attachment; filename*1=b.pdf; filename*0=a", ("attachment", "ab.pdf")),
        ('attachment; filename="=?utf-8?q?r=C3=A9sum=C3=A9.pdf?="', ("attachment", "résumé.pdf")),
        ('attachment; filename="=?utf-8?b?csOp?= =?utf-8?b?c3Vtw6kucGRm?="', ("attachment", "résumé.pdf")),
        ('attachment; filename="C:\\Users\\x\\a.pdf"', ("attachment", "C:\\Users\\x\\a.pdf")),
        ('attachment; filename="a\\"b.pdf"', ("attachment", 'a"b.pdf')),
        ('attachment; filename="a;b.pdf"', ("attachment", "a;b.pdf")),
        ('attachment; filename="fin', ("attachment", "fin")),
        ("attachment; filename*=bogus''%E9", ("attachment", "é")),
        ("ATTACHMENT;FILENAME=a.pdf", ("attachment", "a.pdf")),
        ("form-data; filename=a", ("attachment", "a")),
        ("", (None, None)),
        ("attachment; filename=", ("attachment", None)),
    ],
)
def test_dispositions(header: str, expected: tuple[str | None, str | None]) -> None:
    part = read(b"Content-Disposition: " + header.encode() + b"\r\n\r\n").root
    assert (part.disposition, part.filename) == expected


def test_raw_bytes_in_a_filename() -> None:
    for encoded in ("résumé.pdf".encode(), "résumé.pdf".encode("latin-1")):
        part = read(b'Content-Type: application/pdf; name="' + encoded + b'"\r\n\r\n').root
        assert part.filename == "résumé.pdf"


@pytest.mark.parametrize(
    ("header", "kind"),
    [
        ("TEXT/HTML; charset=x", "text/html"),
        ("text/plain (commentaire); charset=utf-8", "text/plain"),
        ("text", "text/plain"),
        ("text / html", "text/html"),
        ("n'importe quoi", "text/plain"),
        ("", "text/plain"),
        (";", "text/plain"),
        ("application/", "text/plain"),
    ],
)
def test_content_types(header: str, kind: str) -> None:
    assert read(b"Content-Type: " + header.encode() + b"\r\n\r\n").root.type == kind


@pytest.mark.parametrize(
    ("name", "head", "flags"),
    [
        ("a.pdf", b"%PDF", ()),
        ("a.pdf.exe", b"", ("executable", "double-extension")),
        ("facture.pdf          .scr", b"", ("executable", "double-extension")),
        ("a.docm", b"", ("macro",)),
        ("photo.jpg", b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff" + bytes(40), ("executable",)),
        ("MZ.txt", b"MZ est le debut d'un mot dans un texte ordinaire", ()),
        ("a.zip", b"PK\x03\x04\x14\x00\x01\x00\x00\x00", ("encrypted",)),
        ("a.zip", b"PK\x03\x04\x14\x00\x00\x00\x00\x00", ()),
        ("winmail.dat", b"\x78\x9f\x3e\x22", ("tnef",)),
        ("x", b"#!/bin/sh", ("executable",)),
    ],
)
@pytest.mark.parametrize("encoding", ["base64", "binary"])
def test_flags(name: str, head: bytes, flags: tuple[str, ...], encoding: str) -> None:
    import base64

    body = base64.encodebytes(head) if encoding == "base64" else head
    raw = (
        f'Content-Type: application/octet-stream; name="{name}"\r\n'
        f"Content-Transfer-Encoding: {encoding}\r\n\r\n"
    ).encode() + body
    assert read(raw).root.flags == flags


def test_a_reordered_name_is_shown_straight_and_told() -> None:
    name = "annexe\u202efdp.exe"
    reading = read(f'Content-Disposition: attachment; filename="{name}"\r\n\r\n'.encode())
    assert reading.root.filename == "annexefdp.exe"
    assert "reordered-filename" in codes(reading)
    assert "executable" in reading.root.flags


def test_limits_leave_the_rest_undivided() -> None:
    many = HEAD + "--abc\n\na\n" * 50 + "--abc--\n"
    reading = read(crlf(many), Limits(parts=10))
    assert len(list(reading.walk())) == 10
    assert "too-many-parts" in codes(reading)
    reading = read(b"A: 1\r\n" * 50 + b"\r\n", Limits(headers=10))
    assert len(reading.headers) == 10
    assert codes(reading) == {"too-many-headers"}
    reading = read(b"A: " + b"x" * 500 + b"\r\nFrom: b@x.example\r\n\r\ncorps", Limits(header_octets=100))
    assert codes(reading) == {"headers-too-long"}
    assert reading.content(reading.root) == b"corps"
    reading = read(crlf(HEAD + "--x\n" * 50 + "--abc\n\na\n"), Limits(delimiters=10))
    assert "too-many-delimiters" in codes(reading)
    deep = "Content-Type: message/rfc822\n\n" * 30
    reading = read(crlf(deep), Limits(depth=5))
    assert max(part.path.count(".") for part in reading.walk()) == 5
    assert "too-deep" in codes(reading)
    reading = read(MIXED, Limits(seconds=0))
    assert codes(reading) == {"too-slow"}


def test_no_value_in_a_repr() -> None:
    reading = read(b"Subject: secret\r\n\r\nsecret")
    assert "secret" not in repr(reading) + repr(reading.root) + repr(reading.headers)


@pytest.mark.parametrize(
    ("charset", "body", "text", "defects"),
    [
        ("utf-8", "é".encode(), "é", set()),
        ("iso-8859-1", b"\x80\xe9", "€é", set()),
        ("utf-8", b"\xe9t\xe9", "été", {"wrong-charset"}),
        ("us-ascii", "é".encode(), "é", set()),
        ("windows-1251", "привет".encode("cp1251"), "привет", set()),
        ("rot13", b"abc", "abc", {"unknown-charset"}),
        ("unicode_escape", b"\\x41", "\\x41", {"unknown-charset"}),
        ("punycode", b"a" * 100, "a" * 100, {"unknown-charset"}),
        ("n'existe pas", "é".encode(), "é", {"unknown-charset"}),
        ("utf-7", b"+2AA-", "\ufffd", set()),
        ("utf-16", "é".encode("utf-16"), "é", set()),
        ("utf-8", b"a\x00b", "ab", {"nul-in-text"}),
        ("iso-2022-jp", "日本".encode("iso-2022-jp"), "日本", set()),
    ],
)
def test_charsets(charset: str, body: bytes, text: str, defects: set[str]) -> None:
    reading = read(f"Content-Type: text/plain; charset={charset}\r\n\r\n".encode() + body)
    assert reading.text(reading.root) == text
    assert codes(reading) == defects


def test_a_page_may_name_its_charset_itself() -> None:
    page = (
        '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251"></head>привет'
    )
    for body in (page.encode("cp1251"), page.encode()):
        reading = read(b"Content-Type: text/html\r\n\r\n" + body)
        assert reading.text(reading.root) == page
        assert reading.defects == []


@pytest.mark.parametrize(
    ("encoding", "body", "content", "defects"),
    [
        ("base64", b"SGVs\r\nbG8=\r\n", b"Hello", set()),
        ("BASE64", b"SGVsbG8", b"Hello", {"base64-torn"}),
        ("base64", b"SGVsbG8=\r\nSGVsbG8=", b"HelloHello", {"base64-after-padding"}),
        ("base64", b"S!G-V*sbG8=", b"Hello", {"base64-junk"}),
        ("base64", b"A", b"", {"base64-torn"}),
        ("base64", b"", b"", set()),
        ("base64", b"====", b"", set()),
        ("quoted-printable", b"a=C3=A9=\r\nb =\r\n c=3D", b"a\xc3\xa9b  c=", set()),
        ("quoted-printable", b"a=  \r\nb", b"ab", set()),
        ("quoted-printable", b"100=% =ZZ =c3=a9", b"100=% =ZZ \xc3\xa9", {"bad-quoted-printable"}),
        ("quoted-printable", b"fin=", b"fin", set()),
        ("x-uuencode", b"begin 644 a\r\n%2&5L;&\\\r\n`\r\nend\r\n", b"Hello", set()),
        ("uuencode", b"rien", b"rien", {"uuencode-without-begin"}),
        ("x-inconnu", b"rien", b"rien", {"unknown-encoding"}),
        ("8bit (commentaire)", b"rien", b"rien", set()),
    ],
)
def test_transfer_encodings(encoding: str, body: bytes, content: bytes, defects: set[str]) -> None:
    reading = read(b"Content-Transfer-Encoding: " + encoding.encode() + b"\r\n\r\n" + body)
    assert reading.content(reading.root) == content
    assert codes(reading) == defects
