"""The laboratory results of 18 months, filed in Biologie: what a practice receives day after day."""

from collections.abc import Mapping
from dataclasses import replace

from mssclient.demo.corpus import mime
from mssclient.demo.corpus.bench import Bench
from mssclient.demo.corpus.calendar import Calendar
from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.draft import SEEN, Draft
from mssclient.demo.corpus.hprim import Dialect
from mssclient.demo.corpus.laboratory import ANALYSES, PANELS
from mssclient.demo.corpus.patients import PATIENTS

__all__ = ["COUNT", "drafts"]

COUNT = 50
"""Spread from two days to about 540 days ago."""

_LABS = ("valvert", "rives", "parc")
_PANELS = (
    "complet",
    "nfs",
    "renal",
    "diabete",
    "lipides",
    "hepatique",
    "thyroide",
    "inr",
    "carence",
    "coeur",
)
_UNREAD = 4


def drafts(calendar: Calendar) -> list[Draft]:
    bench = Bench(calendar)
    return [_one(bench, number) for number in range(COUNT)]


def _odd(dice: Dice, panel: str) -> Mapping[str, float]:
    """In four of ten reports one or two values leave their interval."""
    odd: dict[str, float] = {}
    for _ in range(dice.pick((0, 0, 0, 1, 2))):
        analysis = ANALYSES[dice.pick(PANELS[panel])]
        if analysis.high is not None and (analysis.low is None or dice.number() < 0.6):
            odd[analysis.code] = analysis.high * (1.05 + 0.25 * dice.number())
        elif analysis.low is not None:
            odd[analysis.code] = analysis.low * (0.80 + 0.15 * dice.number())
    return odd


def _one(bench: Bench, number: int) -> Draft:
    key = f"bio-{number:02d}"
    dice = Dice(key)
    days = 2 + int(number**1.615)
    who = dice.pick([p for p in PATIENTS if p not in ("bouvard", "pariset")])
    lab, panel = dice.pick(_LABS), dice.pick(_PANELS)
    dialect = Dialect(dates="%Y-%m-%d") if lab == "rives" else Dialect()
    result = bench.result(key, days, who, [panel], _odd(dice, panel), lab=lab, dialect=dialect)
    clock = f"{dice.between(11, 18)}:{dice.between(0, 59):02d}"
    attachments = [
        result.file(f"{who.upper()[:8]}.HPR", kind=dice.pick(("text/plain", "application/x-hprim")))
    ]
    kinds = ["hprim-medecin"]
    if dice.number() < 0.5:
        attachments.append(mime.attachment(f"{who}.pdf", result.pdf(), "application/pdf"))
        kinds.append("pdf")
    flags = () if number < _UNREAD else (SEEN, "Classe") if dice.number() < 0.3 else (SEEN,)
    draft = bench.draft(
        key,
        days,
        clock,
        result,
        shape="hprim-medecin-pdf" if len(kinds) > 1 else "hprim-medecin",
        labels=result.labels(*kinds),
        attachments=attachments,
        flags=flags,
        small=number < 6,
    )
    return replace(draft, folder="INBOX/Biologie")
