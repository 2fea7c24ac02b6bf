"""The words of messages, in FTS5 tables by half-year of arrival.

Rowids grow with the date of arrival, so that the newest hits come first without sorting, and a search reads
half-year after half-year, newest first, until it has enough: what it costs hangs on how many hits one
half-year has, not on how old the mailbox is. Beginnings of words need no prefix index then, which would
double the size of the index and halve the speed of writing (100 000 messages of 150 words: 127 MB and 6 600
messages/s without, 317 MB and 1 600 with prefix='2 3').

The tables keep no content (the words are in the bodies), and the letters of unicode61 without diacritics.
"""

from collections.abc import Sequence

from mssclient.model.messages import Annotation, Person
from mssclient.store.connection import Reading, all_rows, one_row
from mssclient.store.transaction import Transaction

__all__ = ["DOCIDS_PER_HOUR", "first_hour_docid", "next_docid", "tables", "write_index"]

DOCIDS_PER_HOUR = 65_536
DOCIDS_PER_TABLE = 4_383 * DOCIDS_PER_HOUR
"""Half a year of 365.25 days."""

_COLUMNS = "subject, sender, recipients, text, attachments, patients"
_PEOPLE_INDEXED = 500


def first_hour_docid(utc: int) -> int:
    """The smallest docid a message that arrived in the hour of ``utc`` may have.

    Rowids of the search index grow with the date of arrival, so that the newest hits come first without
    sorting; within an hour they grow as messages come in.
    """
    return max(0, min(utc, 1 << 40)) // 3600 * DOCIDS_PER_HOUR


def next_docid(tx: Transaction, internal_date_utc: int) -> int:
    """A rowid of the search index for a message that arrived then."""
    low = first_hour_docid(internal_date_utc)
    while True:
        # Not one whose words are still to be taken out in this transaction.
        (last,) = one_row(
            tx,
            "SELECT max(coalesce((SELECT max(docid) FROM message WHERE docid >= ?1 AND docid < ?2), -1),"
            " coalesce((SELECT max(docid) FROM unindexed WHERE docid >= ?1 AND docid < ?2), -1))",
            (low, low + DOCIDS_PER_HOUR),
        ) or (-1,)
        if last < 0:
            return low
        if last + 1 < low + DOCIDS_PER_HOUR:
            return last + 1
        low += DOCIDS_PER_HOUR  # an import that gives everything one date


def tables(source: Reading) -> list[tuple[int, str]]:
    """(first docid, name) of the tables there are, newest first."""
    rows = all_rows(
        source,
        "SELECT CAST(substr(name, 8) AS INTEGER), name FROM sqlite_schema"
        " WHERE type = 'table' AND name GLOB 'search_[0-9]*' AND sql LIKE 'CREATE VIRTUAL%' ORDER BY 1 DESC",
    )
    return [(number * DOCIDS_PER_TABLE, name) for number, name in rows]


def _table_for(tx: Transaction, docid: int, known: set[str]) -> str:
    name = f"search_{docid // DOCIDS_PER_TABLE}"
    if name in known:
        return name
    known.add(name)
    if one_row(tx, "SELECT 1 FROM sqlite_schema WHERE name = ?", (name,)) is None:
        tx.connection.execute(
            f"CREATE VIRTUAL TABLE {name} USING fts5 ({_COLUMNS},"
            " content='', contentless_delete=1, tokenize='unicode61 remove_diacritics 2')"
        )
        # Fewer, larger merges: half again as quick to write, and still at most 8 pieces a level to read.
        tx.connection.execute(f"INSERT INTO {name} ({name}, rank) VALUES ('automerge', 8)")
    return name


def write_index(tx: Transaction) -> None:
    """Take the words of messages deleted in this transaction out and put in those of new ones; Store calls
    it before each commit."""
    gone = [row[0] for row in all_rows(tx, "SELECT docid FROM unindexed ORDER BY docid")]
    known: set[str] = set()
    for docid in gone:
        tx.words.pop(docid, None)
        tx.connection.execute(f"DELETE FROM {_table_for(tx, docid, known)} WHERE rowid = ?", (docid,))
    if gone:
        tx.connection.execute("DELETE FROM unindexed")
        for number in {docid // DOCIDS_PER_TABLE for docid in gone}:
            _wipe_if_empty(tx, number)
    # Ascending: FTS5 writes out what it has gathered whenever a rowid is smaller than the one before.
    for docid in sorted(tx.words):
        annotation, again = tx.words[docid]
        verb = "REPLACE" if again else "INSERT"
        tx.connection.execute(
            f"{verb} INTO {_table_for(tx, docid, known)} (rowid, {_COLUMNS}) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (docid, *_words(annotation)),
        )


def _wipe_if_empty(tx: Transaction, number: int) -> None:
    """Deleted words stay in FTS5's pieces until these are merged; with the last message of a half-year, or of
    the only account, they all go."""
    low = number * DOCIDS_PER_TABLE
    left = one_row(
        tx, "SELECT 1 FROM message WHERE docid >= ? AND docid < ? LIMIT 1", (low, low + DOCIDS_PER_TABLE)
    )
    if left is None:
        tx.connection.execute(f"INSERT INTO search_{number} (search_{number}) VALUES ('delete-all')")


def _words(annotation: Annotation) -> tuple[str, str, str, str, str, str]:
    summary = annotation.summary
    patients = [
        " ".join(filter(None, (one.family, one.given, one.birth, one.ins, one.number)))
        for match in annotation.matches
        for one in match.patients
    ]
    titles = [match.title for match in annotation.matches if match.title]
    return (
        summary.subject,
        _people((summary.sender, *summary.reply_to)),
        _people((*summary.to, *summary.cc, *summary.bcc)),
        summary.text or summary.snippet,
        " ".join([*(part.filename for part in summary.attachments), *titles]),
        " ".join(patients),
    )


def _people(people: Sequence[Person]) -> str:
    return " ".join(f"{person.name} {person.address}" for person in people[:_PEOPLE_INDEXED])
