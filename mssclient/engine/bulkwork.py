"""The program that annotates many messages (``python -m mssclient.engine.bulkwork``); see ``bulk``."""

import sys

import msgspec

from mssclient.engine import pipes
from mssclient.engine.annotating import Annotator
from mssclient.engine.bulk import JOBS, Annotated, UseTrust
from mssclient.trust import whitelist

__all__ = ["main"]

_MEMORY_OCTETS = 1_500_000_000
"""Address space. A message of 150 MB is here as bytes twice and decoded in pieces."""


def main() -> int:
    """Ends when its input ends."""
    source, out = pipes.own(_MEMORY_OCTETS)
    trust = whitelist.shipped()

    def work(job: JOBS) -> Annotated | None:
        nonlocal trust
        if isinstance(job, UseTrust):
            trust = job.trust
            return None
        annotator = Annotator(job.address, lambda: trust)
        return Annotated(annotations=tuple(annotator.one(raw, octets) for raw, octets in job.blocks))

    return pipes.serve(source, out, msgspec.msgpack.Decoder(JOBS), work)


if __name__ == "__main__":
    sys.exit(main())
