"""Questions: answered on a crew's thread with a view of its own; nothing is changed."""

from typing import TYPE_CHECKING

from mssclient.engine import (
    attachments,
    bals,
    diagnosis,
    drafts,
    gettingin,
    notifying,
    passwords,
    reading,
    settings,
)
from mssclient.engine.announcing import can_announce
from mssclient.engine.tickets import Ticket
from mssclient.model.questions import (
    ANY_ANSWER,
    ANY_QUESTION,
    CompleteAddress,
    Completions,
    Diagnose,
    Discover,
    NewDraft,
    OpenAttachment,
    OutboxAnswer,
    ReadBals,
    ReadCards,
    ReadCertificates,
    ReadDraft,
    ReadMessage,
    ReadNotification,
    ReadOperators,
    ReadOutbox,
    ReadPasswordRules,
    ReadRaw,
    ReadSettings,
    ReadState,
    Routes,
    RoutesAnswer,
    SaveAttachments,
    Search,
    SearchAnswer,
    StateAnswer,
)
from mssclient.trust.routes import route, worst

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["answer"]


def answer(desk: "Desk", question: ANY_QUESTION, ticket: Ticket) -> ANY_ANSWER:
    """Raises MssError; what is cancelled raises WorldError("cancelled")."""
    match question:
        case ReadMessage():
            return reading.read_message(desk, question, ticket)
        case ReadRaw():
            return reading.read_raw(desk, question, ticket)
        case Search():
            return _search(desk, question, ticket)
        case NewDraft():
            return drafts.new_draft(desk, question, ticket)
        case ReadDraft():
            return drafts.read_draft(desk, question, ticket)
        case ReadOutbox():
            with desk.reading() as view:
                return OutboxAnswer(items=tuple(view.outbox(all=question.all)))
        case Routes():
            return _routes(desk, question)
        case CompleteAddress():
            return _complete(desk, question)
        case OpenAttachment():
            return attachments.open_attachment(desk, question, ticket)
        case SaveAttachments():
            return attachments.save_attachments(desk, question, ticket)
        case Diagnose():
            return diagnosis.diagnose(desk, question, ticket)
        case ReadState():
            return _state(desk)
        case ReadSettings():
            return settings.read(desk)
        case Discover():
            return gettingin.discovering.answer(desk, question, ticket)
        case ReadCards():
            return desk.engine.cards.read()
        case ReadCertificates():
            return gettingin.tokenlogin.read(desk, question)
        case ReadOperators():
            return gettingin.discovering.operators(desk)
        case ReadBals():
            return bals.read(desk, question, ticket)
        case ReadNotification():
            return notifying.read(desk, question)
        case ReadPasswordRules():
            return passwords.how(desk, question, ticket)


def _search(desk: "Desk", question: Search, ticket: Ticket) -> SearchAnswer:
    with desk.reading() as view:
        ticket.interruptible(view.interrupt)
        try:
            ticket.check()
            return view.search(question.query, question.limit, question.account, question.folder)
        finally:
            ticket.interruptible(None)


def _routes(desk: "Desk", question: Routes) -> RoutesAnswer:
    trust = desk.trust
    routes = tuple(route(address, trust) for address in question.addresses)
    level, sentence = worst(routes)
    return RoutesAnswer(routes=routes, level=level, sentence=sentence)


def _complete(desk: "Desk", question: CompleteAddress) -> Completions:
    with desk.reading() as view:
        people = tuple(view.correspondents(question.prefix, question.limit))
    return Completions(people=people, levels=tuple(route(one.address, desk.trust).level for one in people))


def _state(desk: "Desk") -> StateAnswer:
    with desk.reading() as view:
        accounts = view.accounts()
        quotas = {int(account.id): view.quota(account.id) for account in accounts}
        return StateAnswer(
            accounts=tuple(accounts),
            folders=tuple(view.folders()),
            states=tuple(desk.states.values()),
            quotas={account: quota for account, quota in quotas.items() if quota is not None},
            trust_list=desk.trust.state,
            demo=desk.profile.demo,
            can_announce=can_announce(desk),
        )
