"""ManageSieve (RFC 5804): reached, opened by the account's own credential, and what its filters can do."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import msgspec

from mssclient.access.credential import Credential
from mssclient.access.open import open_sieve
from mssclient.access.refusals import LOGIN_REFUSALS, is_about_login
from mssclient.access.sieve import ManageSieve, SieveCapabilities
from mssclient.engine.diagnosis import accounts
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.servers import BY_CARD, Server, open_secured
from mssclient.engine.diagnosis.world import World
from mssclient.mail.checking import of_service
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["check"]

_WANTED = ("fileinto", "vacation")


def check(
    desk: "Desk", account: Account, endpoint: Endpoint | None, world: World, told: Sequence[Check] = ()
) -> Iterator[Check]:
    """``told``: what was found at the account's other servers. What they refused is not shown here too."""
    lines = Lines("sieve", account)
    if endpoint is None:
        yield lines.skip(
            "connection", _("Aucun serveur de filtres (ManageSieve) n’est connu pour cette boîte.")
        )
        return
    shown = _shown(desk, account, lines, told)
    try:
        if isinstance(shown, Credential):
            filters = open_sieve(msgspec.structs.replace(account, sieve=endpoint), shown, world.patience)
            filters.log_out()
            offered = filters.capabilities
        else:
            offered = _reach(account, endpoint, world)
    except MssError as error:
        if isinstance(shown, Credential) and is_about_login(error.code):
            yield from _refused(lines, error, told)
        else:
            yield _unreached(lines, account, error)
        return
    yield _reached(lines)
    yield (
        lines.ok("login", _("Le serveur de filtres ouvre la boîte."))
        if isinstance(shown, Credential)
        else shown
    )
    yield from _extensions(lines, offered)


def _shown(desk: "Desk", account: Account, lines: Lines, told: Sequence[Check]) -> Credential | Check:
    """What can be shown to the server, or the line that says why nothing is. Nobody is asked."""
    if any(each.code in LOGIN_REFUSALS for each in told):
        return lines.skip(
            "login",
            _("La connexion aux filtres n’est pas essayée\u00a0: l’opérateur compterait un refus de plus."),
        )
    if not desk.identities.is_in(account):
        return accounts.not_in(lines, "login", account)
    try:
        return desk.identities.credential(account)
    except MssError as error:
        return lines.skip("login", of_service("sieve", error.sentence), error.remedy)


def _reach(account: Account, endpoint: Endpoint, world: World) -> SieveCapabilities:
    stream = open_secured(account, Server(service="sieve", endpoint=endpoint), world, ask_revocation=True)
    filters = ManageSieve(stream)
    try:
        filters.greet()
        filters.log_out()
    finally:
        filters.close()
    return filters.capabilities


def _reached(lines: Lines) -> Check:
    return lines.ok("connection", _("Le serveur de filtres répond, chiffré."))


def _unreached(lines: Lines, account: Account, error: MssError) -> Check:
    if account.auth not in ("password", "psc") and error.code in BY_CARD:  # then it is a certificate
        return lines.skip("connection", _("Le serveur de filtres attend un certificat à la connexion."))
    # The mail goes on without it.
    line = lines.problem("connection", error, state="warn")
    return msgspec.structs.replace(line, sentence=of_service("sieve", line.sentence))


def _refused(lines: Lines, error: MssError, told: Sequence[Check]) -> Iterator[Check]:
    if error.code in LOGIN_REFUSALS and error.code != "client-certificate-refused":
        yield _reached(lines)  # that one may come before anything is said
    line = lines.problem("login", error)
    remedy = line.remedy
    if error.code == "login-impossible":
        remedy = _("Réglez les filtres sur la page de l’opérateur.")
    elif error.code == "login-refused" and any((each.check, each.state) == ("imap", "ok") for each in told):
        remedy = _(
            "La réception accepte ce mot de passe\u00a0: l’opérateur ne l’applique pas encore aux filtres."
            " Si cela dure plus d’un quart d’heure, appelez son assistance."
        )
    yield msgspec.structs.replace(line, sentence=of_service("sieve", line.sentence), remedy=remedy)


def _extensions(lines: Lines, offered: SieveCapabilities) -> Iterator[Check]:
    missing = [each for each in _WANTED if each not in offered.extensions]
    if missing:
        yield lines.warn(
            "extensions",
            _("Le serveur de filtres ne propose pas tout ({names}).").format(names=", ".join(missing)),
            _("Le classement ou la réponse d’absence se règle chez l’opérateur."),
            code="sieve-extensions",
        )
