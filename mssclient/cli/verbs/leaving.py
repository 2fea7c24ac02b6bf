"""``send``, ``outbox``, ``hprim``: what leaves."""

from argparse import Namespace
from typing import Any

from mssclient.cli.describing import delivered_json, problem_json
from mssclient.cli.output import Output, iso, table
from mssclient.cli.session import Session, Told
from mssclient.cli.verbs.files import read_file
from mssclient.mime.envelope import read_headers_only
from mssclient.mime.summary import people
from mssclient.model.accounts import Account
from mssclient.model.drafts import OutboxItem
from mssclient.model.errors import Problem, Refused
from mssclient.model.language import _, ngettext
from mssclient.model.questions import Delivered, DeliveryReport, SyncReport
from mssclient.model.wants import DeliverHprim, Settle, Submit, Sync

__all__ = ["hprim", "outbox", "send"]

_SEND_WAIT_S = 660.0
_FILE_WAIT_S = 20.0


def send(options: Namespace, session: Session, output: Output) -> int:
    raw = read_file(options.file, 60_000_000)
    account = session.account(options.account) or _sender(raw, session)
    want_id = session.post(Submit(account=account.id, raw=raw))
    if not options.no_wait:
        _push(session, account, output)
        session.wait_until(
            lambda: _item(session, want_id).state not in ("waiting", "doing"), _wait_s(session)
        )
        session.wait_until(
            lambda: _filed_or_over(session, want_id), 0.0 if session.own_engine else _FILE_WAIT_S
        )
    item = _item(session, want_id)
    state = _state_of(item)
    output.document = {
        "id": want_id,
        "message_id": item.rfc_message_id,
        "state": state,
        "queue_id": item.queue_id or None,
        "filed": item.filed,
        "refused": [
            {"address": one.address, "code": one.code, "sentence": one.sentence} for one in item.refused
        ],
    }
    return _tell_sending(item, state, options, output)


def _wait_s(session: Session) -> float:
    return 0.0 if session.own_engine else _SEND_WAIT_S


def _push(session: Session, account: Account, output: Output) -> None:
    """In this process nobody carries wants out by itself: one turn does."""
    if not session.own_engine:
        return
    try:
        session.do(Sync(account=account.id, headers_only=True))
    except Told as error:
        output.fail(error.problem)


def _sender(raw: bytes, session: Session) -> Account:
    """The BAL that the From header names, else the only one."""
    named = {person.address.casefold() for person in people(read_headers_only(raw), "from")}
    accounts = session.view.accounts()
    for account in accounts:
        if account.address.casefold() in named:
            return account
    if len(accounts) == 1 and not named:
        return accounts[0]
    raise Refused(
        "account-unknown",
        _("L’expéditeur de ce message n’est pas une boîte aux lettres de ce profil."),
        _("Corrigez le champ De, ou choisissez la boîte aux lettres par --account."),
    )


def _item(session: Session, want_id: str) -> OutboxItem:
    for item in session.view.outbox(all=True):
        if item.want == want_id:
            return item
    raise Refused(
        "want-unknown",
        _("Cet envoi n’est plus dans le journal."),
        _("«\u00a0mssclient outbox\u00a0» montre les envois connus."),
    )


def _filed_or_over(session: Session, want_id: str) -> bool:
    item = _item(session, want_id)
    return item.filed or item.state != "done"


def _state_of(item: OutboxItem) -> str:
    match item.state:
        case "done":
            return "submitted"
        case "uncertain":
            return "uncertain"
        case "parked" | "undone":
            return "refused"
        case _:
            return "prepared"


def _tell_sending(item: OutboxItem, state: str, options: Namespace, output: Output) -> int:
    sentences = {
        "submitted": _("Le message est parti."),
        "uncertain": _("On ne sait pas si le message est parti\u00a0: voyez «\u00a0mssclient outbox\u00a0»."),
        "refused": _("Le message a été refusé\u00a0: il n’est pas parti."),
        "prepared": _("Le message attend de partir."),
    }
    output.line(sentences[state])
    if state == "submitted":
        output.problem = None
        return 0
    if state == "prepared" and options.no_wait:
        return 0
    problem = item.problem or output.problem
    if problem is None:
        problem = Problem(
            code="send-waiting",
            sentence=sentences[state],
            remedy=_("«\u00a0mssclient sync\u00a0» essaie à nouveau."),
            exit_code=3,
        )
    output.problem = problem
    return {"uncertain": 1, "refused": 4}.get(state, 3)


def outbox(options: Namespace, session: Session, output: Output) -> int:
    if options.action == "settle":
        items = session.view.outbox(all=True)
        target = next((one for one in items if options.id in (one.want, one.rfc_message_id)), None)
        if target is None:
            raise Refused(
                "want-unknown",
                _("Aucun envoi n’a cet identifiant."),
                _("«\u00a0mssclient outbox\u00a0» montre les envois connus."),
            )
        session.do(Settle(target=target.want, outcome=options.outcome))
        if options.outcome == "sent" and session.own_engine:
            _push(session, next(one for one in session.view.accounts() if one.id == target.account), output)
            output.problem = None  # the copy in Sent is filed by the next turn that reaches the server
    items = session.view.outbox()
    output.document = {"messages": [_item_json(one) for one in items]}
    if not items:
        output.line(_("Aucun message n’attend de partir."))
        return 0
    rows = [
        (one.want, _state_of(one), one.phase, iso(one.since_utc) or "", str(len(one.recipients)), one.subject)
        for one in items
    ]
    output.text += table(
        (_("ID"), _("ÉTAT"), _("PHASE"), _("DEPUIS"), _("DESTINATAIRES"), _("OBJET")), rows, most=40
    )
    return 0


def _item_json(item: OutboxItem) -> dict[str, Any]:
    return {
        "id": item.want,
        "message_id": item.rfc_message_id,
        "subject": item.subject,
        "state": _state_of(item),
        "phase": item.phase,
        "since": iso(item.since_utc),
        "recipients": list(item.recipients),
        "error": problem_json(item.problem),
    }


def hprim(options: Namespace, session: Session, output: Output) -> int:
    folders = session.folders(options.folder, None) if options.folder else []
    behind = _fetch_news(session, output)
    delivered: list[Delivered] = []
    skipped: list[Delivered] = []
    failed: list[Delivered] = []
    for folder in folders or [None]:
        report = session.do(
            DeliverHprim(
                directory=str(options.to.absolute()),
                folder=folder.id if folder else None,
                dry_run=options.dry_run,
                again=options.again,
            ),
            DeliveryReport,
        )
        delivered += report.delivered
        skipped += report.skipped
        failed += report.failed
    output.document = {
        "delivered": [delivered_json(one) for one in delivered],
        "skipped": [delivered_json(one) for one in skipped],
        "failed": [delivered_json(one) for one in failed],
        "dry_run": options.dry_run,
    }
    _tell_delivery(delivered, skipped, failed, output)
    if failed:
        output.problem = Problem(
            code=failed[0].code or "write-failed",
            sentence=ngettext(
                "{count} fichier n’a pas été déposé.", "{count} fichiers n’ont pas été déposés.", len(failed)
            ).format(count=len(failed)),
            remedy=_("Voyez la raison de chacun, puis recommencez."),
            exit_code=1,
        )
    return 1 if failed or behind else 0


def _fetch_news(session: Session, output: Output) -> bool:
    """What came since the last turn, when no window fetches it. True when a BAL could not be reached."""
    if not session.own_engine or session.demo or not session.view.accounts():
        return False
    report = session.do(Sync(), SyncReport)
    for problem in report.problems.values():
        output.fail(problem)
    return bool(report.problems)


def _tell_delivery(
    delivered: list[Delivered], skipped: list[Delivered], failed: list[Delivered], output: Output
) -> None:
    for one in delivered:
        output.line(one.file)
    for one in failed:
        output.line(_("Échec (message {id})\u00a0: {reason}").format(id=one.message, reason=one.reason))
    output.line(
        _("{delivered} déposés, {skipped} laissés, {failed} en échec.").format(
            delivered=len(delivered), skipped=len(skipped), failed=len(failed)
        )
    )
