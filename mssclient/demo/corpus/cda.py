"""CDA R2 documents as French senders make them: level 1 (a PDF inside), level 3 (narrative and entries)."""

from base64 import b64encode
from dataclasses import dataclass
from datetime import datetime
from xml.sax.saxutils import escape, quoteattr

from mssclient.demo.corpus.dice import Dice
from mssclient.demo.corpus.laboratory import Report, Result
from mssclient.demo.corpus.patients import Patient
from mssclient.demo.corpus.people import Person

__all__ = ["Clinical", "laboratory", "level_one", "narrative"]

LOINC = "2.16.840.1.113883.6.1"
TEST_INS = "1.2.250.1.213.1.4.10"
"""Root of test INS: nobody can take these for real identities."""


@dataclass(frozen=True)
class Clinical:
    """A finished document and the header facts that METADATA.XML repeats."""

    xml: bytes
    unique_id: str
    code: str
    title: str
    patient: Patient
    author: Person
    moment: datetime
    format_code: str
    replaces: str = ""


def _stamp(moment: datetime) -> str:
    return f"{moment:%Y%m%d%H%M%S%z}"


def _unique_id(key: str, version: int) -> tuple[str, str]:
    series = f"1.2.250.1.999.1.1.{int(Dice(key).token(4), 16)}"
    return series, f"{series}.{version}"


def _address(street: str, town: str) -> str:
    postcode, _, city = town.partition(" ")
    return (
        f"<addr><streetAddressLine>{escape(street)}</streetAddressLine>"
        f"<postalCode>{postcode}</postalCode><city>{escape(city)}</city><country>FRANCE</country></addr>"
    )


def _patient(who: Patient) -> str:
    gender = "Féminin" if who.sex == "F" else "Masculin"
    return f"""  <recordTarget><patientRole>
    <id extension="{who.ins}" root="{TEST_INS}"/>
    <id extension="{100000 + who.order * 37}" root="1.2.250.1.999.2"/>
    {_address(who.street, who.town)}
    <telecom nullFlavor="NASK"/>
    <patient classCode="PSN">
      <name><family qualifier="BR">{escape(who.family)}</family><given>{escape(who.given)}</given>\
<given qualifier="BR">{escape(who.given)}</given><family qualifier="CL">{escape(who.family)}</family></name>
      <administrativeGenderCode code="{who.sex}" displayName="{gender}" codeSystem="2.16.840.1.113883.5.1"/>
      <birthTime value="{who.birth:%Y%m%d}"/>
    </patient>
  </patientRole></recordTarget>"""


def _organisation(author: Person, tag: str) -> str:
    return f"""<{tag}><id root="1.2.250.1.71.4.2.2" extension="1999{len(author.key):05d}"/>\
<name>{escape(author.name)}</name><telecom value="tel:{author.phone.replace(" ", "")}" use="WP"/></{tag}>"""


def _assigned(author: Person, tag: str) -> str:
    given, _, family = author.name.removeprefix("Dr ").partition(" ")
    if author.kind != "personal":
        given, family = "Dominique", "EXEMPLE"
    return f"""<{tag}>
      <id root="1.2.250.1.71.4.2.1" extension="899999999{len(author.name):03d}"/>
      <telecom value="mailto:{author.address}" use="WP"/>
      <assignedPerson><name><prefix>DR</prefix><given>{escape(given)}</given>\
<family>{escape(family.upper())}</family></name></assignedPerson>
      {_organisation(author, "representedOrganization")}
    </{tag}>"""


def _document(
    key: str,
    who: Patient,
    author: Person,
    moment: datetime,
    code: tuple[str, str],
    title: str,
    templates: tuple[str, ...],
    body: str,
    version: int = 1,
) -> Clinical:
    series, unique = _unique_id(key, version)
    stamp = _stamp(moment)
    templates = ("2.16.840.1.113883.2.8.2.1", "1.2.250.1.213.1.1.1.1", *templates)
    related = (
        f'  <relatedDocument typeCode="RPLC"><parentDocument><id root="{series}.{version - 1}"/>'
        "</parentDocument></relatedDocument>\n"
        if version > 1
        else ""
    )
    xml = f"""<?xml version="1.0" encoding="UTF-8"?>
<ClinicalDocument xmlns="urn:hl7-org:v3" xmlns:lab="urn:oid:1.3.6.1.4.1.19376.1.3.2" \
xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <realmCode code="FR"/>
  <typeId root="2.16.840.1.113883.1.3" extension="POCD_HD000040"/>
{"".join(f'  <templateId root="{t}"/>{chr(10)}' for t in templates)}\
  <id root="{unique}"/>
  <code code="{code[0]}" displayName={quoteattr(code[1])} codeSystem="{LOINC}" codeSystemName="LOINC"/>
  <title>{escape(title)}</title>
  <effectiveTime value="{stamp}"/>
  <confidentialityCode code="N" displayName="Normal" codeSystem="2.16.840.1.113883.5.25"/>
  <languageCode code="fr-FR"/>
  <setId root="{series}"/>
  <versionNumber value="{version}"/>
{_patient(who)}
  <author><time value="{stamp}"/>{_assigned(author, "assignedAuthor")}</author>
  <custodian><assignedCustodian>{_organisation(author, "representedCustodianOrganization")}\
</assignedCustodian></custodian>
  <legalAuthenticator><time value="{stamp}"/><signatureCode code="S"/>{_assigned(author, "assignedEntity")}\
</legalAuthenticator>
{related}  <documentationOf><serviceEvent><code code="{code[0]}" displayName={quoteattr(code[1])} \
codeSystem="{LOINC}"/><effectiveTime><low value="{stamp}"/></effectiveTime></serviceEvent></documentationOf>
  <componentOf><encompassingEncounter><effectiveTime><low value="{stamp}"/></effectiveTime>\
</encompassingEncounter></componentOf>
{body}
</ClinicalDocument>
"""
    level_one = "nonXMLBody" in body
    return Clinical(
        xml=xml.encode("utf-8"),
        unique_id=unique,
        code=code[0],
        title=title,
        patient=who,
        author=author,
        moment=moment,
        format_code="urn:ihe:iti:xds-sd:pdf:2008" if level_one else "urn:ihe:lab:xd-lab:2008",
        replaces=f"{series}.{version - 1}" if version > 1 else "",
    )


def level_one(
    key: str,
    who: Patient,
    author: Person,
    moment: datetime,
    code: tuple[str, str],
    title: str,
    pdf: bytes,
    version: int = 1,
) -> Clinical:
    """A header around a PDF."""
    body = (
        '  <component><nonXMLBody><text mediaType="application/pdf" representation="B64">'
        f"{b64encode(pdf).decode()}</text></nonXMLBody></component>"
    )
    return _document(key, who, author, moment, code, title, ("1.3.6.1.4.1.19376.1.2.20",), body, version)


def narrative(
    key: str,
    who: Patient,
    author: Person,
    moment: datetime,
    code: tuple[str, str],
    title: str,
    sections: tuple[tuple[str, str, str], ...],
) -> Clinical:
    """A level 3 letter: sections of (LOINC code, title, text), one paragraph a line."""
    made: list[str] = []
    for section_code, heading, text in sections:
        paragraphs = "".join(f"<paragraph>{escape(p)}</paragraph>" for p in text.splitlines() if p)
        made.append(
            f'    <component><section><code code="{section_code}" codeSystem="{LOINC}"/>'
            f"<title>{escape(heading)}</title><text>{paragraphs}</text></section></component>"
        )
    body = "  <component><structuredBody>\n" + "\n".join(made) + "\n  </structuredBody></component>"
    return _document(key, who, author, moment, code, title, ("1.2.250.1.213.1.1.1.39",), body)


def laboratory(
    key: str, report: Report, author: Person, moment: datetime, pdf: bytes, version: int = 1
) -> Clinical:
    """CR-BIO, level 3: a table and coded entries for each chapter, and the laboratory's PDF in it."""
    chapters: dict[str, list[Result]] = {}
    for result in report.results:
        chapters.setdefault(result.analysis.chapter, []).append(result)
    sections = [
        _chapter(name, results, _stamp(report.sampled), n * 100)
        for n, (name, results) in enumerate(chapters.items())
    ]
    copy = f"""    <component><section>
      <templateId root="1.2.250.1.213.1.1.2.243"/>
      <code code="55108-5" displayName="Copie du document" codeSystem="{LOINC}"/>
      <title>Copie du document</title>
      <text><renderMultiMedia referencedObject="copie"/></text>
      <entry><observationMedia classCode="OBS" moodCode="EVN" ID="copie">
        <value representation="B64" mediaType="application/pdf">{b64encode(pdf).decode()}</value>
      </observationMedia></entry>
    </section></component>"""
    body = (
        "  <component><structuredBody>\n" + "\n".join([*sections, copy]) + "\n  </structuredBody></component>"
    )
    return _document(
        key,
        report.patient,
        author,
        moment,
        ("11502-2", "CR d'examens biologiques"),
        "Compte rendu d'examens biologiques",
        ("1.3.6.1.4.1.19376.1.3.3", "1.2.250.1.213.1.1.1.55"),
        body,
        version,
    )


_CHAPTER_CODES = {
    "Hématologie": "18723-7",
    "Hémostase": "18720-3",
    "Biochimie": "18719-5",
    "Hormonologie": "18719-5",
    "Marqueurs": "18718-7",
    "Urines": "18729-4",
}
_WORDS = {"N": "Normal", "L": "Bas", "H": "Haut", "LL": "Très bas", "HH": "Très haut"}


def _chapter(name: str, results: list[Result], stamp: str, first: int) -> str:
    code = _CHAPTER_CODES[name]
    rows = "".join(_row(first + i, r) for i, r in enumerate(results, 1))
    entries = "".join(_observation(first + i, r, stamp) for i, r in enumerate(results, 1))
    return f"""    <component><section>
      <templateId root="1.3.6.1.4.1.19376.1.3.3.2.1"/>
      <templateId root="1.2.250.1.213.1.1.2.70"/>
      <code code="{code}" displayName={quoteattr(name)} codeSystem="{LOINC}"/>
      <title>{escape(name.upper())}</title>
      <text><table border="0"><thead><tr><th>Analyse</th><th>Résultat</th><th>Valeurs de référence</th>\
<th>Antériorité</th></tr></thead><tbody>{rows}</tbody></table></text>
      <entry typeCode="DRIV"><templateId root="1.3.6.1.4.1.19376.1.3.1"/>
        <act classCode="ACT" moodCode="EVN"><code code="{code}" codeSystem="{LOINC}"/>\
<statusCode code="completed"/>{entries}</act></entry>
    </section></component>"""


def _span(result: Result) -> tuple[str, str]:
    a = result.analysis
    return (
        "" if a.low is None else f"{a.low:.{a.decimals}f}",
        "" if a.high is None else f"{a.high:.{a.decimals}f}",
    )


def _row(number: int, result: Result) -> str:
    low, high = _span(result)
    reference = f"({low} - {high})" if low and high else f"(> {low})" if low else f"(< {high})"
    style = ' styleCode="Bold"' if result.mark != "N" else ""
    return (
        f'<tr><td><content ID="r{number}">{escape(result.analysis.label)}</content></td>'
        f"<td><content{style}>{result.value} {escape(result.analysis.unit)}</content></td>"
        f"<td>{escape(reference)}</td><td>{result.previous}</td></tr>"
    )


def _observation(number: int, result: Result, stamp: str) -> str:
    low, high = _span(result)
    unit = quoteattr(result.analysis.unit or "1")
    bounds = (f'<low value="{low}" unit={unit}/>' if low else "") + (
        f'<high value="{high}" unit={unit}/>' if high else ""
    )
    return f"""
        <entryRelationship typeCode="COMP"><observation classCode="OBS" moodCode="EVN">
          <templateId root="1.3.6.1.4.1.19376.1.3.1.6"/>
          <code code="{result.analysis.code}" displayName={quoteattr(result.analysis.label)} \
codeSystem="1.2.250.1.999.3"><originalText><reference value="#r{number}"/></originalText></code>
          <statusCode code="completed"/><effectiveTime value="{stamp}"/>
          <value xsi:type="PQ" value="{result.value}" unit={unit}/>
          <interpretationCode code="{result.mark}" displayName="{_WORDS[result.mark]}" \
codeSystem="2.16.840.1.113883.5.83"/>
          <referenceRange typeCode="REFV"><observationRange classCode="OBS" moodCode="EVN.CRT">\
<value xsi:type="IVL_PQ">{bounds}</value></observationRange></referenceRange>
        </observation></entryRelationship>"""
