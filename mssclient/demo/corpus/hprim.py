"""HPRIM Médecin texts in their many dialects (``facts``: header lines, marks, RES and TEX lines)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from mssclient.demo.corpus.laboratory import Report, Result
from mssclient.demo.corpus.people import Person

__all__ = ["Dialect", "file_of", "header", "letter", "readable"]


@dataclass(frozen=True)
class Dialect:
    """How one laboratory's program writes."""

    dates: str = "%d/%m/%Y"
    marks: str = "****{}****"
    blank_nir: bool = False
    nir_without_space: bool = False
    columns: bool = False
    """First line: four columns of 40 (sender, receiver, name, number)."""
    short_lines: bool = False
    """RES lines stop after the status, without a closing bar."""
    closing: tuple[str, ...] = ("FIN", "FINFICHIER")
    previous: bool = True


def _day(day: date, dialect: Dialect) -> str:
    if dialect.dates == "words":
        months = ["JAN", "FEV", "MAR", "AVR", "MAI", "JUN", "JUL", "AOU", "SEP", "OCT", "NOV", "DEC"]
        return f"{day.day} {months[day.month - 1]} {day.year}"
    return f"{day:{dialect.dates}}"


def header(report: Report, sender: Person, receiver: Person, dialect: Dialect) -> list[str]:
    """The twelve lines before the text."""
    who = report.patient
    first = f"{100000 + who.order * 37}"
    if dialect.columns:
        first = (
            f"{sender.name:<40.40}{receiver.formal:<40.40}{who.family + ' ' + who.given:<40.40}{first:<40.40}"
        )
    nir = "" if dialect.blank_nir else who.nir + ("" if dialect.nir_without_space else " ") + who.nir_key
    return [
        first,
        who.family,
        who.given,
        who.street,
        "",
        who.town,
        _day(who.birth, dialect),
        nir,
        report.number,
        _day(report.sampled.date(), dialect),
        f"{sender.key.upper():<10.10}{sender.name}",
        f"{receiver.key.upper():<10.10}{receiver.formal}",
    ]


def _bounds(result: Result) -> tuple[str, str]:
    a = result.analysis
    return (
        "" if a.low is None else f"{a.low:.{a.decimals}f}",
        "" if a.high is None else f"{a.high:.{a.decimals}f}",
    )


def readable(report: Report) -> list[str]:
    """The text a person reads, in columns."""
    lines = [f"Prélèvement du {report.sampled:%d/%m/%Y à %H:%M}", ""]
    chapter = ""
    for result in report.results:
        if result.analysis.chapter != chapter:
            chapter = result.analysis.chapter
            lines += ["", chapter.upper()]
        low, high = _bounds(result)
        span = f"({low} - {high})" if low and high else f"(> {low})" if low else f"(< {high})"
        star = "*" if result.mark != "N" else " "
        value = result.value.replace(".", ",")
        unit = result.analysis.unit
        before = f"Ant. {result.previous.replace('.', ',')}"
        lines.append(
            f"{result.analysis.label:<30}{star}{value:>8} {unit:<8}{span.replace('.', ','):<18}{before}"
        )
    if report.comment:
        lines += ["", *report.comment.splitlines()]
    return [*lines, ""]


def _structured(report: Report, dialect: Dialect) -> list[str]:
    lines = [dialect.marks.format("LAB")]
    chapter = ""
    for result in report.results:
        if result.analysis.chapter != chapter:
            chapter = result.analysis.chapter
            lines.append(f"TEX|{chapter.upper()}|")
        low, high = _bounds(result)
        cells = ["RES", result.analysis.label, result.analysis.code, "N", result.value, result.analysis.unit]
        cells += [low, high, result.mark, "F"]
        if dialect.previous and not dialect.short_lines:
            cells += [result.previous, result.analysis.unit, low, high]
        lines.append("|".join(cells) + ("" if dialect.short_lines else "|"))
    lines += [f"TEX|{line}" for line in report.comment.splitlines()]
    return lines


def file_of(
    reports: Sequence[Report],
    sender: Person,
    receiver: Person,
    dialect: Dialect | None = None,
    *,
    structured: bool = True,
) -> str:
    """An HPRIM Médecin file of one or several patients, lines ending in LF."""
    dialect = dialect or Dialect()
    lines: list[str] = []
    for report in reports:
        lines += [*header(report, sender, receiver, dialect), "", *readable(report)]
        if structured:
            lines += _structured(report, dialect)
        if "FIN" in dialect.closing:
            lines.append(dialect.marks.format("FIN"))
    if "FINFICHIER" in dialect.closing:
        lines.append(dialect.marks.format("FINFICHIER"))
    return "\n".join(lines) + "\n"


def letter(
    report: Report, sender: Person, receiver: Person, text: str, dialect: Dialect | None = None
) -> str:
    """ "HPRIM 1": the header and a letter, no marks inside; used by hospitals."""
    dialect = dialect or Dialect()
    lines = [*header(report, sender, receiver, dialect), "", *text.splitlines()]
    lines += [dialect.marks.format(mark) for mark in dialect.closing]
    return "\n".join(lines) + "\n"
