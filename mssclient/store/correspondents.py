"""Known correspondents: who wrote and who was written to, for completing an address."""

import unicodedata
from functools import lru_cache

from mssclient.model.messages import Person, Summary
from mssclient.store.connection import Reading, all_rows
from mssclient.store.transaction import Transaction

__all__ = ["fold", "note", "read_correspondents"]

_NOTED_PER_MESSAGE = 20


@lru_cache(maxsize=4_096)
def fold(text: str) -> str:
    """Without accents or capitals."""
    if text.isascii():
        return text.casefold()
    plain = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).casefold()


def note(tx: Transaction, summary: Summary, address: str, utc: int) -> None:
    """Count the people of one new message of the account ``address``: whom it wrote to, or who wrote."""
    if summary.sender.address.casefold() != address.casefold():
        _count(tx, summary.sender, "received", utc)
        return
    for person in (*summary.to, *summary.cc)[:_NOTED_PER_MESSAGE]:
        _count(tx, person, "sent", utc)


def _count(tx: Transaction, person: Person, column: str, utc: int) -> None:
    if "@" not in person.address or len(person.address) > 254:
        return
    tx.connection.execute(
        f"INSERT INTO correspondent (address, name, folded, {column}, last_utc) VALUES (?1, ?2, ?3, 1, ?4)"
        f" ON CONFLICT (address) DO UPDATE SET {column} = {column} + 1,"
        " name = CASE WHEN excluded.name <> '' AND excluded.last_utc >= last_utc"
        "   THEN excluded.name ELSE name END,"
        " folded = CASE WHEN excluded.name <> '' AND excluded.last_utc >= last_utc"
        "   THEN excluded.folded ELSE folded END,"
        " last_utc = max(last_utc, excluded.last_utc)",
        (person.address, person.name[:200], fold(f" {person.name[:200]} {person.address}"), utc),
    )


def read_correspondents(source: Reading, prefix: str, limit: int = 8) -> list[Person]:
    """Those with a word of their name, or their address, that starts with ``prefix``; most used first."""
    words = fold(prefix).split()
    if not words:
        return []
    conditions = " AND ".join(["folded LIKE ? ESCAPE '\\'"] * len(words))
    escaped = [word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") for word in words]
    rows = all_rows(
        source,
        f"SELECT name, address FROM correspondent WHERE {conditions}"
        " ORDER BY sent * 3 + received DESC, last_utc DESC LIMIT ?",
        (*(f"% {word}%" for word in escaped), limit),
    )
    return [Person(name=name, address=address) for name, address in rows]
