"""Whom to call: the operators of the accounts looked at."""

from mssclient.engine.diagnosis.world import Targets
from mssclient.model.operators import OperatorView
from mssclient.operators.profiles import OperatorProfile

__all__ = ["support"]


def support(targets: Targets) -> tuple[OperatorView, ...]:
    """Each known operator once, in the order of the accounts; those without phone, mail or page left out."""
    found: dict[str, OperatorView] = {}
    for account in targets.accounts:
        profile = targets.profile(account)
        if profile is not None and (profile.support.phone or profile.support.mail or profile.support.help):
            found.setdefault(profile.id, _view(profile))
    return tuple(found.values())


def _view(profile: OperatorProfile) -> OperatorView:
    return OperatorView(
        id=profile.id,
        name=profile.name,
        phone=profile.support.phone,
        mail=profile.support.mail,
        help=profile.support.help,
        delegates=profile.support.delegates,
    )
