"""``inspect`` and ``whitelist verify``: files of the disk, no profile, no network."""

import time
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from mssclient.cli.message import tell_message
from mssclient.cli.output import Output, iso
from mssclient.engine.child import Child, ChildFailed
from mssclient.mime.reading import Defect, Limits, read
from mssclient.mime.summary import body_html
from mssclient.model.documents import DocumentMatch
from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _
from mssclient.trust import whitelist
from mssclient.trust.verdict import judge
from mssclient.trust.whitelist import TrustList

__all__ = ["inspect", "verify"]

MESSAGE_LIMIT_OCTETS = 60_000_000
_DEADLINE_S = 1.6
"""From the start of the program to the child's last answer; what it had not finished is left out. Telling
what was found takes up to 0.4 s more, for 60 MB."""
_READ_S = 0.8
_LEAST_S = 0.25


def read_file(path: Path, limit_octets: int) -> bytes:
    """Raises WorldError file-not-read, file-too-big."""
    try:
        with path.open("rb") as file:
            data = file.read(limit_octets + 1)
    except OSError as error:
        raise WorldError(
            "file-not-read",
            _("Ce fichier n’a pas pu être lu."),
            _("Vérifiez son chemin et ses droits."),
            type(error).__name__,
        ) from error
    if len(data) > limit_octets:
        raise WorldError("file-too-big", _("Ce fichier est trop gros."), _("La limite est de 60\u00a0Mo."))
    return data


def inspect(options: Namespace, output: Output) -> int:
    began = time.monotonic() - time.process_time()  # starting cost time too
    child = Child(start_limit_s=_DEADLINE_S)
    child.begin()
    try:
        raw = read_file(options.file, MESSAGE_LIMIT_OCTETS)
        at = options.at or datetime.now(UTC)
        trust = _trust(options.whitelist, at, output)
        reading = read(raw, Limits(seconds=_READ_S))
        verdict = judge(reading, trust, options.account_domain, int(at.timestamp()))
        defects: list[Defect] = []
        matches: tuple[DocumentMatch, ...] = ()
        html: str | None = None

        def left_s() -> float:
            return max(_LEAST_S, began + _DEADLINE_S - time.monotonic())

        try:
            matches = child.recognise(raw, left_s() * 0.6)
        except ChildFailed as error:
            defects.append(Defect("documents-" + error.code, ""))
        if body_html(reading) is not None:
            try:
                compiled = child.compile_letter(raw, limit_s=left_s())
                html = compiled.html if compiled else None
            except ChildFailed as error:
                defects.append(Defect("html-" + error.code, ""))
        tell_message(output, raw, verdict, matches, html, reading=reading, more_defects=defects)
    finally:
        child.close()
    return output.problem.exit_code if output.problem else 0


def _trust(path: Path | None, at: datetime, output: Output) -> TrustList:
    """A list that is refused proves nothing; the message is read all the same, and the refusal told."""
    if path is None:
        return whitelist.shipped()
    try:
        return whitelist.verify(read_file(path, whitelist.MAX_OCTETS), whitelist.anchors(), at)
    except MssError as error:
        output.fail(error.problem)
        return whitelist.NO_LIST


def verify(options: Namespace, output: Output) -> int:
    """Exit 0 valid, 4 refused with the reason, 3 not readable."""
    data = read_file(options.file, whitelist.MAX_OCTETS)
    try:
        found = whitelist.verify(data, whitelist.anchors(), options.at or datetime.now(UTC))
    except MssError as error:
        output.document = {
            "valid": False,
            "generated": None,
            "domains": 0,
            "signer": None,
            "reason": error.sentence,
            "code": error.code,
        }
        output.fail(error.problem)
        return error.exit_code
    output.document = {
        "valid": True,
        "generated": iso(found.state.generated_utc),
        "domains": found.state.domains,
        "signer": found.signer,
        "reason": None,
    }
    output.line(
        _("Liste valide, du {date}\u00a0: {count} domaines, signée par {signer}.").format(
            date=iso(found.state.generated_utc), count=found.state.domains, signer=found.signer
        )
    )
    return 0
