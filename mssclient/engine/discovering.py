"""Looking for an operator's servers: the real outside, and what a person may see of profiles."""

from typing import TYPE_CHECKING

from mssclient.access.https import exchange
from mssclient.model.errors import Refused
from mssclient.model.language import _
from mssclient.model.operators import Discovery, OperatorView
from mssclient.model.questions import Discover, DiscoveryAnswer, OperatorsAnswer
from mssclient.operators.autoconfig.discovery import discover
from mssclient.operators.autoconfig.names import Names, Service
from mssclient.operators.autoconfig.page import body_of
from mssclient.operators.profiles import OperatorProfile, profile_named, profiles
from mssclient.operators.tls import client_context

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["Outside", "answer", "look", "operators"]

_PAGE_S = 8.0


class Outside:
    """The resolver of this computer, and pages over HTTPS. Any thread."""

    def __init__(self, ca_pem: str = "", names: Names | None = None) -> None:
        """``ca_pem``: the authority of the account, besides the computer's own."""
        self._names = names or Names()
        self._context = client_context(ca_pem, system=True)

    def services(self, service: str, domain: str) -> tuple[Service, ...]:
        return self._names.services(service, domain)

    def fetch(self, url: str, limit_octets: int) -> bytes | None:
        reply = exchange("GET", url, self._context, limit_octets=limit_octets, wait_s=_PAGE_S)
        return body_of(reply.status, reply.body)


def look(desk: "Desk", address: str, ticket: "Ticket", *, operator: str = "", ca_pem: str = "") -> Discovery:
    """Ask everywhere. Raises Refused address-malformed, certificate-anchor, demonstration-only."""
    if desk.profile.demo:
        raise Refused(
            "demonstration-only",
            _("Un profil de démonstration n’accepte que les boîtes aux lettres de la démonstration."),
            _("Ajoutez votre boîte aux lettres dans un profil ordinaire."),
        )
    return discover(
        address,
        Outside(ca_pem),
        operator=operator,
        own_profiles=desk.profile.operators_folder,
        asked=lambda done, total: ticket.progress(done, total, _("Recherche des serveurs")),
    )


def answer(desk: "Desk", question: Discover, ticket: "Ticket") -> DiscoveryAnswer:
    """Raises as :func:`look`."""
    found = look(desk, question.address, ticket, operator=question.operator, ca_pem=question.ca_pem)
    best = found.proposal or found.guess
    profile = profile_named(best.operator, desk.profile.operators_folder) if best else None
    return DiscoveryAnswer(discovery=found, operator=None if profile is None else view_of(profile))


def operators(desk: "Desk") -> OperatorsAnswer:
    return OperatorsAnswer(operators=tuple(view_of(each) for each in profiles(desk.profile.operators_folder)))


def view_of(profile: OperatorProfile) -> OperatorView:
    return OperatorView(
        id=profile.id,
        name=profile.name,
        authentications=profile.authentications,
        login=profile.login,
        phone=profile.support.phone,
        mail=profile.support.mail,
        help=profile.support.help,
        delegates=profile.support.delegates,
        terms=profile.terms,
        terms_text=profile.terms_text,
        password_page=profile.password.page,
        change_at_first_login=profile.password.change_at_first_login,
        attachment_limit_octets=profile.attachment_limit_octets,
        quota_octets=profile.quota_octets,
        remark=profile.remark,
    )
