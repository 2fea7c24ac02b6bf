"""HPRIM Santé 2.x texts (ASTM E1238 family) with the three sets of separators in use, and HPRIM XML."""

from dataclasses import dataclass
from xml.sax.saxutils import escape

from mssclient.demo.corpus.laboratory import Report, Result
from mssclient.demo.corpus.people import Person

__all__ = ["SETS", "Separators", "billing", "results"]


@dataclass(frozen=True)
class Separators:
    """Field, component, repetition, escape, sub-component."""

    field: str
    component: str
    repetition: str
    escape: str
    subcomponent: str

    def __str__(self) -> str:
        return self.field + self.component + self.repetition + self.escape + self.subcomponent

    def join(self, *cells: str) -> str:
        return self.field.join(cells)

    def parts(self, *cells: str) -> str:
        return self.component.join(cells)


SETS = (
    Separators("|", "~", "^", "\\", "&"),
    Separators("|", "^", "~", "\\", "&"),
    Separators("|", "\\", "^", "&", "~"),
)


def _range(result: Result) -> str:
    a = result.analysis
    low = "" if a.low is None else f"{a.low:.{a.decimals}f}"
    high = "" if a.high is None else f"{a.high:.{a.decimals}f}"
    return f"{low}-{high}" if low and high else f">{low}" if low else f"<{high}"


def results(
    report: Report,
    sender: Person,
    receiver: Person,
    file_name: str,
    separators: Separators = SETS[0],
    version: str = "H2.1",
    companion: str = "",
    continued: bool = False,
) -> str:
    """An ORU message, lines ending in LF.

    ``companion``: name of a file beside it, in an OBX of type FIC. ``continued``: long segments go on in A.
    """
    s = separators
    stamp = f"{report.sampled:%Y%m%d%H%M}"
    lines = [
        f"H{s}{s.field}"
        + s.join(
            file_name,
            "",
            s.parts(f"99{len(sender.key):07d}", sender.name),
            "",
            "ORU",
            "",
            "",
            s.parts(f"99{len(receiver.key):07d}", receiver.formal),
            "",
            "P",
            s.parts(version, "C"),
            stamp,
        ),
        *_patient(report, separators, continued),
    ]
    lines += [s.join("C", "1", "L", line) for line in report.comment.splitlines()]
    order = s.join(
        "OBR", "1", report.number, report.number, s.parts("BIO", "Bilan biologique", "L"), "R", stamp, stamp
    )
    lines.append(order)
    if continued:
        lines.append(s.join("A", "", "", "", "N", "", "", stamp, "", s.parts("AUBRY", receiver.formal)))
    for number, result in enumerate(report.results, 1):
        mark = "" if result.mark == "N" else result.mark
        name = s.parts(result.analysis.code, result.analysis.label, "L")
        cells = ["OBX", str(number), "NM", name, "", result.value, result.analysis.unit, _range(result), mark]
        lines.append(s.join(*cells, "", "", "F", "", "", stamp))
    if companion:
        name = s.parts("CR", "Compte rendu", "L")
        file = s.parts(companion, "PDF")
        lines.append(
            s.join("OBX", str(len(report.results) + 1), "FIC", name, "", file, "", "", "", "", "", "F")
        )
    lines.append(s.join("L", "1", "", "1", str(len(lines) + 1)))
    return "\n".join(lines) + "\n"


def _patient(report: Report, s: Separators, continued: bool) -> list[str]:
    who = report.patient
    postcode, _, city = who.town.partition(" ")
    cells = [
        "P", "1", f"{100000 + who.order * 37}", "", report.number, s.parts(who.family, who.given), "",
        f"{who.birth:%Y%m%d}", who.sex, "",
    ]  # fmt: skip
    address = s.parts(who.street, "", city, "", postcode)
    if continued:
        return [s.join(*cells), s.join("A", address)]
    return [s.join(*cells, address)]


def billing(report: Report, sender: Person) -> bytes:
    """HPRIM XML: hospital billing, to be listed and nothing more."""
    who = report.patient
    return f"""<?xml version="1.0" encoding="ISO-8859-1"?>
<evenementsServeurActes xmlns="http://www.hprim.org/hprimXML" version="1.04">
  <enteteMessage modeTraitement="production">
    <identifiantMessage>{escape(report.number)}</identifiantMessage>
    <dateHeureProduction>{report.sampled:%Y-%m-%dT%H:%M:%S}</dateHeureProduction>
    <emetteur><agents><agent categorie="application"><code>SIH</code><libelle>{escape(sender.name)}</libelle>
    </agent></agents></emetteur>
    <destinataire><agents><agent categorie="application"><code>CABINET</code></agent></agents></destinataire>
  </enteteMessage>
  <evenementServeurActe>
    <patient><identifiant><emetteur><valeur>{100000 + who.order * 37}</valeur></emetteur></identifiant>
      <personnePhysique sexe="{who.sex}"><nomUsuel>{escape(who.family)}</nomUsuel>
      <prenoms><prenom>{escape(who.given)}</prenom></prenoms>
      <dateNaissance><date>{who.birth:%Y-%m-%d}</date></dateNaissance></personnePhysique></patient>
    <actesNGAP><acteNGAP><lettreCle>CS</lettreCle><coefficient>1</coefficient></acteNGAP></actesNGAP>
  </evenementServeurActe>
</evenementsServeurActes>
""".encode("latin-1", "replace")
