"""The lines of the diagnosis, and what this program does about each requirement of the référentiel."""

from mssclient.model.ids import AccountId
from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["REQUIREMENT_STATES", "Check", "Requirement", "area_title", "state_title"]

REQUIREMENT_STATES = ("done", "partly", "not-yet", "not-applicable")


class Check(Record, frozen=True, kw_only=True):
    """One line of the diagnosis. Holds no address, name, subject or path: it may leave the practice."""

    area: str
    check: str
    state: str
    """ok, warn, fail or skip."""
    sentence: str
    remedy: str = ""
    account: AccountId | None = None
    code: str = ""
    """Of a failed one: the code of the problem."""
    exit_code: int = 3
    detail: str = ""
    """For the support desk; English allowed."""


class Requirement(Record, frozen=True, kw_only=True):
    """One requirement, "ECO.1.1.1" say, as this program meets it."""

    id: str
    title: str
    """What it asks for, in a few French words."""
    state: str
    """One of REQUIREMENT_STATES."""
    sentence: str
    """What this program does about it."""


def area_title(area: str) -> str:
    """French, for a heading."""
    titles = {
        "network": _("Réseau"),
        "proxy": _("Proxy"),
        "clock": _("Horloge"),
        "dns": _("Noms (DNS)"),
        "tls": _("Certificats des serveurs"),
        "card": _("Carte"),
        "operator": _("Connexion à l’opérateur"),
        "account": _("Dossiers"),
        "directory": _("Annuaire de l’opérateur"),
        "sieve": _("Filtres (ManageSieve)"),
        "trust": _("Liste blanche"),
        "store": _("Base de messages"),
        "hprim": _("Dossier HPRIM"),
        "wants": _("Actions en attente"),
    }
    return titles.get(area, area)


def state_title(state: str) -> str:
    """French, for a state of a check or of a requirement."""
    titles = {
        "ok": _("bon"),
        "warn": _("à surveiller"),
        "fail": _("en échec"),
        "skip": _("sans objet"),
        "done": _("fait"),
        "partly": _("en partie"),
        "not-yet": _("pas encore"),
        "not-applicable": _("sans objet"),
    }
    return titles.get(state, state)
