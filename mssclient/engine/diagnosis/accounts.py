"""One BAL: login by its own credential, quota, folders, submission. What was refused is not tried twice."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.model.accounts import Account
from mssclient.model.diagnosis import Check
from mssclient.model.language import _, ngettext

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["folders", "login", "not_in", "nothing"]


def login(desk: "Desk", account: Account, world: World) -> Iterator[Check]:
    """As the workers do it. A card's code or a telephone is never asked for: then only where one is in."""
    if desk.identities.is_in(account):
        yield from desk.mailbox(account.id).test(world.patience)
    else:
        yield not_in(Lines("operator", account), "credential", account)


def not_in(lines: Lines, check: str, account: Account) -> Check:
    """Nothing can be shown to the operator before the person gets in."""
    sentence = _("La connexion n’est pas essayée\u00a0: elle demanderait le code de la carte.")
    if account.auth == "psc":
        sentence = _("La connexion n’est pas essayée\u00a0: elle demanderait Pro Santé Connect.")
    remedy = _("Connectez cette boîte, puis relancez le diagnostic.")
    return lines.skip(check, sentence, remedy)


def folders(desk: "Desk", account: Account) -> Iterator[Check]:
    """Those known here, as the last turn found them."""
    lines = Lines("account", account)
    with desk.reading() as view:
        known = view.folders(account.id)
    inbox = any(folder.role == "inbox" for folder in known)
    missing = [role for role in ("sent", "trash") if not any(folder.role == role for folder in known)]
    sentence = ngettext("{count} dossier est connu.", "{count} dossiers sont connus.", len(known)).format(
        count=len(known)
    )
    remedy = _("Relevez la boîte aux lettres, puis désignez les dossiers Envoyés et Corbeille.")
    if known and not inbox:
        yield lines.fail("folders", sentence, remedy, code="inbox-missing")
    elif missing or not known:
        yield lines.warn("folders", sentence, remedy, code="folders-missing")
    else:
        yield lines.ok("folders", sentence)


def nothing() -> Iterator[Check]:
    yield Lines("account").skip(
        "accounts", _("Aucune boîte aux lettres n’est configurée."), _("Ajoutez une boîte aux lettres.")
    )
