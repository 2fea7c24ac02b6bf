"""Invented laboratory results: panels of analyses with plausible values."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.patients import Patient

__all__ = ["ANALYSES", "PANELS", "Analysis", "Report", "Result", "report"]


@dataclass(frozen=True)
class Analysis:
    code: str
    label: str
    unit: str
    low: float | None
    high: float | None
    decimals: int
    chapter: str
    panic_low: float | None = None
    panic_high: float | None = None


def _analyses() -> dict[str, Analysis]:
    rows = """
    HB    | Hémoglobine              | g/dL    | 12.0 | 16.0 | 1 | Hématologie | 7.0 | 19.0
    GR    | Hématies                 | T/L     | 4.00 | 5.40 | 2 | Hématologie | |
    HTE   | Hématocrite              | %       | 36.0 | 47.0 | 1 | Hématologie | |
    VGM   | VGM                      | µ3      | 80   | 100  | 0 | Hématologie | |
    GB    | Leucocytes               | G/L     | 4.0  | 10.0 | 1 | Hématologie | 1.0 | 30.0
    PNN   | Polynucléaires neutrophiles | G/L  | 1.8  | 7.5  | 1 | Hématologie | 0.5 |
    LYM   | Lymphocytes              | G/L     | 1.0  | 4.0  | 1 | Hématologie | |
    PLQ   | Plaquettes               | G/L     | 150  | 400  | 0 | Hématologie | 50 | 1000
    VS    | Vitesse de sédimentation | mm      |      | 20   | 0 | Hématologie | |
    INR   | INR                      |         | 2.0  | 3.0  | 1 | Hémostase   | | 5.0
    DDI   | D-dimères                | ng/mL   |      | 500  | 0 | Hémostase   | |
    K     | Potassium                | mmol/L  | 3.5  | 5.1  | 1 | Biochimie   | 2.8 | 5.8
    NA    | Sodium                   | mmol/L  | 136  | 145  | 0 | Biochimie   | 125 | 155
    CL    | Chlorures                | mmol/L  | 98   | 107  | 0 | Biochimie   | |
    CREA  | Créatinine               | µmol/L  | 45   | 84   | 0 | Biochimie   | | 400
    DFG   | DFG estimé (CKD-EPI)     | mL/min  | 60   |      | 0 | Biochimie   | 15 |
    URE   | Urée                     | mmol/L  | 2.8  | 8.1  | 1 | Biochimie   | |
    GLY   | Glycémie à jeun          | g/L     | 0.70 | 1.10 | 2 | Biochimie   | 0.45 | 3.50
    HBA   | HbA1c                    | %       | 4.0  | 6.0  | 1 | Biochimie   | |
    CRP   | CRP                      | mg/L    |      | 5.0  | 1 | Biochimie   | | 200
    CHOL  | Cholestérol total        | g/L     |      | 2.00 | 2 | Biochimie   | |
    HDL   | HDL-cholestérol          | g/L     | 0.40 |      | 2 | Biochimie   | |
    LDL   | LDL-cholestérol calculé  | g/L     |      | 1.30 | 2 | Biochimie   | |
    TG    | Triglycérides            | g/L     |      | 1.50 | 2 | Biochimie   | |
    ASAT  | ASAT                     | UI/L    |      | 35   | 0 | Biochimie   | |
    ALAT  | ALAT                     | UI/L    |      | 35   | 0 | Biochimie   | |
    GGT   | Gamma-GT                 | UI/L    |      | 40   | 0 | Biochimie   | |
    PAL   | Phosphatases alcalines   | UI/L    | 30   | 120  | 0 | Biochimie   | |
    CA    | Calcium                  | mmol/L  | 2.15 | 2.55 | 2 | Biochimie   | 1.70 | 3.20
    ALB   | Albumine                 | g/L     | 35   | 50   | 0 | Biochimie   | |
    FER   | Ferritine                | µg/L    | 15   | 150  | 0 | Biochimie   | |
    B12   | Vitamine B12             | pmol/L  | 145  | 570  | 0 | Biochimie   | |
    VITD  | 25-OH vitamine D         | ng/mL   | 30   | 60   | 0 | Biochimie   | |
    BNP   | NT-proBNP                | ng/L    |      | 300  | 0 | Biochimie   | |
    TSH   | TSH                      | mUI/L   | 0.40 | 4.00 | 2 | Hormonologie | |
    T4L   | T4 libre                 | pmol/L  | 11.5 | 22.7 | 1 | Hormonologie | |
    PSA   | PSA total                | ng/mL   |      | 4.00 | 2 | Marqueurs   | |
    MALB  | Microalbuminurie         | mg/g    |      | 30   | 0 | Urines      | |
    """
    made: dict[str, Analysis] = {}
    for line in rows.strip().splitlines():
        cells = [cell.strip() for cell in line.split("|")]
        numbers = [float(c) if c else None for c in (*cells[3:5], *[*cells[7:9], "", ""][:2])]
        made[cells[0]] = Analysis(
            cells[0],
            cells[1],
            cells[2],
            numbers[0],
            numbers[1],
            int(cells[5]),
            cells[6],
            numbers[2],
            numbers[3],
        )
    return made


ANALYSES = _analyses()

PANELS: Mapping[str, tuple[str, ...]] = {
    "complet": ("HB", "GR", "HTE", "VGM", "GB", "PNN", "LYM", "PLQ", "K", "NA", "CREA", "DFG", "GLY", "CRP"),
    "suivi": ("HB", "GB", "PLQ", "K", "NA", "CREA", "DFG", "GLY", "CRP"),
    "nfs": ("HB", "GR", "HTE", "VGM", "GB", "PNN", "LYM", "PLQ", "CRP"),
    "renal": ("K", "NA", "CL", "URE", "CREA", "DFG", "CA", "MALB"),
    "diabete": ("GLY", "HBA", "CREA", "DFG", "MALB", "CHOL", "HDL", "LDL", "TG"),
    "lipides": ("CHOL", "HDL", "LDL", "TG", "GLY"),
    "hepatique": ("ASAT", "ALAT", "GGT", "PAL", "ALB"),
    "thyroide": ("TSH", "T4L"),
    "inr": ("INR",),
    "coeur": ("BNP", "K", "NA", "CREA", "DFG", "HB"),
    "carence": ("HB", "VGM", "FER", "B12", "VITD", "CA"),
    "prostate": ("PSA", "CREA"),
    "thrombose": ("DDI", "PLQ", "CRP", "CREA"),
}


@dataclass(frozen=True)
class Result:
    """One value as the laboratory gives it."""

    analysis: Analysis
    value: str
    previous: str
    mark: str
    """N, L, H, LL or HH."""


@dataclass(frozen=True)
class Report:
    """One patient's results of one day."""

    patient: Patient
    number: str
    """"Dossier" at the laboratory."""
    sampled: datetime
    results: tuple[Result, ...]
    comment: str = ""

    @property
    def abnormal(self) -> int:
        return sum(r.mark != "N" for r in self.results)

    @property
    def critical(self) -> int:
        return sum(r.mark in ("LL", "HH") for r in self.results)


def _usual(analysis: Analysis, dice: Dice) -> float:
    low = analysis.low if analysis.low is not None else (analysis.high or 1) * 0.35
    high = analysis.high if analysis.high is not None else (analysis.low or 1) * 1.5
    return low + (high - low) * (0.12 + 0.76 * dice.number())


def _mark(analysis: Analysis, value: float) -> str:
    if analysis.panic_low is not None and value < analysis.panic_low:
        return "LL"
    if analysis.panic_high is not None and value > analysis.panic_high:
        return "HH"
    if analysis.low is not None and value < analysis.low:
        return "L"
    if analysis.high is not None and value > analysis.high:
        return "H"
    return "N"


def report(
    patient: Patient,
    sampled: datetime,
    key: str,
    panels: Sequence[str],
    odd: Mapping[str, tuple[float, float] | float] | None = None,
    comment: str = "",
) -> Report:
    """Results of some panels; ``odd`` fixes values (or value and previous) by analysis code."""
    fixed = dict(odd or {})
    codes = dict.fromkeys(code for panel in panels for code in PANELS[panel])
    results: list[Result] = []
    for code in codes:
        analysis = ANALYSES[code]
        steady = Dice(f"{patient.key}/{code}")
        usual = _usual(analysis, steady)
        drift = 1 + (Dice(f"{key}/{code}").number() - 0.5) * 0.06
        given = fixed.get(code)
        if isinstance(given, tuple):
            value, previous = given
        else:
            value = given if given is not None else usual * drift
            previous = usual
        shown = f"{value:.{analysis.decimals}f}"
        results.append(
            Result(analysis, shown, f"{previous:.{analysis.decimals}f}", _mark(analysis, float(shown)))
        )
    number = f"{sampled:%y%m%d}-{Dice(key).between(1000, 9899)}"
    return Report(patient, number, sampled, tuple(results), comment)
