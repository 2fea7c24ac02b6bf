"""The program that annotates many messages (``python -m mssclient.engine.bulkwork``); see ``bulk``."""

import os
import sys

import msgspec

from mssclient.engine.annotating import Annotator
from mssclient.engine.bulk import JOBS, Annotated, UseTrust, read_frame, write_frame
from mssclient.engine.confinement import confine
from mssclient.model.records import to_wire
from mssclient.trust import whitelist

__all__ = ["main"]

_MEMORY_OCTETS = 1_500_000_000
"""Address space. A message of 150 MB is here as bytes twice and decoded in pieces."""


def main() -> int:
    """Ends when its input ends."""
    out = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)  # a library that prints must not speak into the protocol
    confine(_MEMORY_OCTETS)
    source = os.fdopen(0, "rb")
    decoder = msgspec.msgpack.Decoder(JOBS)
    trust = whitelist.shipped()
    while True:
        try:
            job = decoder.decode(read_frame(source))
        except EOFError:
            return 0
        if isinstance(job, UseTrust):
            trust = job.trust
            continue
        annotator = Annotator(job.address, lambda trust=trust: trust)
        found = tuple(annotator.one(raw, octets) for raw, octets in job.blocks)
        write_frame(out, to_wire(Annotated(annotations=found)))


if __name__ == "__main__":
    sys.exit(main())
