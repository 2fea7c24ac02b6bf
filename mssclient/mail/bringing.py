"""Bringing messages of a folder into the store: newest first, in slices, many of them headers first."""

from collections.abc import Callable, Iterable, Iterator, Sequence

import msgspec

from mssclient.mail.annotating import Annotators, Block
from mssclient.mail.fetching import Fetched
from mssclient.mail.listing import uid_set
from mssclient.mail.session import Session
from mssclient.mail.slices import MESSAGES_SLICE, Slices, Work
from mssclient.mail.structure import attachments_of
from mssclient.model.ids import FolderId
from mssclient.model.messages import Annotation
from mssclient.store.placements import Incoming, add_incoming, reapply
from mssclient.store.transaction import Transaction

__all__ = ["WHOLE_OCTETS", "bring"]

WHOLE_OCTETS = 4 << 20
"""New messages up to this sum come whole at once; more come as headers, bodies follow as upkeep."""

_BATCH = 500


def bring(
    session: Session,
    folder: FolderId,
    uids: Sequence[int],
    annotators: Annotators,
    slices: Slices,
    close: Callable[[Transaction], None],
    *,
    first_time: bool,
    headers_only: bool = False,
    structure: bool = True,
    progress: Callable[[int], None] | None = None,
) -> int:
    """Fetch these UIDs of the selected folder and write them. Returns how many came.

    ``close`` writes the folder's new counters, in the transaction of the last slice.
    """
    wanted = sorted(set(uids), reverse=True)
    whole = not first_time and not headers_only and 0 < len(wanted) <= MESSAGES_SLICE
    if whole:
        whole = _octets(session, wanted) <= WHOLE_OCTETS
    count = 0
    last: list[Fetched] = []
    for slice_ in _sliced(_come(session, wanted, whole, structure)):
        if last:
            _post(slices, folder, last, annotators, whole)
        last = slice_
        if not count and len(wanted) > MESSAGES_SLICE:
            # The newest page goes out at once: somebody is looking at an empty list.
            _post(slices, folder, last, annotators, whole)
            slices.hand_over()
            last = []
        count += len(slice_)
        if progress:
            progress(len(slice_))

    _post(slices, folder, last, annotators, whole, close)
    slices.hand_over()
    return count


def _post(
    slices: Slices,
    folder: FolderId,
    fetched: list[Fetched],
    annotators: Annotators,
    whole: bool,
    close: Callable[[Transaction], None] = lambda tx: None,
) -> None:
    def prepare(annotations: list[Annotation]) -> Work:
        items = _incoming(fetched, annotations, whole)

        def add(tx: Transaction) -> None:
            add_incoming(tx, folder, items)
            close(tx)
            reapply(tx, folder)

        return add

    slices.post_annotated(annotators.begin(_blocks(fetched, whole)), prepare)


def _octets(session: Session, uids: Iterable[int]) -> int:
    return sum(each.octets for each in session.fetch_sizes(uid_set(uids)))


def _come(session: Session, wanted: list[int], whole: bool, structure: bool) -> Iterator[Fetched]:
    known = set(wanted)
    start, size = 0, MESSAGES_SLICE  # the newest page first, readable at once; then large batches
    while start < len(wanted):
        batch = wanted[start : start + size]
        for each in (
            session.fetch_whole(batch) if whole else session.fetch_headers(batch, structure=structure)
        ):
            # A rude server sends what nobody asked for, or one message twice.
            if each.uid in known and each.raw is not None:
                known.discard(each.uid)
                yield each
        start, size = start + size, _BATCH


def _sliced(fetched: Iterable[Fetched]) -> Iterator[list[Fetched]]:
    slice_: list[Fetched] = []
    for each in fetched:
        slice_.append(each)
        if len(slice_) == MESSAGES_SLICE:
            yield slice_
            slice_ = []
    if slice_:
        yield slice_


def _blocks(fetched: Sequence[Fetched], whole: bool) -> list[Block]:
    return [(each.raw or b"", None if whole else each.octets) for each in fetched]


def _incoming(fetched: Sequence[Fetched], annotations: Sequence[Annotation], whole: bool) -> list[Incoming]:
    return [
        Incoming(
            uid=each.uid,
            internal_date_utc=each.internal_date_utc,
            octets=each.octets or (len(each.raw or b"") if whole else 0),
            flags=each.flags or (),
            keywords=each.keywords,
            modseq=each.modseq,
            annotation=annotation if whole else _with_structure(annotation, each),
            raw=(each.raw or b"") if whole else None,
        )
        for each, annotation in zip(fetched, annotations, strict=True)
    ]


def _with_structure(annotation: Annotation, each: Fetched) -> Annotation:
    if each.structure is None:
        return annotation
    summary = msgspec.structs.replace(annotation.summary, attachments=attachments_of(each.structure))
    return msgspec.structs.replace(annotation, summary=summary)
