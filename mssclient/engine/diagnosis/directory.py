"""The operator's directory (LDAP): reached and secured, nobody logs in."""

from collections.abc import Iterator

from mssclient.access.ldap import Directory
from mssclient.access.open import context_of
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _

__all__ = ["check"]


def check(account: Account, endpoint: Endpoint | None, world: World) -> Iterator[Check]:
    lines = Lines("directory", account)
    if endpoint is None:
        yield lines.skip("connection", _("Aucun annuaire de l’opérateur n’est connu pour cette boîte."))
        return
    try:
        Directory.connect(endpoint, context_of(account), world.patience).close()
    except MssError as error:
        # The mail goes on without it.
        yield lines.problem("connection", error, state="warn")
        return
    yield lines.ok("connection", _("L’annuaire de l’opérateur répond, chiffré."))
