"""The functions that say what a message is, given by the engine; a mistake in them must not stop the mail."""

import logging
from collections.abc import Callable, Sequence

import msgspec

from mssclient.model.messages import Annotation, Summary
from mssclient.model.verdicts import Verdict

__all__ = ["AnnotateHeaders", "AnnotateMany", "AnnotateWhole", "Annotators", "Block", "Waiting"]

AnnotateWhole = Callable[[bytes], Annotation]
AnnotateHeaders = Callable[[bytes, int], Annotation]

Block = tuple[bytes, int | None]
"""A whole message and None, or a header block and the size of its message in octets."""
Waiting = Callable[[], list[Annotation]]
"""Waits for the annotations of the blocks that were begun, in their order."""
AnnotateMany = Callable[[Sequence[Block]], Waiting]

_log = logging.getLogger(__name__)


class Annotators:
    """The functions of the engine, which may have mistakes: these never raise."""

    def __init__(
        self, whole: AnnotateWhole, headers: AnnotateHeaders, many: AnnotateMany | None = None
    ) -> None:
        """``many`` may work elsewhere meanwhile; without it :meth:`begin` does all before it returns."""
        self._whole = whole
        self._headers = headers
        self._many = many

    def whole(self, raw: bytes) -> Annotation:
        try:
            return self._whole(raw)
        except Exception as error:  # noqa: BLE001 - one message must not keep all later ones out
            return _unreadable(error)

    def headers(self, raw: bytes, octets: int) -> Annotation:
        try:
            return self._headers(raw, octets)
        except Exception as error:  # noqa: BLE001 - as above
            return msgspec.structs.replace(_unreadable(error), verdict=Verdict(provisional=True))

    def begin(self, blocks: Sequence[Block]) -> Waiting:
        """Have these annotated, possibly while the caller does something else."""
        if self._many is not None:
            return self._many(blocks)
        found = [self.whole(raw) if octets is None else self.headers(raw, octets) for raw, octets in blocks]
        return lambda: found


def _unreadable(error: Exception) -> Annotation:
    # The type only: the text of an exception may hold mail.
    _log.error("annotating a message failed: %s", type(error).__name__)
    return Annotation(summary=Summary(defects=("unreadable",), complete=True), verdict=Verdict())
