"""``run(arguments)``: one verb, one exit code. Every error becomes a sentence; none becomes a traceback."""

import argparse
import logging
import sys
from collections.abc import Callable
from pathlib import Path

from mssclient.cli.arguments import UsageError, read_arguments
from mssclient.cli.output import Output
from mssclient.cli.secrets import read_secrets
from mssclient.cli.session import Session, Told
from mssclient.model.errors import BugError, MssError, Problem
from mssclient.model.language import _

__all__ = ["run"]


def run(arguments: list[str]) -> int:
    """0 done, 1 in part, 2 usage, 3 the world is in the way, 4 refused, 5 our bug."""
    logging.getLogger().addHandler(logging.NullHandler())  # what is logged goes to the profile, never here
    output = Output("--json" in arguments)
    try:
        code = _run(arguments, output)
    except UsageError as error:
        if error.usage:
            output.note(error.usage.rstrip())
        output.document = {}
        remedy = _("«\u00a0mssclient --help\u00a0» montre comment appeler le programme.")
        output.fail(Problem(code="usage", sentence=error.sentence, remedy=remedy, exit_code=2))
        code = 2
    except Told as error:
        output.fail(error.problem)
        code = error.problem.exit_code
    except MssError as error:
        output.fail(error.problem)
        code = error.exit_code
    except (KeyboardInterrupt, BrokenPipeError):
        return 3
    except Exception as error:  # noqa: BLE001 - our bug: told and reported, without its text
        output.fail(_report(error, output.log_folder))
        code = 5
    try:
        output.finish()
    except BrokenPipeError:
        sys.stderr.close()
    return code


def _run(arguments: list[str], output: Output) -> int:
    options = read_arguments(arguments)
    if options.verb == "inspect":
        from mssclient.cli.verbs import files

        return files.inspect(options, output)
    if options.verb == "whitelist":
        from mssclient.cli.verbs import files

        return files.verify(options, output)
    secrets = read_secrets(options.secrets)
    verb = _verb(options)
    with Session(options.profile, demo=options.demo, secrets=secrets, output=output) as session:
        return verb(options, session, output)


def _verb(options: argparse.Namespace) -> Callable[[argparse.Namespace, Session, Output], int]:
    from mssclient.cli.verbs import accounts, changing, doctor, leaving, reading

    return {
        "account": accounts.account,
        "sync": accounts.sync,
        "folders": accounts.folders,
        "doctor": doctor.doctor,
        "list": reading.listing,
        "show": reading.show,
        "search": reading.search,
        "mark": changing.mark,
        "move": changing.move,
        "delete": changing.delete,
        "send": leaving.send,
        "outbox": leaving.outbox,
        "hprim": leaving.hprim,
    }[options.verb]


def _report(error: Exception, folder: Path | None) -> Problem:
    from mssclient.engine.logs import report_bug
    from mssclient.store.profile import Profile

    written = report_bug(folder or Profile.default().log_folder, error, "command line")
    return BugError(
        "internal",
        _("Une erreur du programme a empêché cette action\u202f; vos messages ne sont pas touchés."),
        _("Un rapport sans donnée de santé a été écrit\u00a0: {path}").format(path=written or "-"),
        type(error).__name__,
    ).problem
