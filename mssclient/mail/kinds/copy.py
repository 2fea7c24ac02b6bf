"""Copying messages to another folder."""

from collections.abc import Mapping

from mssclient.mail.errand import Errand, Work, adoption
from mssclient.mail.kinds.copies import copy_once
from mssclient.model.ids import FolderId, PlacementId

__all__ = ["carry_out"]


def carry_out(errand: Errand) -> None:
    """COPY each source once; the copies' placements learn their UIDs where the server tells."""
    made = {effect.origin: effect for effect in errand.effects("create") if effect.origin is not None}
    target = next((effect.target for effect in made.values() if effect.target is not None), None)
    if target is None:
        return
    for source, places in errand.places(made).items():

        def then(found: Mapping[PlacementId, int], target: FolderId = target) -> list[Work]:
            return [
                adoption(made[origin].placement, target, uid)
                for origin, uid in found.items()
                if origin in made
            ]

        copy_once(errand, source, target, places, then)
