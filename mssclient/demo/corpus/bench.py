"""Makes laboratory results and the messages around them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.draft import SEEN, Draft, Labels
from mssclient.demo.corpus.hprim import Dialect
from mssclient.demo.corpus.laboratory import report
from mssclient.demo.corpus.mime import Part
from mssclient.demo.corpus.patients import PATIENTS
from mssclient.demo.corpus.people import AUBRY, PEOPLE
from mssclient.demo.corpus.results import Result

__all__ = ["Bench"]


@dataclass(frozen=True)
class Bench:
    """Makes results and the messages around them."""

    calendar: Calendar

    def result(
        self,
        key: str,
        days: int,
        who: str | Sequence[str],
        panels: Sequence[str],
        odd: Mapping[str, tuple[float, float] | float] | None = None,
        *,
        lab: str = "valvert",
        comment: str = "",
        dialect: Dialect | None = None,
        structured: bool = True,
    ) -> Result:
        names = [who] if isinstance(who, str) else who
        reports = [
            report(PATIENTS[n], self.calendar.moment(days, "08:15"), f"{key}-{n}", panels, odd, comment)
            for n in names
        ]
        return Result(reports, PEOPLE[lab], AUBRY, dialect or Dialect(), structured)

    def draft(
        self,
        key: str,
        days: int,
        clock: str,
        result: Result,
        *,
        shape: str,
        labels: Labels,
        attachments: Sequence[Part] = (),
        content: Part | None = None,
        flags: tuple[str, ...] = (SEEN,),
        subject: str = "",
        text: str = "",
        headers: Sequence[tuple[str, str]] = (),
        small: bool = False,
    ) -> Draft:
        words = text or "Bonjour Docteur,\n\nVeuillez trouver ci-joint des résultats.\n\n"
        return Draft(
            key=key,
            days=days,
            clock=clock,
            sender=result.sender,
            subject=subject or result.subject,
            text=words + result.sender.signature + "\n",
            attachments=attachments,
            content=content,
            headers=headers,
            flags=flags,
            shape=shape,
            labels=labels,
            small=small,
        )
