"""``mark``, ``move``, ``delete``: wants, written down, and with ``--wait`` carried out."""

from argparse import Namespace

from mssclient.cli.arguments import UsageError
from mssclient.cli.output import Output
from mssclient.cli.session import Session, Told
from mssclient.cli.verbs.reading import placement_of
from mssclient.model.accounts import TAGS
from mssclient.model.errors import Problem, Refused
from mssclient.model.language import _
from mssclient.model.wants import ANY_WANT, STATES, Delete, MarkFlags, Move, Sync, WantView

__all__ = ["delete", "mark", "move"]

_WAIT_S = 120.0
_FLAGS = ("seen", "answered", "flagged", "draft", "deleted")


def mark(options: Namespace, session: Session, output: Output) -> int:
    if not options.add and not options.remove:
        raise UsageError(_("Indiquez au moins --add ou --remove."))
    want = MarkFlags(
        placements=tuple(placement_of(one) for one in options.ids),
        add=tuple(_flag(one) for one in options.add),
        remove=tuple(_flag(one) for one in options.remove),
    )
    return _carry(want, options, session, output)


def _flag(name: str) -> str:
    """A flag in any case, with or without backslash; a tag by its keyword or its French label."""
    plain = name.removeprefix("\\")
    if plain.casefold() in _FLAGS:
        return plain.casefold()
    for tag in TAGS:
        if plain.casefold() in (tag.keyword.casefold(), tag.label.casefold()):
            return tag.keyword
    if not plain or not plain.isascii() or any(char in '(){%*"\\] ' or char < "!" for char in plain):
        raise UsageError(_("«\u00a0{name}\u00a0» n’est pas une étiquette possible.").format(name=name))
    return plain


def move(options: Namespace, session: Session, output: Output) -> int:
    placements = tuple(placement_of(one) for one in options.ids)
    rows = session.view.rows_of(placements)
    accounts = {row.account for row in rows}
    if len(accounts) > 1:
        raise UsageError(_("Ces messages sont dans plusieurs boîtes aux lettres."))
    account = next((one for one in session.view.accounts() if one.id in accounts), None)
    folder = session.folders(options.to, account)[0]
    return _carry(Move(placements=placements, folder=folder.id), options, session, output)


def delete(options: Namespace, session: Session, output: Output) -> int:
    return _carry(
        Delete(placements=tuple(placement_of(one) for one in options.ids)), options, session, output
    )


def _carry(want: ANY_WANT, options: Namespace, session: Session, output: Output) -> int:
    want_id = session.post(want)
    if options.wait:
        _wait(session, want_id, output)
    wants = _wants(session, want_id)
    output.document = {"wants": [{"id": one.id, "kind": one.kind, "state": one.state} for one in wants]}
    for one in wants:
        output.line(f"{one.describe}\u00a0: {_state_words()[one.state]}")
        if one.state == "parked":
            output.fail(Problem(code=one.problem_code, sentence=one.sentence, remedy=one.remedy, exit_code=4))
    if output.problem is None:
        if options.wait and any(one.state != "done" for one in wants):
            output.fail(
                Refused(
                    "still-waiting",
                    _("Le serveur ne l’a pas encore fait\u00a0: l’action reste en attente."),
                    _("«\u00a0mssclient sync\u00a0» essaie à nouveau."),
                ).problem
            )
            return 3
        return 0
    return output.problem.exit_code


def _wants(session: Session, want_id: str) -> list[WantView]:
    """The entries of one want, one for each BAL."""
    return [one for one in session.view.wants(STATES) if one.id.partition(".")[0] == want_id]


def _wait(session: Session, want_id: str, output: Output) -> None:
    if session.own_engine:
        try:  # nobody else pushes wants: one turn does
            session.do(Sync(headers_only=True))
        except Told as error:
            output.fail(error.problem)
    session.wait_until(
        lambda: all(one.state not in ("waiting", "doing") for one in _wants(session, want_id)),
        0.0 if session.own_engine else _WAIT_S,
    )


def _state_words() -> dict[str, str]:
    return {
        "waiting": _("en attente"),
        "doing": _("en cours"),
        "done": _("fait"),
        "undone": _("annulé"),
        "parked": _("refusé"),
        "uncertain": _("incertain"),
    }
