"""Records as the JSON of the command line: keys are a contract."""

from typing import Any

from mssclient.cli.output import iso, patient_json
from mssclient.model.accounts import Account, Endpoint, Folder
from mssclient.model.documents import DocumentMatch
from mssclient.model.errors import Problem
from mssclient.model.messages import Person, Row
from mssclient.model.questions import Check, Delivered
from mssclient.model.verdicts import Verdict

__all__ = [
    "account_json",
    "check_json",
    "delivered_json",
    "document_json",
    "folder_json",
    "person_json",
    "row_json",
    "verdict_json",
]


def person_json(person: Person) -> dict[str, str]:
    return {"address": person.address, "name": person.name}


def endpoint_json(endpoint: Endpoint) -> dict[str, str | int]:
    return {"host": endpoint.host, "port": endpoint.port, "security": endpoint.security}


def account_json(account: Account) -> dict[str, Any]:
    """``account`` is what ``--account`` takes: the address, unique in a profile and the same for ever."""
    return {
        "account": account.address,
        "address": account.address,
        "name": account.name,
        "kind": account.kind,
        "login": account.login,
        "imap": endpoint_json(account.imap),
        "smtp": endpoint_json(account.smtp),
        "auth": account.auth,
        "mssante": account.mssante,
        "operator": account.operator or None,
        "capabilities": list(account.capabilities),
    }


def folder_json(folder: Folder, address: str) -> dict[str, Any]:
    return {
        "account": address,
        "folder": folder.path,
        "name": folder.name,
        "role": folder.role or None,
        "messages": folder.messages,
        "unread": folder.unread,
        "octets": folder.octets,
        "rights": folder.rights,
        "selectable": folder.selectable,
    }


def row_json(row: Row, account: str, folder: str, to: tuple[Person, ...], sender: Person) -> dict[str, Any]:
    return {
        "id": str(row.id),
        "account": account,
        "folder": folder,
        "date": iso(row.date_utc),
        "from": person_json(sender),
        "to": [person_json(person) for person in to],
        "subject": row.subject,
        "flags": list(row.flags),
        "tags": list(row.keywords),
        "verdict": row.level,
        "document": row.document or None,
        "octets": row.octets,
        "attachments": row.attachments,
        "abnormal": row.abnormal,
        "pending": row.pending,
    }


def verdict_json(verdict: Verdict) -> dict[str, Any]:
    return {
        "level": verdict.level,
        "reasons": [
            {"rule": reason.rule, "sentence": reason.sentence, "good": reason.good}
            for reason in verdict.reasons
        ],
        "trust_list": {
            "origin": verdict.trust_list.origin,
            "generated": iso(verdict.trust_list.generated_utc),
            "domains": verdict.trust_list.domains,
            "expired": verdict.trust_list.expired,
        },
    }


def document_json(match: DocumentMatch) -> dict[str, Any]:
    return {
        "kind": match.kind,
        "part": match.part,
        "entry": match.entry or None,
        "evidence": list(match.evidence),
        "patients": [patient_json(patient) for patient in match.patients],
        "title": match.title,
        "author": match.author,
        "date": match.date,
        "results": match.results,
        "abnormal": match.abnormal,
        "fragment": match.fragment,
    }


def delivered_json(one: Delivered) -> dict[str, Any]:
    told: dict[str, Any] = {
        "message": str(one.message),
        "part": one.part,
        "kind": one.kind,
        "file": one.file or None,
        "sha256": one.sha256 or None,
        "patients": [patient_json(patient) for patient in one.patients],
        "from": one.sender,
        "correction": one.correction,
    }
    if one.code:
        told["code"] = one.code
        told["reason"] = one.reason
    return told


def check_json(check: Check, account: str | None) -> dict[str, Any]:
    return {
        "area": check.area,
        "check": check.check,
        "state": check.state,
        "sentence": check.sentence,
        "remedy": check.remedy,
        "account": account,
        "code": check.code,
        "detail": check.detail,
    }


def problem_json(problem: Problem | None) -> dict[str, str] | None:
    from mssclient.cli.output import error_json

    return None if problem is None else error_json(problem)
