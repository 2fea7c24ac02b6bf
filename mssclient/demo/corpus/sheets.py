"""The sheets of ``resources/demo``: parsed, and their words filled in (their form is said in letters.txt)."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.draft import patient_sender
from mssclient.demo.corpus.patients import PATIENTS, Patient
from mssclient.demo.corpus.people import PEOPLE, Person
from mssclient.demo.corpus.pictures import shipped

__all__ = ["Copy", "Sheet", "copies", "fill", "words"]


@dataclass(frozen=True)
class Sheet:
    """One block of a file: fields, the copies to make, the words."""

    name: str
    fields: dict[str, str]
    copies: tuple[str, ...]
    text: str


@dataclass(frozen=True)
class Copy:
    """One message made from a sheet."""

    sheet: Sheet
    patient: Patient
    days: int
    clock: str
    place: str
    marks: tuple[str, ...]
    calendar: Calendar
    key: str

    @property
    def moment(self) -> datetime:
        return self.calendar.moment(self.days, self.clock)

    @property
    def title(self) -> str:
        return fill(self, self.sheet.fields["subject"])

    @property
    def sender(self) -> Person:
        name = self.sheet.fields["from"]
        return patient_sender(self.patient) if name == "patient" else PEOPLE[name]

    @property
    def receivers(self) -> list[Person]:
        name = self.sheet.fields.get("to", "")
        if name == "patient":
            return [patient_sender(self.patient)]
        return [PEOPLE[name]] if name else []


def _sheets(source: str) -> Iterator[Sheet]:
    for block in re.split(r"(?m)^@ ", source)[1:]:
        head, _, text = block.partition("\n---\n")
        name, *lines = head.splitlines()
        pairs = [line.partition(": ")[::2] for line in lines if line.strip()]
        copies = tuple(value for key, value in pairs if key == "for")
        yield Sheet(name.strip(), {k: v for k, v in pairs if k != "for"}, copies, text.strip() + "\n")


def words(name: str, **values: str) -> str:
    """One text of featured.txt, with its ``{names}`` filled in."""
    text = next(x.text for x in _sheets(shipped("featured.txt").decode("utf-8")) if x.name == name)
    return text.format(**values)


def copies(calendar: Calendar) -> Iterator[Copy]:
    """Every message that the sheets ask for."""
    for file in ("letters.txt", "daily.txt"):
        for sheet in _sheets(shipped(file).decode("utf-8")):
            seen: set[str] = set()
            for line in sheet.copies:
                who, days, clock, place, *marks = line.split()
                key = f"{sheet.name}-{who}"
                key += f"-{days}" if key in seen else ""
                seen.add(key)
                yield Copy(sheet, PATIENTS[who], int(days), clock, place, tuple(marks), calendar, key)


def fill(copy: Copy, text: str) -> str:
    """Agreement, choices, numbers, dates and names."""
    who, dice = copy.patient, Dice(f"letter/{copy.key}")
    moment = copy.moment
    feminine = who.sex == "F"
    text = re.sub(r"\[\[(.*?)\]\]", lambda m: dice.pick(m[1].split("|")), text, flags=re.DOTALL)
    text = re.sub(r"<([^<>/\n]*)/([^<>/\n]*)>", lambda m: m[1] if feminine else m[2], text)
    text = re.sub(r"<([a-z]+)/>", lambda m: m[1] if feminine else "", text)
    text = re.sub(r"\{n:(\d+)-(\d+)\}", lambda m: str(dice.between(int(m[1]), int(m[2]))), text)
    text = re.sub(
        r"\{d:(\d+)-(\d+)\}",
        lambda m: f"{dice.between(int(m[1]) * 10, int(m[2]) * 10) / 10:.1f}".replace(".", ","),
        text,
    )
    text = re.sub(r"\{j([+-]\d+)\}", lambda m: f"{moment + timedelta(days=int(m[1])):%d/%m/%Y}", text)
    for word, value in (
        ("{P}", who.name),
        ("{NOM}", who.family),
        ("{Nom}", who.family.capitalize()),
        ("{prenom}", who.given),
        ("{naissance}", f"{who.birth:%d/%m/%Y}"),
        ("{né}", who.born),
        ("{age}", str(who.age(moment.date()))),
    ):
        text = text.replace(word, value)
    return text
