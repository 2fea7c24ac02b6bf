"""Results of a laboratory report in CDA (CR-BIO, IHE PALM): observations as lines of a table."""

import re
from typing import Any

from mssclient.medical.markup import local, squeeze
from mssclient.medical.results import abnormality
from mssclient.model.documents import LabLine

__all__ = ["read_results"]

NS = "{urn:hl7-org:v3}"
_XSI_TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"
_OBSERVATION = "1.3.6.1.4.1.19376.1.3.1.6"
"""Laboratory Observation of IHE PALM."""
_MOST = 5000
_FLAGS = frozenset(("N", "L", "H", "LL", "HH", "A", "AA", "<", ">"))


def read_results(root: Any) -> tuple[LabLine, ...]:
    """Every laboratory observation in order, under the titles of its sections."""
    found: list[LabLine] = []
    labels: dict[str, str] | None = None
    pending: list[str] = []
    for element in root.iter(NS + "section", NS + "observation"):
        if local(element) == "section":
            title = squeeze(element.findtext(NS + "title"), 120)
            if title:
                # a chapter's title gives way to that of its first sub-chapter
                pending = [title]
            continue
        if not any(one.get("root") == _OBSERVATION for one in element.findall(NS + "templateId")):
            continue
        if labels is None:
            labels = _labels(root)
        line = _line(element, labels)
        if line is None:
            continue
        found.extend(LabLine(label=title, heading=True) for title in pending)
        pending = []
        found.append(line)
        if len(found) >= _MOST:
            break
    return tuple(found)


def _labels(root: Any) -> dict[str, str]:
    """What the narrative calls things: text by ID."""
    found: dict[str, str] = {}
    for text in root.iter(NS + "text"):
        for element in text.iter():
            name = element.get("ID")
            if name and len(found) < 20_000:
                found.setdefault(name, squeeze("".join(element.itertext()), 120))
    return found


def _line(element: Any, labels: dict[str, str]) -> LabLine | None:
    value = element.find(NS + "value")
    code = element.find(NS + "code")
    if value is None or code is None:
        return None
    shown, unit = _value(value)
    if not shown:
        return None
    low, high = _interval(element)
    flags = [one.get("code") or "" for one in element.findall(NS + "interpretationCode")]
    flag = next((one for one in flags if one in _FLAGS), "")
    status = element.find(NS + "statusCode")
    return LabLine(
        label=_label(code, labels),
        value=shown,
        unit=unit,
        low=low,
        high=high,
        abnormality=abnormality(flag, shown, low, high),
        comment="" if flag or not flags else flags[0],
        status="" if status is None else squeeze(status.get("code"), 20),
    )


def _label(code: Any, labels: dict[str, str]) -> str:
    """The word of the narrative, else the name of the code without LOINC's axes."""
    reference = code.find(f"{NS}originalText/{NS}reference")
    if reference is not None and (word := labels.get((reference.get("value") or "").lstrip("#"))):
        return word
    original = squeeze(code.findtext(NS + "originalText"), 120)
    name = squeeze(code.get("displayName"), 200)
    return original or re.split(r" \[|\s;", name)[0] or squeeze(code.get("code"), 40)


def _value(value: Any) -> tuple[str, str]:
    kind = (value.get(_XSI_TYPE) or "").rpartition(":")[2]
    if kind in ("PQ", "REAL", "INT"):
        return squeeze(value.get("value"), 60), squeeze(value.get("unit"), 30)
    if kind in ("CD", "CE", "CO"):
        return squeeze(value.get("displayName") or value.get("code"), 120), ""
    if kind == "IVL_PQ":
        low, high = value.find(NS + "low"), value.find(NS + "high")
        if low is not None and low.get("value"):
            return ("> " if high is None else "") + squeeze(low.get("value"), 60), squeeze(
                low.get("unit"), 30
            )
        if high is not None and high.get("value"):
            return "< " + squeeze(high.get("value"), 60), squeeze(high.get("unit"), 30)
        return "", ""
    if kind in ("ST", "ED", ""):
        return squeeze(value.text, 200), ""
    return squeeze(value.get("value") or value.text, 60), ""


def _interval(element: Any) -> tuple[str, str]:
    for found in element.findall(f"{NS}referenceRange/{NS}observationRange"):
        value = found.find(NS + "value")
        if value is None:
            continue
        low, high = value.find(NS + "low"), value.find(NS + "high")
        bounds = tuple("" if one is None else squeeze(one.get("value"), 30) for one in (low, high))
        if any(bounds):
            return bounds[0], bounds[1]
    return "", ""
