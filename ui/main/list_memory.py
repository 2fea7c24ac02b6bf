"""What a list was showing before the store changed, by placement ids, to show the same afterwards."""

from dataclasses import dataclass, field

from mssclient.model.ids import PlacementId
from ui.main.rows import MessageModel

__all__ = ["KeptRange", "Memory"]

_MOST_IDS = 500
"""Rows of a broken range that are found again one by one; more are let go: a lost selection is safe."""


@dataclass
class KeptRange:
    """One run of selected rows: the ids at its ends as they were when it was selected."""

    first: PlacementId
    last: PlacementId
    length: int
    start: int
    ids: list[PlacementId] = field(default_factory=list)

    def places(self, model: MessageModel) -> list[tuple[int, int]]:
        """Runs of rows that hold the same messages now.

        A run that lost or gained a row inside is taken apart: a message that nobody selected must never
        become selected.
        """
        first, last = model.index_of(self.first), model.index_of(self.last)
        if first is not None and last is not None and last - first == self.length - 1:
            return [(first, last)]
        runs: list[tuple[int, int]] = []
        for each in sorted(n for one in self.ids[:_MOST_IDS] if (n := model.index_of(one)) is not None):
            if runs and each == runs[-1][1] + 1:
                runs[-1] = (runs[-1][0], each)
            else:
                runs.append((each, each))
        return runs

    def in_place(self, model: MessageModel) -> bool:
        return (
            model.index_of(self.first) == self.start
            and model.index_of(self.last) == self.start + self.length - 1
        )


@dataclass
class Memory:
    """Cursor, scroll place and selection."""

    count: int
    head: PlacementId | None
    current: PlacementId | None
    current_at: int
    top: PlacementId | None
    top_at: int
    offset: int
    at_start: bool
    ranges: list[KeptRange]

    def unchanged(self, model: MessageModel) -> bool:
        """The same rows stand in the same places: their flags alone may differ."""
        if model.fresh_count() != self.count or self.head is None or model.index_of(self.head) != 0:
            return False
        if self.current is not None and model.index_of(self.current) != self.current_at:
            return False
        if self.top is not None and model.index_of(self.top) != self.top_at:
            return False
        return all(kept.in_place(model) for kept in self.ranges)
