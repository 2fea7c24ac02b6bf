"""``annotate``: what the pure rooms say of one message — mime.summary, trust.judge, medical.recognise.

Given to ``mail`` as functions, called on its threads for every message; bounded and never raising.
"""

import logging
import time
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from mssclient.engine.logs import describe
from mssclient.medical.formats import recognise
from mssclient.mime.addresses import domain_of
from mssclient.mime.envelope import read_headers_only, summarise_headers
from mssclient.mime.reading import read
from mssclient.mime.summary import summarise
from mssclient.model.messages import Annotation, Summary
from mssclient.model.verdicts import Verdict
from mssclient.trust.verdict import judge
from mssclient.trust.whitelist import TrustList

if TYPE_CHECKING:
    from mssclient.engine.bulk import Bulk

__all__ = ["Annotator"]

_log = logging.getLogger(__name__)


class Annotator:
    """For the messages of one BAL; ``trust`` gives the list of trust in use at the time of the call.

    With ``bulk``, a crowd of messages is annotated in a process of its own.
    """

    def __init__(self, address: str, trust: Callable[[], TrustList], bulk: "Bulk | None" = None) -> None:
        self._address = address
        self._domain = domain_of(address)
        self._trust = trust
        self._bulk = bulk

    def begin(self, blocks: Sequence[tuple[bytes, int | None]]) -> Callable[[], list[Annotation]]:
        """Have these annotated; what is returned waits for them (``mail.annotating.AnnotateMany``)."""
        batch = self._bulk.begin(self._address, self._trust(), blocks) if self._bulk else None
        if batch is None:
            found = [self.one(raw, octets) for raw, octets in blocks]
            return lambda: found

        def wait() -> list[Annotation]:
            found = batch.wait()
            return found if found is not None else [self.one(raw, octets) for raw, octets in blocks]

        return wait

    def one(self, raw: bytes, octets: int | None) -> Annotation:
        """Of a whole message, or of a header block when ``octets`` tells the size of its message."""
        return self.whole(raw) if octets is None else self.headers(raw, octets)

    def whole(self, raw: bytes) -> Annotation:
        """Of the whole message. A bug in a reader must not stop a synchronisation: it is logged."""
        try:
            return self._whole(raw)
        except Exception as error:  # noqa: BLE001 - the message is kept and shown as unreadable
            _log.error("bug while annotating: %s", describe(error))
            return Annotation(summary=Summary(defects=("unreadable",)), verdict=Verdict())

    def _whole(self, raw: bytes) -> Annotation:
        reading = read(raw)
        return Annotation(
            summary=summarise(reading),
            verdict=judge(reading, self._trust(), self._domain, int(time.time())),
            matches=tuple(recognise(reading)),
        )

    def headers(self, headers: bytes, octets: int) -> Annotation:
        """Of the header block alone: provisional until the bytes are here."""
        try:
            return self._headers(headers, octets)
        except Exception as error:  # noqa: BLE001 - as above
            _log.error("bug while annotating headers: %s", describe(error))
            return Annotation(
                summary=Summary(complete=False, defects=("unreadable",)), verdict=Verdict(provisional=True)
            )

    def _headers(self, headers: bytes, octets: int) -> Annotation:
        reading = read_headers_only(headers)
        return Annotation(
            summary=summarise_headers(headers, octets, None),
            verdict=judge(reading, self._trust(), self._domain, int(time.time()), provisional=True),
        )
