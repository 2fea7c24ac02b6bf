"""What each place said, in words for « Détails »."""

from concurrent.futures import Future

from mssclient.model.errors import MssError, Problem
from mssclient.model.language import _
from mssclient.model.operators import DiscoveryStep
from mssclient.operators.autoconfig.hosts import is_inside
from mssclient.operators.autoconfig.names import Service
from mssclient.operators.autoconfig.page import Page, read_page
from mssclient.operators.profiles import OperatorProfile

__all__ = ["page_step", "problem_of", "profile_step", "srv_step"]

_TRUST = ("certificate-untrusted", "certificate-impostor", "certificate-name", "certificate-expired")
_NO_NAMES = {"dns-timeout", "dns-failed", "timeout"}
_NO_HOSTS = {"host-unknown", "host-unreachable", "timeout", "connection-lost"}


def srv_step(
    name: str,
    domain: str,
    future: "Future[tuple[Service, ...]]",
    steps: list[DiscoveryStep],
    *,
    everything: bool = False,
) -> Service | None:
    """``everything``: this network's name server also answers for names that nobody has."""
    what = f"{name}._tcp.{domain}"
    try:
        targets = future.result()
    except MssError as error:
        steps.append(
            DiscoveryStep(kind="srv", what=what, state="failed", sentence=error.sentence, code=error.code)
        )
        return None
    usable = [each for each in targets if each.host and 0 < each.port < 65536]
    if not usable:
        offered = bool(targets)
        sentence = _("Le domaine dit ne pas offrir ce service.") if offered else _("Aucun enregistrement.")
        steps.append(DiscoveryStep(kind="srv", what=what, state="nothing", sentence=sentence))
        return None
    if everything:
        words = _("Réponse écartée\u00a0: ce réseau répond la même chose pour n’importe quel nom.")
        steps.append(
            DiscoveryStep(
                kind="srv", what=what, state="refused", sentence=words, code="dns-answers-everything"
            )
        )
        return None
    best = usable[0]
    words = _("Serveur indiqué\u00a0: {host}, port {port}.").format(host=best.host, port=best.port)
    if not is_inside(best.host, domain):
        words += " " + _("Il est hors du domaine de l’adresse\u00a0: votre accord sera demandé.")
    steps.append(DiscoveryStep(kind="srv", what=what, state="found", sentence=words))
    return best


def page_step(
    url: str, future: "Future[bytes | None]", address: str, steps: list[DiscoveryStep]
) -> Page | None:
    try:
        data = future.result()
        page = read_page(data, address) if data is not None else None
    except MssError as error:
        steps.append(_failed_page(url, error))
        return None
    if page is None:
        words = _("Pas de page de configuration à cette adresse.")
        steps.append(DiscoveryStep(kind="page", what=url, state="nothing", sentence=words))
    elif page.clear_only:
        words = _("La page ne propose que des liaisons non chiffrées\u00a0: elles sont refusées.")
        steps.append(
            DiscoveryStep(kind="page", what=url, state="refused", sentence=words, code="starttls-missing")
        )
    elif page.imap and page.smtp:
        words = _("Serveurs indiqués\u00a0: {imap} et {smtp}.").format(
            imap=page.imap.host, smtp=page.smtp.host
        )
        steps.append(DiscoveryStep(kind="page", what=url, state="found", sentence=words))
        return page
    else:
        words = _("La page n’indique pas les deux serveurs.")
        steps.append(DiscoveryStep(kind="page", what=url, state="nothing", sentence=words))
    return None


def _failed_page(url: str, error: MssError) -> DiscoveryStep:
    sentence, code = error.sentence, error.code
    if code in _TRUST:
        sentence += " " + _("Le réseau demande peut-être de s’identifier dans le navigateur.")
    elif code == "protocol-nonsense" and "too long" in error.detail:
        code = "autoconfig-too-long"
        sentence = _("La page de configuration est beaucoup trop longue\u00a0: elle n’a pas été lue.")
    state = "failed"
    if code in ("host-unknown", "host-unreachable"):  # most operators have no such host
        state = "nothing"
    elif code == "autoconfig-moved":
        state = "refused"
    return DiscoveryStep(kind="page", what=url, state=state, sentence=sentence, code=code)


def profile_step(profile: OperatorProfile | None) -> DiscoveryStep:
    if profile is None:
        words = _("Aucune fiche d’opérateur ne correspond à ce domaine.")
        return DiscoveryStep(kind="profile", what="", state="nothing", sentence=words)
    words = _("Opérateur reconnu\u00a0: {name}.").format(name=profile.name)
    return DiscoveryStep(kind="profile", what=profile.id, state="found", sentence=words)


def problem_of(steps: list[DiscoveryStep]) -> Problem | None:
    """The one reason why nothing was found, when there is one that a person can do something about."""
    names = {each.code for each in steps if each.kind == "srv"}
    pages = {each.code for each in steps if each.kind == "page"}
    if names == {"domain-unknown"}:
        return Problem(
            code="domain-unknown",
            sentence=_("Le domaine de cette adresse n’existe pas."),
            remedy=_("Vérifiez ce qui suit l’arobase (@) dans l’adresse."),
        )
    if names <= _NO_NAMES and pages <= _NO_HOSTS:
        return Problem(
            code="no-network",
            sentence=_("Rien ne répond\u00a0: cet ordinateur semble ne pas avoir accès à Internet."),
            remedy=_("Vérifiez le câble ou le Wi-Fi, puis réessayez."),
        )
    if pages <= {"autoconfig-html", *_TRUST} or "dns-answers-everything" in names:
        return Problem(
            code="captive-portal",
            sentence=_("Ce réseau semble répondre à la place de l’opérateur."),
            remedy=_("Ouvrez le navigateur pour vous identifier sur ce réseau, puis réessayez."),
        )
    if names <= _NO_NAMES:
        return Problem(
            code="dns-failed",
            sentence=_("Le service de noms (DNS) ne répond pas pour ce domaine."),
            remedy=_("Réessayez dans quelques minutes\u202f; sinon, saisissez les noms des serveurs."),
        )
    return None
