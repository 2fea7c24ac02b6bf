"""Letters written, read back, answered and made ready to leave."""

import re
import time

import pytest

from mssclient.mime.addresses import Address
from mssclient.mime.compose import (
    Attachment,
    Letter,
    canonical_lines,
    compose,
    envelope,
    forward_subject,
    forward_text,
    new_message_id,
    quote_reply,
    remove_bcc,
    reply_recipients,
    reply_references,
    reply_subject,
    reply_text,
)
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.reading import read
from mssclient.mime.replies import paris_words
from mssclient.mime.summary import body_html, summarise
from mssclient.model.errors import MssError
from mssclient.model.messages import Person, Summary

ZOE = Address("Dr_Zoé_MARTIN_Cabinet", "zoe@cabinet.example")
ID = "<abc@cabinet.example>"


def letter(**fields: object) -> Letter:
    return Letter(
        **{"sender": ZOE, "to": (Address("", "a@b.example"),), "message_id": ID, "date_utc": 1794816720}
        | fields
    )  # type: ignore[arg-type]


def test_what_is_written_reads_back() -> None:
    written = compose(
        letter(
            to=(Address("Petit, Jean", "jean@labo.example"), Address("", "b@hôpital.example")),
            cc=(Address("=?piège?=", "c@x.example"),),
            bcc=(Address("Caché", "cache@x.example"),),
            subject="Résultats " + "é" * 200 + "  fin",
            text="Bonjour,\nFrom ici\n.\nça va  \n",
            html="<p>ça va</p>",
            attachments=(
                Attachment("compte rendu é.pdf", "application/pdf", bytes(range(256)) * 20),
                Attachment("lettre.eml", "message/rfc822", b"Subject: x\r\n\r\ncorps\r\n"),
                Attachment("cassé.eml", "message/rfc822", b"Subject: x\n\ncorps\n"),
                Attachment("vide", "", b""),
            ),
            in_reply_to="<q@x>",
            references=("<p@x>", "<q@x>"),
            read_receipt=True,
            extra=(("X-MSS-NIL", "réf"),),
        )
    )
    reading = read(written)
    summary = summarise(reading)
    assert reading.defects == []
    assert summary.subject == "Résultats " + "é" * 200 + "  fin"
    assert (summary.sender.name, summary.sender.address) == (ZOE.name, ZOE.address)
    assert [(p.name, p.address) for p in summary.to] == [
        ("Petit, Jean", "jean@labo.example"),
        ("", "b@xn--hpital-ixa.example"),
    ]
    assert [p.name for p in summary.cc] == ["=?piège?="]
    assert b"cache" not in written
    assert reading.value("bcc") is None
    assert summary.date_utc == 1794816720
    assert (summary.rfc_message_id, summary.in_reply_to, summary.references) == (
        ID,
        "<q@x>",
        ("<p@x>", "<q@x>"),
    )
    assert summary.receipt_to == ZOE.address
    assert reading.value("x-mss-nil") == "réf"
    plain = reading.part("1.1")
    assert plain is not None
    assert reading.text(plain) == "Bonjour,\nFrom ici\n.\nça va  \n"
    html = body_html(reading)
    assert html is not None
    assert reading.text(html) == "<p>ça va</p>"
    contents = [reading.content(part) for path in "2345" if (part := reading.part(path)) is not None]
    assert contents == [bytes(range(256)) * 20, b"Subject: x\r\n\r\ncorps\r\n", b"Subject: x\n\ncorps\n", b""]
    assert [a.filename for a in summary.attachments] == [
        "compte rendu é.pdf",
        "lettre.eml",
        "cassé.eml",
        "vide",
    ]
    assert [a.type for a in summary.attachments][1:] == [
        "message/rfc822",
        "application/octet-stream",
        "application/octet-stream",
    ]


def test_lines_are_those_of_the_wire() -> None:
    written = compose(
        letter(
            to=tuple(Address(f"Personne accentuée n° {n}", f"p{n}@x.example") for n in range(300)),
            subject="mot " * 400,
            text="x" * 5000 + "é" + "\n" + "y" * 3000,
            references=tuple(f"<{n}@x.example>" for n in range(100)),
            attachments=(Attachment("é" * 100 + ".pdf", "application/pdf", b"x" * 1000),),
        )
    )
    assert written.isascii()
    assert b"\n" not in written.replace(b"\r\n", b"")
    assert b"\r" not in written.replace(b"\r\n", b"")
    assert max(map(len, written.split(b"\r\n"))) <= 998
    head = written.split(b"\r\n\r\n")[0].split(b"\r\n")
    assert max(len(line) for line in head if b"name=" not in line) <= 78
    assert all(line.strip() for line in head), "a folded line of blanks only would end the header for some"
    assert not any(line.startswith(b"From ") for line in written.split(b"\r\n"))
    reading = read(written)
    assert reading.defects == []
    assert len(summarise(reading).to) == 300
    assert summarise(reading).subject == ("mot " * 400).strip()


@pytest.mark.parametrize(
    "evil", ["a\r\nBcc: x@y.example", "a\nb", "a\rb", "a\x00b", "a\u2028b", "a\x85b", "a\x0bb"]
)
@pytest.mark.parametrize(
    "where",
    [
        "subject",
        "name",
        "address",
        "cc",
        "filename",
        "extra",
        "in_reply_to",
        "references",
        "message_id",
        "type",
    ],
)
def test_no_field_is_smuggled(evil: str, where: str) -> None:
    fields: dict[str, object] = {
        "subject": {"subject": evil},
        "name": {"sender": Address(evil, "a@b.example")},
        "address": {"sender": Address("", evil + "@b.example")},
        "cc": {"cc": (Address(evil, "a@b.example"),)},
        "filename": {"attachments": (Attachment(evil, "text/plain", b""),)},
        "extra": {"extra": (("X-A", evil),)},
        "in_reply_to": {"in_reply_to": f"<{evil}@x>"},
        "references": {"references": (f"<{evil}@x>",)},
        "message_id": {"message_id": f"<{evil}@x>"},
        "type": {"attachments": (Attachment("a", f"text/{evil}", b""),)},
    }[where]  # type: ignore[assignment]
    if where == "type":
        assert b"Bcc" not in compose(letter(**fields))
        return
    with pytest.raises(MssError) as caught:
        compose(letter(**fields))
    assert "Bcc" not in f"{caught.value} {caught.value.problem}"


def test_only_free_fields_may_be_added() -> None:
    for name in ("Bcc", "from", "Content-Type", "X: y", "", "X\r\nY"):
        with pytest.raises(MssError):
            compose(letter(extra=((name, "x"),)))


@pytest.mark.parametrize(
    "address", ["", "a", "a@", "@b", "a b@c.example", "é@b.example", "a@b@c.example", "a@b..c", "<a@b>"]
)
def test_what_is_no_address_is_refused(address: str) -> None:
    with pytest.raises(MssError) as caught:
        compose(letter(to=(Address("", address),)))
    assert caught.value.code == "bad-address"


def test_hidden_recipients_only() -> None:
    written = compose(letter(to=(), bcc=(Address("", "x@y.example"),)))
    assert b"To: undisclosed-recipients:;\r\n" in written
    assert summarise(read(written)).to == ()


def test_message_ids() -> None:
    one, other = new_message_id("Cabinet.Example"), new_message_id("cabinet.example")
    assert one != other
    assert re.fullmatch(r"<[\w-]{24}@cabinet\.example>", one)
    assert new_message_id("pas un domaine").endswith("@mssclient.invalid>")
    compose(letter(message_id=one))


def test_bcc_is_taken_out_of_a_file() -> None:
    raw = b'From: z@x.example\r\nbcc : a@x.example,\r\n "B, b" <b@x.example>\r\nTo: c@x.example\r\n' + (
        b"Resent-Bcc: d@x.example\r\nSubject: x\r\n\r\nBcc: reste\r\n"
    )
    left, hidden = remove_bcc(raw)
    assert left == b"From: z@x.example\r\nTo: c@x.example\r\nSubject: x\r\n\r\nBcc: reste\r\n"
    assert [address.address for address in hidden] == ["a@x.example", "b@x.example", "d@x.example"]
    found = envelope(raw)
    assert found.sender == "z@x.example"
    assert found.recipients == ("c@x.example", "a@x.example", "b@x.example")
    assert remove_bcc(b"Bcc: a@x.example") == (b"", [Address("", "a@x.example")])
    assert remove_bcc(b"") == (b"", [])


def test_an_envelope_tells_what_cannot_be_used() -> None:
    found = envelope(
        b"From: z@x.example\nTo: a@X.example, a@X.example, toto, b@\nCc: c@h\xc3\xb4pital.example\n\n"
    )
    assert found.recipients == ("a@X.example", "c@xn--hpital-ixa.example")
    assert found.unusable == ("toto", "b@")


def test_canonical_lines() -> None:
    assert canonical_lines(b"a\nb\r\nc\rd") == b"a\r\nb\r\nc\r\nd\r\n"
    assert canonical_lines(b"a\r\n") == b"a\r\n"
    # Written twice through a text mode: still one header and one body.
    assert canonical_lines(b"a: b\r\r\nc: d\r\r\n\r\r\ne\r\r\n") == b"a: b\r\nc: d\r\n\r\ne\r\n"
    assert canonical_lines(b"a: b\r\rc: d\n\ne\r\rf\n") == b"a: b\r\nc: d\r\n\r\ne\r\n\r\nf\r\n"


@pytest.mark.parametrize(
    "before",
    [
        b"\xef\xbb\xbf",
        b"From alice@x.example Tue Nov 24 10:11:12 2026\n",
        b"From - Tue Nov 24 10:11:12 2026\r\n",
        b"From MAILER-DAEMON\r",
        b"\xef\xbb\xbfFrom - Tue Nov 24 10:11:12 2026\r\r\n",
    ],
    ids=["mark", "mbox", "mbox of Thunderbird", "lone CR", "both"],
)
def test_what_programs_write_before_a_message_is_not_sent(before: bytes) -> None:
    raw = b"Bcc: b@x.example\r\nFrom: z@x.example\r\nTo: a@x.example\r\n\r\nFrom here\r\n"
    assert canonical_lines(before + raw) == raw
    assert envelope(before + raw).sender == "z@x.example"
    assert envelope(before + raw).recipients == ("a@x.example", "b@x.example")


@pytest.mark.parametrize("field", [b"From : z@x.example", b"From \t: z@x.example", b"From: z@x.example"])
def test_a_field_of_the_message_is_not_taken_for_the_line_of_a_mailbox_file(field: bytes) -> None:
    raw = field + b"\r\nTo: a@x.example\r\n\r\n"
    assert canonical_lines(raw) == raw


def test_a_million_carriage_returns_are_quickly_done() -> None:
    begun = time.monotonic()
    for raw in (b"\r" * 1_000_000, b"a:" + b"\r" * 1_000_000 + b"\n\nb", b"a: b\n\n" + b"\r" * 1_000_000,
                b"From x" + b"\r" * 1_000_000, b"From x\r" * 200_000, b"\xef\xbb\xbf" * 300_000):  # fmt: skip
        canonical_lines(raw)
    assert time.monotonic() - begun < 5


@pytest.mark.parametrize(
    ("subject", "reply", "forward"),
    [
        ("Bilan", "Re: Bilan", "Tr: Bilan"),
        ("Re: Bilan", "Re: Bilan", "Tr: Re: Bilan"),
        ("RE : Rép. : re[2]: Bilan", "Re: Bilan", "Tr: RE : Rép. : re[2]: Bilan"),
        ("TR : FW: Bilan", "Re: TR : FW: Bilan", "Tr: Bilan"),
        ("", "Re:", "Tr:"),
        ("Rendez-vous: demain", "Re: Rendez-vous: demain", "Tr: Rendez-vous: demain"),
        ("XDM/1.0/DDM+CR", "Re: XDM/1.0/DDM+CR", "Tr: XDM/1.0/DDM+CR"),
    ],
)
def test_subjects(subject: str, reply: str, forward: str) -> None:
    assert (reply_subject(subject), forward_subject(subject)) == (reply, forward)


def test_an_answer() -> None:
    text = reply_text(
        Person(name="Jean PETIT", address="j@x.example"), 1794816720, "Bonjour,\n> cité\n\n-- \nJean\n"
    )
    assert text == "\n\nLe lundi 16 novembre 2026 à 09:12, Jean PETIT a écrit\u00a0:\n> Bonjour,\n>> cité\n"
    assert "Le " not in reply_text(Person(address="j@x.example"), 0, "")
    assert quote_reply("a\n\nb") == "> a\n>\n> b"


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (1774745999, ("dimanche 29 mars 2026", "01:59")),
        (1774746000, ("dimanche 29 mars 2026", "03:00")),
        (1792889999, ("dimanche 25 octobre 2026", "02:59")),
        (1792890000, ("dimanche 25 octobre 2026", "02:00")),
        (1767222000, ("jeudi 1er janvier 2026", "00:00")),
    ],
)
def test_the_clock_of_paris(moment: int, words: tuple[str, str]) -> None:
    assert paris_words(moment) == words


def test_a_forward() -> None:
    summary = Summary(
        subject="Bilan",
        sender=Person(name="Jean", address="j@x.example"),
        to=(Person(address="z@x.example"),),
        date_utc=1794816720,
    )
    text = forward_text(summary, "corps")
    assert (
        "De\u00a0: Jean <j@x.example>\nDate\u00a0: lundi 16 novembre 2026 à 09:12\nObjet\u00a0: Bilan\n"
        in text
    )
    assert text.endswith("\n\ncorps\n")
    assert "Cc" not in text


def test_who_is_answered() -> None:
    me, jean, ann = (
        Person(address="Me@x.example"),
        Person(address="jean@x.example"),
        Person(address="ann@x.example"),
    )
    received = Summary(sender=jean, to=(me, ann), cc=(jean,))
    assert reply_recipients(received, ["me@X.example"], everyone=False) == ((jean,), ())
    assert reply_recipients(received, ["me@X.example"], everyone=True) == ((jean,), (ann,))
    directed = Summary(sender=jean, to=(me,), reply_to=(ann,))
    assert reply_recipients(directed, ["me@x.example"], everyone=False) == ((ann,), ())
    sent = Summary(sender=me, to=(jean,), cc=(ann,))
    assert reply_recipients(sent, ["me@x.example"], everyone=False) == ((jean,), ())
    assert reply_recipients(sent, ["me@x.example"], everyone=True) == ((jean,), (ann,))
    own = Summary(sender=me, to=(me,))
    assert reply_recipients(own, ["me@x.example"], everyone=False) == ((me,), ())


def test_the_thread_of_an_answer() -> None:
    assert reply_references(Summary(rfc_message_id="<c@x>", references=("<a@x>", "<b@x>"))) == (
        "<a@x>",
        "<b@x>",
        "<c@x>",
    )
    assert reply_references(Summary(rfc_message_id="<c@x>", in_reply_to="<b@x>")) == ("<b@x>", "<c@x>")
    long = tuple(f"<{n}@x>" for n in range(100))
    chain = reply_references(Summary(rfc_message_id="<c@x>", references=long))
    assert (len(chain), chain[0], chain[-1]) == (50, "<0@x>", "<c@x>")


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("résumé.pdf", "résumé.pdf"),
        ("../../etc/passwd", "passwd"),
        ("C:\\Windows\\a.pdf", "a.pdf"),
        ("a/b/", "b"),
        ("CON", "_CON"),
        ("com1.txt", "_com1.txt"),
        ("LPT¹.txt", "_LPT¹.txt"),
        ("console.txt", "console.txt"),
        ("a.pdf. . ", "a.pdf"),
        ("...", "sans-nom"),
        ("", "sans-nom"),
        (".bashrc", "bashrc"),
        ("a\u202efdp.exe", "afdp.exe"),
        ("a\x00b\nc.pdf", "abc.pdf"),
        ('a<b>:"|?*.pdf', "a_b______.pdf"),
        ("a" + " " * 100 + ".exe", "a.exe"),
        ("e\u0301.pdf", "é.pdf"),
        ("\ud800.pdf", "pdf"),
        ("x" * 300 + ".pdf", "x" * 116 + ".pdf"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert sanitise_filename(name) == safe


def test_safe_names_fit_in_octets() -> None:
    assert len(sanitise_filename("😀" * 200 + ".pdf").encode()) <= 244
