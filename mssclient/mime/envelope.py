"""A provisional summary from the header block alone: what a first sync has before the bodies come."""

import msgspec

from mssclient.mime.bodies import Bodies
from mssclient.mime.reading import Limits, Reading, read
from mssclient.mime.summary import summary_of
from mssclient.model.messages import AttachmentInfo, Summary

__all__ = ["read_headers_only", "summarise_headers"]

_HEADERS_ONLY = Limits(parts=1, depth=0)


def read_headers_only(header_bytes: bytes) -> Reading:
    """A reading of a header block (``BODY.PEEK[HEADER]``), for those who judge by headers."""
    reading = read(header_bytes, _HEADERS_ONLY)
    reading.defects[:] = [defect for defect in reading.defects if defect.code not in _BODY_DEFECTS]
    return reading


_BODY_DEFECTS = frozenset(("too-deep", "too-many-parts", "no-boundary", "boundary-not-found"))


def summarise_headers(header_bytes: bytes, octets: int, has_attachments: bool | None) -> Summary:
    """A provisional summary (``complete`` is False): no text, no snippet, attachments unknown.

    ``octets`` is RFC822.SIZE. ``has_attachments``, when the server told it (BODYSTRUCTURE), gives
    one nameless attachment with an empty path, so that the list may show its clip at once.
    """
    reading = read_headers_only(header_bytes)
    summary = summary_of(reading, Bodies(), complete=False)
    if has_attachments is None and reading.root.type == "multipart/mixed":
        has_attachments = octets > 20_000  # a guess that the whole message corrects
    if not has_attachments:
        return summary
    return msgspec.structs.replace(
        summary, attachments=(AttachmentInfo(path="", filename="", type="", octets=0),)
    )
