"""IHE_XDM.zip archives (IHE ITI-32): INDEX.HTM, README.TXT, METADATA.XML and the documents of one patient."""

import hashlib
import io
import zipfile
from collections.abc import Sequence
from datetime import datetime
from xml.sax.saxutils import escape

from mssclient.demo.corpus.cda import TEST_INS, Clinical

__all__ = ["archive", "zip_of"]

_ENTRY = "urn:uuid:7edca82f-054d-47f2-a032-9b2a5b5186c1"
_SET = "urn:uuid:a54d6aa5-d40d-43f9-88c5-b4633d873bdd"
_SET_PATIENT = "urn:uuid:6b5aea1a-874d-4603-a4bc-96a0a7b38446"
_SET_UNIQUE = "urn:uuid:96fdda7c-d067-4183-912e-bf5ee74998a8"
_ENTRY_PATIENT = "urn:uuid:58a6f841-87b3-4a3e-92fd-a8ffeff98427"
_ENTRY_UNIQUE = "urn:uuid:2e82c1f6-a085-4c72-9da3-8640a32e42ab"


def zip_of(files: Sequence[tuple[str, bytes]], moment: datetime) -> bytes:
    """A zip whose bytes depend on its files and the moment only."""
    out = io.BytesIO()
    stamp = (moment.year, moment.month, moment.day, moment.hour, moment.minute, moment.second // 2 * 2)
    with zipfile.ZipFile(out, "w") as file:
        for name, data in files:
            entry = zipfile.ZipInfo(name, stamp)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.create_system = 0
            file.writestr(entry, data)
    return out.getvalue()


def archive(documents: Sequence[Clinical]) -> bytes:
    """The archive of some CDA of one patient."""
    moment = documents[0].moment
    files = [(f"IHE_XDM/SUBSET01/DOC{n:04d}.XML", d.xml) for n, d in enumerate(documents, 1)]
    links = "".join(
        f'<li><a href="{name}">{escape(d.title)}</a></li>'
        for (name, _), d in zip(files, documents, strict=True)
    )
    index = (
        '<?xml version="1.0" encoding="UTF-8"?>\n<html xmlns="http://www.w3.org/1999/xhtml"><head>'
        f"<title>Index</title></head><body><h1>{escape(documents[0].author.name)}</h1><ul>{links}</ul></body></html>\n"
    )
    readme = f"Documents de sante\r\nEmetteur : {documents[0].author.name}\r\n"
    return zip_of(
        [
            ("INDEX.HTM", index.encode("utf-8")),
            ("README.TXT", readme.encode("cp1252", "replace")),
            ("IHE_XDM/SUBSET01/METADATA.XML", _metadata(documents).encode("utf-8")),
            *files,
        ],
        moment,
    )


def _slot(name: str, *values: str) -> str:
    listed = "".join(f"<Value>{escape(v)}</Value>" for v in values)
    return f'<Slot name="{name}"><ValueList>{listed}</ValueList></Slot>'


def _classification(owner: str, name: str, scheme: str, code: str) -> str:
    return (
        f'<Classification id="{owner}-{name}" classificationScheme="{scheme}" '
        f'classifiedObject="{owner}" nodeRepresentation="{code}"/>'
    )


def _external(scheme: str, owner: str, value: str, name: str) -> str:
    return (
        f'<ExternalIdentifier id="{owner}-{name.rpartition(".")[2]}" registryObject="{owner}" '
        f'identificationScheme="{scheme}" value="{escape(value)}">'
        f'<Name><LocalizedString value="{name}"/></Name></ExternalIdentifier>'
    )


def _metadata(documents: Sequence[Clinical]) -> str:
    first = documents[0]
    patient = f"{first.patient.ins}^^^&{TEST_INS}&ISO^NH"
    objects = [_entry(n, d, patient) for n, d in enumerate(documents, 1)]
    owner = "SubmissionSet01"
    objects.append(
        f'<RegistryPackage id="{owner}">'
        + _slot("submissionTime", f"{first.moment:%Y%m%d%H%M%S}")
        + f'<Name><LocalizedString value="{escape(first.title)}"/></Name>'
        + _external(_SET_PATIENT, owner, patient, "XDSSubmissionSet.patientId")
        + _external(_SET_UNIQUE, owner, first.unique_id + ".9", "XDSSubmissionSet.uniqueId")
        + "</RegistryPackage>"
    )
    objects.append(
        f'<Classification id="cl-set" classifiedObject="SubmissionSet01" classificationNode="{_SET}"/>'
    )
    for number, document in enumerate(documents, 1):
        objects.append(
            f'<Association id="as{number:02d}" '
            'associationType="urn:oasis:names:tc:ebxml-regrep:AssociationType:HasMember" '
            f'sourceObject="SubmissionSet01" targetObject="Document{number:02d}"/>'
        )
        if document.replaces:
            objects.append(
                f'<Association id="rp{number:02d}" associationType="urn:ihe:iti:2007:AssociationType:RPLC" '
                f'sourceObject="Document{number:02d}" targetObject="{document.replaces}"/>'
            )
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<lcm:SubmitObjectsRequest xmlns:lcm="urn:oasis:names:tc:ebxml-regrep:xsd:lcm:3.0" '
        'xmlns="urn:oasis:names:tc:ebxml-regrep:xsd:rim:3.0"><RegistryObjectList>\n'
        + "\n".join(objects)
        + "\n</RegistryObjectList></lcm:SubmitObjectsRequest>\n"
    )


def _entry(number: int, document: Clinical, patient: str) -> str:
    owner = f"Document{number:02d}"
    who = document.patient
    return (
        f'<ExtrinsicObject id="{owner}" mimeType="text/xml" objectType="{_ENTRY}">'
        + _slot("creationTime", f"{document.moment:%Y%m%d%H%M%S}")
        + _slot("hash", hashlib.sha1(document.xml, usedforsecurity=False).hexdigest())
        + _slot("size", str(len(document.xml)))
        + _slot("languageCode", "fr-FR")
        + _slot("URI", f"DOC{number:04d}.XML")
        + _slot("sourcePatientId", patient)
        + _slot(
            "sourcePatientInfo",
            f"PID-5|{who.family}^{who.given}^^^^^L",
            f"PID-7|{who.birth:%Y%m%d}",
            f"PID-8|{who.sex}",
        )
        + f'<Name><LocalizedString value="{escape(document.title)}"/></Name>'
        + _classification(
            owner, "format", "urn:uuid:a09d5840-386c-46f2-b5ad-9c3699a4309d", document.format_code
        )
        + _classification(owner, "type", "urn:uuid:f0306f51-975f-434e-a61c-c59651d33983", document.code)
        + _external(_ENTRY_PATIENT, owner, patient, "XDSDocumentEntry.patientId")
        + _external(_ENTRY_UNIQUE, owner, document.unique_id, "XDSDocumentEntry.uniqueId")
        + "</ExtrinsicObject>"
    )
