"""The corpus itself: complete, stable, invented, parseable, and labelled as other rooms read it."""

import email
import email.policy
import re
import time as clock
from collections import Counter
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pytest

from mssclient.demo.corpus import FOLDERS, build
from mssclient.demo.corpus.calendar import paris
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import PEOPLE, domains
from mssclient.medical.delivery import plan_delivery
from mssclient.medical.formats import recognise
from mssclient.mime.reading import read
from mssclient.model.accounts import TAGS

TODAY = date(2026, 11, 24)
AUBRY = "camille.aubry@medecin.mssante.fr"

SHAPES = {
    "hprim-medecin", "hprim-medecin-pdf", "hprim-medecin-pdf-xdm", "hprim-medecin-xdm",
    "hprim-medecin-critical", "hprim-medecin-text-only", "hprim-medecin-short-lines",
    "hprim-medecin-in-body-pdf", "hprim-medecin-body-and-attachment", "hprim-medecin-several-patients",
    "hprim-medecin-several-patients-in-body", "hprim-medecin-soft-breaks", "hprim-medecin-text-after-end",
    "hprim-medecin-latin-1", "hprim-medecin-cp1252", "hprim-medecin-mac-roman", "hprim-medecin-utf-8",
    "hprim-medecin-utf-8-bom", "hprim-medecin-utf-16-le", "hprim-medecin-cr-only",
    "hprim-medecin-double-utf-8", "hprim-medecin-html-entities", "hprim-medecin-short-dates",
    "hprim-medecin-iso-dates", "hprim-medecin-word-dates", "hprim-medecin-four-columns",
    "hprim-medecin-no-end-of-patient", "hprim-medecin-no-end", "hprim-medecin-three-stars",
    "hprim-medecin-blank-marks", "hprim-medecin-quoted", "hprim-medecin-in-forwarded-message",
    "hprim-medecin-in-zip", "hprim-medecin-in-winmail", "hprim-medecin-corrected",
    "hprim-medecin-sent-twice", "hprim-medecin-fragment", "hprim-medecin-incomplete-header",
    "hprim-medecin-letter-in-body", "hprim-sante-tilde", "hprim-sante-caret", "hprim-sante-backslash",
    "hprim-sante-continued", "hprim-sante-companion", "hprim-sante-in-body", "hprim-xml", "apicrypt-body",
    "apicrypt-file", "decoy-quotes-marks", "decoy-decorative-stars", "decoy-hl7-v2", "decoy-astm",
    "pdf-named-hpr", "empty-hpr", "xdm-cda-level-1", "xdm-cda-level-3", "xdm-cda-bio",
    "xdm-cda-bio-replaced", "xdm-two-cda", "letter-text", "letter-pdf", "letter-pdf-picture", "letter-docx",
    "picture-jpeg", "picture-png", "text-file", "vcard", "forwarded-message", "pdf-scanned", "html-office",
    "html-table", "html-inline-picture", "patient", "ordinary", "sent", "draft", "junk", "spoof-name",
    "spoof-look-alike-domain", "spoof-two-from", "bounce-mes", "mdn-displayed", "mdn-not-integrated",
    "broken-multipart-without-end", "broken-multipart-without-boundary", "broken-multipart-boundary-twice",
    "broken-undeclared-eight-bit",
}  # fmt: skip

MESSAGES = build(TODAY)


def test_size_places_and_unread() -> None:
    assert len(MESSAGES) == 300
    assert 45 <= len(build(TODAY, small=True)) <= 60
    inbox = [m for m in MESSAGES if (m.account, m.folder) == (AUBRY, "INBOX")]
    assert len(inbox) == 128
    assert sum("\\Seen" not in m.flags for m in inbox) == 9
    assert all(m.folder in FOLDERS[m.account] for m in MESSAGES)
    span = max(m.internal_date_utc for m in MESSAGES) - min(m.internal_date_utc for m in MESSAGES)
    assert 500 < span / 86_400 < 560


def test_one_specimen_of_each_shape_at_least() -> None:
    assert SHAPES - {m.shape for m in MESSAGES} == set()


def test_identifiers_are_unique_and_uids_count_from_one() -> None:
    assert len({m.key for m in MESSAGES}) == 300
    places = Counter((m.account, m.folder) for m in MESSAGES)
    for place, number in places.items():
        uids = [m.uid for m in MESSAGES if (m.account, m.folder) == place]
        assert uids == list(range(1, number + 1))
    repeated = Counter(m.message_id for m in MESSAGES if m.message_id)
    assert [i for i, n in repeated.items() if n > 1] == [
        next(m.message_id for m in MESSAGES if m.key == "leroux-today-office")
    ]


def test_small_corpus_keeps_the_uids() -> None:
    whole = {m.key: m for m in MESSAGES}
    assert all(m == whole[m.key] for m in build(TODAY, small=True))


def test_same_bytes_each_time_and_same_uids_each_day() -> None:
    assert build(TODAY) == MESSAGES
    later = {m.key: m for m in build(date(2027, 7, 4), time(6, 30))}
    for message in MESSAGES:
        other = later[message.key]
        assert (other.folder, other.uid, other.message_id, other.flags, other.documents) == (
            message.folder,
            message.uid,
            message.message_id,
            message.flags,
            message.documents,
        )


@pytest.mark.parametrize("until", [time(0, 4), time(6, 40), time(14, 11), time(23, 59)])
def test_no_mail_from_the_future(until: time) -> None:
    now = paris(datetime.combine(TODAY, until)).timestamp()
    newest = max(m.internal_date_utc for m in build(TODAY, until))
    assert now - 86_400 < newest <= now


def test_paris_time_is_right_all_year() -> None:
    try:
        zone = ZoneInfo("Europe/Paris")
    except ZoneInfoNotFoundError:
        pytest.skip("this system has no time zone database to compare with")
    moment = datetime(2025, 1, 1, 12)
    while moment.year < 2028:
        assert paris(moment).utcoffset() == moment.replace(tzinfo=zone).utcoffset()
        moment += timedelta(days=1)


def test_building_is_quick() -> None:
    began = clock.process_time()
    build(TODAY)
    assert clock.process_time() - began < 2


@pytest.mark.parametrize("message", MESSAGES, ids=lambda m: m.key)
def test_every_message_parses(message) -> None:
    parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
    assert parsed["From"]
    assert parsed["Date"].datetime.timestamp() == message.internal_date_utc
    if not message.shape.startswith("broken") and message.shape != "spoof-two-from":
        assert [d for p in parsed.walk() for d in p.defects] == []
        assert b"\r\n\r\n" in message.raw
        assert b"\n" not in message.raw.replace(b"\r\n", b"")
    assert max(map(len, message.raw.split(b"\r\n"))) < 999 or message.shape.startswith("broken")
    assert read(message.raw).root is not None


@pytest.mark.parametrize(
    "message", [m for m in MESSAGES if m.documents or m.folder == "INBOX"], ids=lambda m: m.key
)
def test_labels_agree_with_the_medical_room(message) -> None:
    reading = read(message.raw)
    found = recognise(reading, deep=True)
    assert tuple(match.kind for match in found) == message.documents
    plan = plan_delivery(reading)
    assert sum(not one.code and not one.is_fixed for one in plan) == message.hprim_deliveries
    if message.shape != "hprim-medecin-body-and-attachment":
        results = [match for match in found if match.kind.startswith("hprim")]
        assert sum(match.abnormal for match in results) == message.abnormal
        assert sum(match.critical for match in results) == message.critical
        if message.hprim_deliveries:
            named = [f"{p.family} {p.given}" for match in results for p in match.patients]
            assert _plain(named) == _plain(message.patients)


def _plain(names) -> list[str]:
    return [name.upper() for name in names]


def test_repeated_results_are_said_to_be() -> None:
    by_key = {m.key: m for m in MESSAGES}
    for message in MESSAGES:
        if message.repeats:
            first, again = (plan_delivery(read(m.raw)) for m in (by_key[message.repeats], message))
            assert [d.sha256 for d in first] == [d.sha256 for d in again]


class TestInvented:
    def test_nir_have_the_form_and_no_possible_place_of_birth(self) -> None:
        for patient in PATIENTS.values():
            assert re.fullmatch(r"[12]\d{4}99999\d{3}", patient.nir)
            assert int(patient.nir_key) == 97 - int(patient.nir) % 97
        assert len({p.nir for p in PATIENTS.values()}) == len(PATIENTS)

    def test_no_other_number_looks_like_one(self) -> None:
        for message in MESSAGES:
            parsed = email.message_from_bytes(message.raw)
            leaves = [p.get_payload(decode=True) for p in parsed.walk() if not p.is_multipart()]
            for data in [message.raw.partition(b"\r\n\r\n")[0], *leaves]:
                if message.shape.startswith("apicrypt") or data[:2] in (b"PK", b"\xff\xd8", b"\x89P"):
                    continue
                for found in re.findall(rb"(?<![\w+/.])[12]\d{12}(?:\d{2})?(?![\w+/])", data):
                    assert found[5:10] == b"99999", message.key

    def test_telephones_are_of_the_ranges_of_fiction(self) -> None:
        fiction = r"(01 99 00|02 61 91|03 53 01|04 65 71|05 36 49|06 39 98|00 00 00)"
        for message in MESSAGES:
            for text in _texts(message.raw):
                for found in re.findall(r"(?<!\d)0\d(?: \d\d){4}(?!\d)", text):
                    assert re.match(fiction, found), (message.key, found)

    def test_addresses_are_of_the_demonstration(self) -> None:
        listed = {name for name, _ in domains()}
        allowed = listed | {"medical74.apicrypt.org", "messagerie.demonstration", "mssante.fr"}
        for person in PEOPLE.values():
            assert person.domain in allowed or person.domain.endswith(".example")
        for message in MESSAGES:
            for text in _texts(message.raw):
                for domain in re.findall(r"[\w.-]@([a-z0-9.-]+\.[a-z]{2,})", text):
                    assert domain in allowed or domain.endswith(".example"), message.key


def _texts(raw: bytes) -> list[str]:
    parsed = email.message_from_bytes(raw, policy=email.policy.default)
    parts = [p for p in parsed.walk() if p.get_content_maintype() == "text" and not p.is_multipart()]
    return [p.get_payload(decode=True).decode("utf-8", "replace") for p in parts]


def test_keywords_are_known_tags() -> None:
    used = {flag for m in MESSAGES for flag in m.flags if not flag.startswith("\\")}
    assert used == {"Urgent", "A_rappeler", "Classe", "Domicile"} <= {tag.keyword for tag in TAGS}


def test_words_are_all_filled_in() -> None:
    for message in MESSAGES:
        if message.shape.startswith(("decoy", "apicrypt", "hprim-sante")):
            continue
        parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
        assert not re.search(r"\{\w|\}|\[\[|\]\]", str(parsed["Subject"])), message.key
        body = parsed.get_body(("plain",))
        if body is not None and message.shape not in ("bounce-mes",):
            assert not re.search(r"\{\w*|\}|\[\[|\]\]|<\w*/\w*>", body.get_content()), message.key


def test_threads_hold_together() -> None:
    known = {m.message_id for m in MESSAGES}
    threaded = 0
    for message in MESSAGES:
        parsed = email.message_from_bytes(message.raw, policy=email.policy.default)
        if parsed["In-Reply-To"]:
            threaded += 1
            assert parsed["In-Reply-To"] in known
    assert threaded >= 12
