"""The search language, and what a search finds."""

import threading
import time
from datetime import datetime
from zoneinfo import ZoneInfo

import apsw
import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mssclient.model.changes import Changed
from mssclient.model.errors import WorldError
from mssclient.model.ids import MessageId
from mssclient.model.messages import AttachmentInfo, Person
from mssclient.model.wants import Append
from mssclient.store import effects, finding, journal
from mssclient.store.bodies import pack
from mssclient.store.index import first_hour_docid, tables
from mssclient.store.placements import add_bodies, add_incoming, remove_uids
from mssclient.store.search import Query, Term, match_expression, parse
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from mssclient.store.view import Filter, View
from tests.store.made import DAY, T0, annotation, furnish, incoming, lab, raw

NBSP = "\u00a0"


def _paris(year: int, month: int = 1, day: int = 1) -> int:
    return int(datetime(year, month, day, tzinfo=ZoneInfo("Europe/Paris")).timestamp())


@pytest.mark.parametrize(
    ("text", "query"),
    [
        ("", Query()),
        ("   ", Query()),
        ("glycémie ", Query(terms=(Term(text="glycémie"),))),
        ("glyc", Query(terms=(Term(text="glyc", prefix=True),))),
        ("g", Query(terms=(Term(text="g"),))),
        ("bilan gly", Query(terms=(Term(text="bilan"), Term(text="gly", prefix=True)))),
        ('"bilan annuel"', Query(terms=(Term(text="bilan annuel"),))),
        ('"bilan ann', Query(terms=(Term(text="bilan ann", prefix=True),))),
        ("-spam x ", Query(terms=(Term(text="spam", negated=True), Term(text="x")))),
        ("de:Martin ", Query(terms=(Term(text="Martin", column="sender"),))),
        ("DE:martin", Query(terms=(Term(text="martin", column="sender", prefix=True),))),
        ("à:paul ", Query(terms=(Term(text="paul", column="recipients"),))),
        ("a:paul ", Query(terms=(Term(text="paul", column="recipients"),))),
        ('objet:"compte rendu"', Query(terms=(Term(text="compte rendu", column="subject"),))),
        ("fichier:hpr ", Query(terms=(Term(text="hpr", column="attachments"),))),
        ("patient:lefèvre ", Query(terms=(Term(text="lefèvre", column="patients"),))),
        ("pièce", Query(attachments=True)),
        ("pj non-lu", Query(attachments=True, unread=True)),
        ("Non-Lu", Query(unread=True)),
        ("est:lu", Query(unread=False)),
        ("suivi anormal", Query(flagged=True, abnormal=True)),
        ('"suivi"', Query(terms=(Term(text="suivi"),))),
        ("-non-lu", Query()),
        ("étiquette:urgent", Query(keyword="Urgent")),
        ('étiquette:"à rappeler"', Query(keyword="A_rappeler")),
        ("etiquette:Perso", Query(keyword="Perso")),
        ("étiquette:", Query(terms=(Term(text="étiquette:"),))),
        ("dans:Réception", Query(folder="reception")),
        ("avant:2024", Query(before_utc=_paris(2024))),
        ("avant:2024-03", Query(before_utc=_paris(2024, 3))),
        ("après:2024-03-05", Query(after_utc=_paris(2024, 3, 5))),
        ("apres:05/03/2024", Query(after_utc=_paris(2024, 3, 5))),
        ("après:03/2024", Query(after_utc=_paris(2024, 3))),
        ("après:2024-13", Query()),
        ("après:20", Query()),
        ("avant:bientôt", Query()),
        ("... --", Query()),
        ("https://x.fr ", Query(terms=(Term(text="https://x.fr"),))),
    ],
)
def test_language(text: str, query: Query) -> None:
    assert parse(text) == query


def test_today_and_yesterday() -> None:
    today, yesterday = parse("après:aujourd'hui").after_utc, parse("après:hier").after_utc
    assert today is not None
    assert yesterday is not None
    assert 0 <= time.time() - today < 25 * 3600
    assert 22 * 3600 < today - yesterday < 26 * 3600


_typed = st.one_of(
    st.text(max_size=60),
    st.lists(
        st.sampled_from(
            [
                *'":-()*^{}+.,',
                "de:",
                "à:",
                "avant:",
                "dans:",
                "AND",
                "OR",
                "NOT",
                "NEAR(",
                "mot",
                "é",
                " ",
                "\0",
            ]
        ),
        max_size=25,
    ).map("".join),
)


@given(text=_typed)
@example('de:"')
@example('"" AND ""')
@example("ﬁn İx ß")
def test_parsing_never_raises_and_fts_takes_all_of_it(text: str) -> None:
    query = parse(text)
    for term in query.terms:
        assert term.text in text.replace("\0", " ")
    expression = match_expression(query.terms)
    if expression:
        _memory().execute("SELECT rowid FROM t WHERE t MATCH ?", (expression,)).fetchall()


def _memory(made: list[apsw.Connection] = []) -> apsw.Connection:  # noqa: B006 - made once
    if not made:
        made.append(apsw.Connection(":memory:"))
        made[0].execute(
            "CREATE VIRTUAL TABLE t USING fts5 (subject, sender, recipients, text, attachments, patients,"
            " tokenize='unicode61 remove_diacritics 2')"
        )
        made[0].execute("INSERT INTO t VALUES ('a', 'b', 'c', 'mot', 'e', 'f')")
    return made[0]


def test_long_input_is_cut() -> None:
    assert len(parse("mot " * 10_000).terms) == 20


@pytest.fixture
def shelf(store: Store) -> tuple[Store, View]:
    """Messages over two years in three folders."""
    _account, folders = furnish(store)
    letters = [
        annotation(1, subject="Bilan de glycémie", text="le résultat est élevé, tension artérielle normale"),
        annotation(2, subject="Ordonnance", text="kinésithérapie du genou, artérielle la tension"),
        annotation(
            3, subject="Réunion", sender=Person(name="Zoé Müller", address="z.muller@labo.mssante.fr")
        ),
        annotation(
            4, subject="Rien", to=(Person(name="Anaïs Lefort", address="a.lefort@x.fr"),), text="glycemie"
        ),
        annotation(
            5, attachments=(AttachmentInfo(path="2", filename="Échographie.pdf", type="a/b", octets=1),)
        ),
        lab(6, abnormal=1),
        annotation(7, subject="Vieux bilan", text="ancien"),
    ]
    items = [
        incoming(
            number,
            number,
            annotation=one,
            flags=("seen",) if number % 2 else ("flagged",),
            keywords=("Urgent",) if number in (1, 7) else (),
            internal_date_utc=T0 + number * 3600 - (700 * DAY if number == 7 else 0),
        )
        for number, one in enumerate(letters, 1)
    ]
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], items[:5]))
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["Archives"], items[5:]))
    return store, store.view()


FOUND = pytest.mark.parametrize(
    ("text", "found"),
    [
        ("glycemie", [6, 5, 4, 3, 1]),
        ("GLYCÉMIE", [6, 5, 4, 3, 1]),
        ("élevé", [1]),
        ("bilan", [7, 1]),
        ("bil", [7, 1]),
        ("bil ", []),
        ("gly élevé ", []),
        ("élevé gly", [1]),
        ('"tension artérielle"', [1]),
        ("tension artérielle", [2, 1]),
        ("tension -glycémie", [2]),
        ("-glycémie", [7, 2]),
        ("non-lu -glycémie", [2]),
        ("-glycémie -genou", [7]),
        ("après:2030 -glycémie", []),
        ("de:muller", [3]),
        ("muller", [3]),
        ("de:labo.mssante.fr ", [3]),
        ("à:anais", [4]),
        ("objet:glycémie", [1]),
        ("fichier:echographie", [5]),
        ("fichier:hpr", [6]),
        ("patient:lefevre", [6]),
        ("anormal", [6]),
        ("pièce", [6, 5]),
        ("non-lu", [6, 4, 2]),
        ("lu", [5, 3, 1, 7]),
        ("suivi gly", [6, 4]),
        ("étiquette:urgent", [1, 7]),
        ("étiquette:urgent bilan", [1, 7]),
        ("étiquette:urg", []),
        ("dans:archives", [6, 7]),
        ("dans:archives bilan", [7]),
        ("dans:récep non-lu", [4, 2]),
        ("dans:inbox non-lu", [4, 2]),
        ('dans:"boîte de" non-lu', [4, 2]),
        ("dans:oîte non-lu", []),
        ("dans:arch numéro6", [6]),
        ("dans:envoyés bilan", []),
        ("dans:nullepart", []),
        ("avant:2024-12 bilan", [7]),
        ("après:2024-12 bilan", [1]),
        ("avant:2024-12", [7]),
        ("après:2030", []),
        ("xyzzy", []),
        ("", []),
        ("objet:", []),
    ],
)


@FOUND
def test_what_is_found(shelf: tuple[Store, View], text: str, found: list[int]) -> None:
    _store, view = shelf
    answer = view.search(text)
    subjects = [f"{row.message}" for row in answer.rows]
    expected = sorted(found, key=lambda number: number - (1000 if number == 7 else 0), reverse=True)
    assert subjects == [str(number) for number in expected]
    assert answer.complete
    assert answer.total == len(found)


@FOUND
def test_what_is_found_in_large_folders(
    shelf: tuple[Store, View], monkeypatch: pytest.MonkeyPatch, text: str, found: list[int]
) -> None:
    """The other way round: from the words to the folders."""
    monkeypatch.setattr(finding, "_FEW", 0)
    test_what_is_found(shelf, text, found)


def test_newest_first_and_no_more_than_asked(store: Store) -> None:
    _account, folders = furnish(store)
    items = [
        incoming(
            uid, internal_date_utc=T0 + (uid * 7919 % 300) * 5 * DAY + uid % 60, annotation=annotation(uid)
        )
        for uid in range(1, 301)
    ]
    for start in range(0, 300, 50):
        store.write(
            Priority.NEWS,
            lambda tx, start=start: add_incoming(tx, folders["INBOX"], items[start : start + 50]),
        )
    view = store.view()
    assert len(tables(view)) > 5
    newest = [row.id for row in view.rows(folders["INBOX"], 0, 50)]
    answer = view.search("glycémie", limit=50)
    assert [row.id for row in answer.rows] == newest
    assert answer.total == 0
    assert [row.id for row in view.search("non-lu", limit=50).rows] == newest


def test_in_one_folder_or_account(shelf: tuple[Store, View]) -> None:
    store, view = shelf
    other, folders = furnish(store, "autre@x.mssante.fr")
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [incoming(1, 80)]))
    everywhere = view.search("glycémie").rows
    assert len(everywhere) == 6
    assert [row.account for row in view.search("glycémie", account=other).rows] == [other]
    assert [row.folder for row in view.search("glycémie", folder=folders["INBOX"]).rows] == [folders["INBOX"]]
    assert view.search("glycémie", folder=folders["Sent"]).rows == ()
    # Half-years that the dates leave out are not read.
    assert len(view.search("après:2024-12 glycémie -bilan").rows) == 5


def test_headers_first_then_the_text(store: Store) -> None:
    _account, folders = furnish(store)
    bare = incoming(1, body=False, octets=len(raw(1)))
    [id] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [bare]))
    view = store.view()
    answer = view.search("dubois")
    assert [row.id for row in answer.rows] == [id]
    assert not answer.complete
    assert view.search("glycémie").rows == ()
    row = view.row(id)
    assert row is not None
    assert row.provisional
    assert not view.has_body(row.message)
    assert view.raw(row.message) is None
    bodies = [(row.message, pack(raw(1)), annotation(1)), (MessageId(10**9), pack(raw(2)), annotation(2))]
    store.write(Priority.UPKEEP, lambda tx: add_bodies(tx, bodies))
    answer = view.search("glycémie")
    assert [row.id for row in answer.rows] == [id]
    assert answer.complete
    assert [row.id for row in view.search("dubois").rows] == [id]
    assert view.has_body(row.message)
    assert view.raw(row.message) == raw(1)


def test_a_message_of_ours_is_found_at_once(store: Store) -> None:
    """The copy in Sent: appended here first, found again on the server afterwards."""
    account, folders = furnish(store)
    want = Append(account=account, folder=folders["Sent"], raw=raw(7))

    def post(tx: Transaction) -> None:
        journal.append_want(tx, "a", want, account)
        effects.apply_local(tx, "a", want, annotation(7))

    store.write(Priority.PERSON, post)
    view = store.view()
    [row] = view.search("numéro7").rows
    store.write(Priority.PERSON, lambda tx: journal.set_state(tx, "a", "done"))
    [again] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["Sent"], [incoming(1, 7)]))
    assert again == row.id
    answer = view.search("numéro7")
    assert [found.id for found in answer.rows] == [row.id]
    assert answer.complete


def test_what_comes_and_goes_in_one_transaction_leaves_no_words(store: Store) -> None:
    _account, folders = furnish(store)

    def work(tx: Transaction) -> None:
        add_incoming(tx, folders["INBOX"], [incoming(1), incoming(2)])
        remove_uids(tx, folders["INBOX"], [2])

    store.write(Priority.NEWS, work)
    view = store.view()
    assert len(view.search("glycémie").rows) == 1
    for _first, table in tables(view):
        hits = view.connection.execute(f"SELECT count(*) FROM {table} WHERE {table} MATCH 'glycemie'")
        assert hits.fetchone() == (1,)


def test_bodies_that_came_twice_and_facts_that_only_they_tell(store: Store) -> None:
    """The filters of the list follow what the body says, in each folder that has it."""
    _account, folders = furnish(store)
    bare = incoming(1, body=False, octets=len(raw(1)))
    [id] = store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [bare]))
    view = store.view()
    row = view.row(id)
    assert row is not None
    told: list[Changed] = []
    store._on_change = told.append
    other = msgspec.structs.replace(lab(1).summary, rfc_message_id="<other@x>")
    whole = msgspec.structs.replace(lab(1), summary=other)
    store.write(Priority.UPKEEP, lambda tx: add_bodies(tx, [(row.message, pack(raw(1)), whole)]))
    assert told == [Changed(folders=(folders["INBOX"],), messages=(row.message,))]
    late = (row.message, pack(b"other bytes"), annotation(99))
    store.write(Priority.UPKEEP, lambda tx: add_bodies(tx, [late]))
    assert len(told) == 1
    assert view.raw(row.message) == raw(1)
    now = view.row(id)
    assert now is not None
    assert (now.document, now.abnormal, now.attachments) == ("hprim-medecin", 2, 1)
    assert [one.id for one in view.rows(folders["INBOX"], 0, 9, Filter(document="bio"))] == [id]
    assert [ref.id for ref in view.placements_with("<other@x>")] == [id]
    assert [one.id for one in view.search("patient:lefèvre").rows] == [id]


def test_deleted_messages_leave_the_index(store: Store) -> None:
    _account, folders = furnish(store)
    inbox = folders["INBOX"]
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, inbox, [incoming(uid) for uid in (1, 2)]))

    def replace(tx) -> None:
        remove_uids(tx, inbox, [2])
        add_incoming(tx, inbox, [incoming(3, 2, annotation=annotation(99), raw=b"other", octets=5)])

    store.write(Priority.NEWS, replace)
    view = store.view()
    assert view.search("numéro2").rows == ()
    assert len(view.search("numéro99").rows) == 1
    store.write(Priority.NEWS, lambda tx: remove_uids(tx, inbox, [1, 3]))
    assert view.search("glycémie").rows == ()
    for _first, table in tables(view):
        hits = view.connection.execute(
            f"SELECT count(*) FROM {table} WHERE {table} MATCH 'dubois'"
        ).fetchone()
        assert hits == (0,)
    assert view.connection.execute("SELECT count(*) FROM message").fetchone() == (0,)
    assert view.connection.execute("SELECT count(*) FROM body").fetchone() == (0,)


def test_a_deleted_message_is_nowhere_in_the_file(store: Store) -> None:
    """Not even in pages that are free: whoever has the key later can't read it back.

    Single words of it, folded, stay in the index until SQLite merges that piece of it, or all of it goes.
    """
    _account, folders = furnish(store)
    note = annotation(2, subject="Quetzalcoatl", snippet="axolotl", text="")
    kept, gone = incoming(1), incoming(2, raw=b"Subject: Quetzalcoatl\r\n\r\naxolotl", annotation=note)
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [kept, gone]))

    def plain() -> bytes:
        view = store.view()
        pages = view.connection.serialize("main")
        view.close()
        return pages

    assert b"Quetzalcoatl" in plain()
    store.write(Priority.NEWS, lambda tx: remove_uids(tx, folders["INBOX"], [2]))
    found = plain()
    assert annotation(1).summary.subject.encode() in found
    assert b"Quetzalcoatl" not in found
    store.write(Priority.NEWS, lambda tx: remove_uids(tx, folders["INBOX"], [1]))
    found = plain().lower()
    assert b"quetzalcoatl" not in found
    assert b"glycemie" not in found
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [incoming(3)]))
    assert len(store.view().search("glycémie").rows) == 1


def test_dates_out_of_this_world(store: Store) -> None:
    _account, folders = furnish(store)
    items = [
        incoming(uid, internal_date_utc=date) for uid, date in enumerate((-(10**9), 0, 1, 2**40, 2**61), 1)
    ]
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], items))
    view = store.view()
    assert len(view.search("glycémie").rows) == 5
    rows = view.rows(folders["INBOX"], 0, 10)
    assert [row.date_utc for row in rows] == [2**40, 2**40, 1, 0, 0]
    assert [view.index_of(folders["INBOX"], row.id) for row in rows] == [0, 1, 2, 3, 4]
    assert first_hour_docid(2**62) == first_hour_docid(2**41)


def test_interrupt(store: Store) -> None:
    """From another thread, in the middle of a statement."""
    view = store.view()
    running = threading.Event()
    view.connection.create_scalar_function("sign_of_life", lambda: running.set() or 1)
    caught: list[str] = []

    def endless() -> None:
        try:
            with view._guarded():
                view.connection.execute(
                    "WITH RECURSIVE n(i) AS (SELECT sign_of_life() UNION ALL SELECT i + 1 FROM n)"
                    " SELECT count(*) FROM n"
                ).fetchall()
        except WorldError as error:
            caught.append(error.code)

    thread = threading.Thread(target=endless)
    thread.start()
    assert running.wait(10)
    view.interrupt()
    thread.join(10)
    assert caught == ["cancelled"]
    assert view.search("rien").rows == ()  # and the view goes on


def test_correspondents(store: Store) -> None:
    _account, folders = furnish(store)
    ours = Person(name="Dr Paul Martin", address="dr.martin@cabinet.mssante.fr")
    people = [
        Person(name="Hélène Dubois", address="h.dubois@x.fr"),
        Person(name="Zoé Dubreuil", address="zoe@y.fr"),
        Person(name="100% Laine_", address="laine@z.fr"),
        Person(name="", address="dupont@w.fr"),
        Person(name="Sans adresse", address=""),
    ]
    received = [incoming(uid, annotation=annotation(uid, sender=one)) for uid, one in enumerate(people, 1)]
    sent = [
        incoming(uid, 40 + uid, annotation=annotation(40 + uid, sender=ours, to=(people[1],)))
        for uid in (1, 2)
    ]
    junk = [incoming(1, 60, annotation=annotation(60, sender=Person(name="Spam", address="spam@spam.com")))]
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], received))
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["Sent"], sent))
    store.write(Priority.NEWS, lambda tx: add_incoming(tx, folders["Trash"], junk))
    view = store.view()
    assert [one.address for one in view.correspondents("du")] == ["zoe@y.fr", "dupont@w.fr", "h.dubois@x.fr"]
    assert [one.address for one in view.correspondents("HELENE dub")] == ["h.dubois@x.fr"]
    assert [one.address for one in view.correspondents("zoe@")] == ["zoe@y.fr"]
    assert [one.address for one in view.correspondents("100%")] == ["laine@z.fr"]
    assert [one.address for one in view.correspondents("du", limit=1)] == ["zoe@y.fr"]
    for nothing in ("", "  ", "%", "_", "spam", "martin", "\\"):
        assert view.correspondents(nothing) == []
