"""``doctor``: the one-page diagnosis, what the référentiel asks for, and a text for the support desk."""

import os
from argparse import Namespace
from pathlib import Path
from typing import Any

from mssclient.cli.describing import check_json
from mssclient.cli.output import Output
from mssclient.cli.session import Session
from mssclient.model.diagnosis import Check, Requirement, area_title, state_title
from mssclient.model.errors import Problem, WorldError
from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.operators import OperatorView
from mssclient.model.questions import Diagnose, Diagnosis

__all__ = ["doctor", "tell_checks"]

_MARKS = {"ok": "✓", "warn": "!", "fail": "✗", "skip": "–"}


def doctor(options: Namespace, session: Session, output: Output) -> int:
    """0 when nothing failed, else 1; the first failure is told as the error."""
    names = {one.id: one.address for one in session.view.accounts()}
    account = session.account(options.account)
    question = Diagnose(account=account.id if account else None, requirements=options.requirements)
    told = session.ask(question, Diagnosis)
    if options.text is not None:
        _write(options.text, told.text)  # first: what went wrong here must be the error that is told
    output.document = {
        "checks": [check_json(one, names.get(one.account) if one.account else None) for one in told.checks],
        "support": [_support_json(one) for one in told.support],
    }
    if options.requirements:
        output.document["requirements"] = [_requirement_json(one) for one in told.requirements]
    code = 1 if tell_checks(list(told.checks), output, names) else 0
    for one in told.support:
        output.line()
        output.line(_("Assistance de {name}\u00a0:").format(name=one.name))
        output.text += [f"    {each}" for each in (one.phone, one.mail, one.help) if each]
    if options.requirements:
        output.line()
        output.text += _requirement_lines(told.requirements)
    if options.text is not None:
        output.document["text"] = str(options.text)
        output.line()
        output.line(_("Le texte pour l’assistance est écrit\u202f; il ne contient aucune donnée de santé."))
    return code


def tell_checks(checks: list[Check], output: Output, names: dict[AccountId, str] | None = None) -> int:
    """Write the lines; 0, or the exit code of the first failure, which becomes the problem told.

    ``names``: with headings, the address of each account.
    """
    here: tuple[str, str] | None = None
    for one in checks:
        place = (names or {}).get(one.account, "") if one.account is not None else "", area_title(one.area)
        if names is not None and place != here:
            output.line()
            output.line(" · ".join(filter(None, place)))
            here = place
        output.line(f"{_MARKS.get(one.state, ' ')} {one.sentence}")
        if one.remedy and one.state in ("warn", "fail"):
            output.line(f"    {one.remedy}")
    failed = [one for one in checks if one.state == "fail"]
    if not failed:
        return 0
    first = failed[0]
    output.fail(
        Problem(
            code=first.code or f"check-{first.check}",
            sentence=first.sentence,
            remedy=first.remedy,
            exit_code=first.exit_code,
        )
    )
    return first.exit_code


def _support_json(one: OperatorView) -> dict[str, str]:
    return {"operator": one.id, "name": one.name, "phone": one.phone, "mail": one.mail, "help": one.help}


def _requirement_json(one: Requirement) -> dict[str, Any]:
    return {"id": one.id, "title": one.title, "state": one.state, "sentence": one.sentence}


def _requirement_lines(requirements: tuple[Requirement, ...]) -> list[str]:
    return [f"{one.id} [{state_title(one.state)}] {one.title}. {one.sentence}" for one in requirements]


def _write(path: Path, text: str) -> None:
    """For its owner alone. Raises WorldError file-not-written."""
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
    except OSError as error:
        raise WorldError(
            "file-not-written",
            _("Le texte pour l’assistance n’a pas pu être écrit."),
            _("Vérifiez le chemin donné, ses droits et la place sur le disque."),
            type(error).__name__,
        ) from error
