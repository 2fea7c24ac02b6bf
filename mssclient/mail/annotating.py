"""The functions that say what a message is, given by the engine; a mistake in them must not stop the mail."""

import logging
from collections.abc import Callable

import msgspec

from mssclient.model.messages import Annotation, Summary
from mssclient.model.verdicts import Verdict

__all__ = ["AnnotateHeaders", "AnnotateWhole", "Annotators"]

AnnotateWhole = Callable[[bytes], Annotation]
AnnotateHeaders = Callable[[bytes, int], Annotation]

_log = logging.getLogger(__name__)


class Annotators:
    """The two functions of the engine, which may have mistakes: these never raise."""

    def __init__(self, whole: AnnotateWhole, headers: AnnotateHeaders) -> None:
        self._whole = whole
        self._headers = headers

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


def _unreadable(error: Exception) -> Annotation:
    # The type only: the text of an exception may hold mail.
    _log.error("annotating a message failed: %s", type(error).__name__)
    return Annotation(summary=Summary(defects=("unreadable",), complete=True), verdict=Verdict())
