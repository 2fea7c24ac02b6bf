"""The program of the child (``python -m mssclient.engine.childwork``): a loop of bounded jobs on pipes."""

import importlib
import sys
import time

import msgspec

from mssclient.engine import pipes
from mssclient.engine.child import (
    ANY_JOB,
    CompileLetter,
    DeliveryPlanned,
    DocumentsRead,
    LetterCompiled,
    PlanDelivery,
    ReadDocuments,
    Recognise,
    Recognised,
    UnlockPkcs12,
)
from mssclient.medical.delivery import plan_delivery
from mssclient.medical.formats import read_documents, recognise
from mssclient.mime.reading import Part, Reading, read
from mssclient.mime.summary import html_source
from mssclient.mime.transfer import decode_base64
from mssclient.model.messages import CompiledHtml, Picture
from mssclient.model.records import Record

__all__ = ["main"]

_MEMORY_OCTETS = 1_500_000_000
"""Address space. A 60 MB message is here as raw bytes, decoded bytes and trees; the interpreter with lxml,
PDFium and Pillow maps 400 MB by itself."""
_PICTURES = 200
_PICTURES_OCTETS = 40_000_000
_PICTURES_S = 1.5


def main() -> int:
    """Ends when its input ends."""
    source, out = pipes.own(_MEMORY_OCTETS)
    _import_heavy()
    pipes.write_frame(out, b"")  # ready
    return pipes.serve(source, out, msgspec.msgpack.Decoder(ANY_JOB), _do)


def _import_heavy() -> None:
    """Before the first job, so that its time limit is not spent on imports."""
    for name in ("mssclient.mime.html.compiling", "mssclient.mime.pictures"):
        importlib.import_module(name)


def _do(job: ANY_JOB) -> Record:
    match job:
        case CompileLetter():
            return LetterCompiled(html=_compile(job))
        case ReadDocuments():
            return DocumentsRead(documents=read_documents(read(job.raw), job.matches))
        case Recognise():
            return Recognised(matches=recognise(read(job.raw), deep=True))
        case PlanDelivery():
            return DeliveryPlanned(pieces=tuple(plan_delivery(read(job.raw), (), job.options)))
        case UnlockPkcs12():
            from mssclient.access.pkcs12 import unlock

            return unlock(job.data, job.passphrase.value)


def _compile(job: CompileLetter) -> CompiledHtml | None:
    from mssclient.mime.html import compile_html
    from mssclient.mime.pictures import picture_size

    reading = read(job.raw)
    html = html_source(reading)
    if html is None:
        return None
    own = _own_pictures(reading)
    contents: dict[str, bytes] = {}
    sizes: dict[str, tuple[int, int]] = {}
    for name, part in own.items():
        contents[name] = reading.content(part)
        size = picture_size(contents[name])
        if size is not None:
            sizes[name] = size
    compiled = compile_html(html, width=job.width, dark=job.dark, cid_pictures=sizes)
    return msgspec.structs.replace(compiled, pictures=_pictures(compiled.sources, contents))


def _own_pictures(reading: Reading) -> dict[str, Part]:
    """Parts by Content-ID; the first one of a name counts."""
    own: dict[str, Part] = {}
    octets = 0
    for part in reading.leaves():
        octets += part.end - part.start
        if len(own) >= _PICTURES or octets > 2 * _PICTURES_OCTETS:
            break
        if part.content_id and part.type.startswith("image/"):
            own.setdefault(part.content_id, part)
    return own


def _pictures(sources: dict[str, str], contents: dict[str, bytes]) -> dict[str, Picture]:
    """Every picture that the compiled document shows and the message brought along, encoded again."""
    from mssclient.mime.pictures import reencode

    found: dict[str, Picture] = {}
    done: dict[bytes, Picture | None] = {}
    deadline = time.monotonic() + _PICTURES_S
    octets = 0
    for key, source in sources.items():
        if time.monotonic() > deadline or octets > _PICTURES_OCTETS:
            break
        data = _bytes_of(source, contents)
        if not data:
            continue
        if data not in done:
            done[data] = reencode(data)
        picture = done[data]
        if picture is not None:
            octets += len(picture.data)
            found[key] = picture
    return found


def _bytes_of(source: str, contents: dict[str, bytes]) -> bytes:
    if source.startswith("cid:"):
        return contents.get(source[4:], b"")
    if source.startswith("data:") and ";base64," in source[:200]:
        return decode_base64(source.partition(",")[2].encode("ascii", "ignore"))[0]
    return b""


if __name__ == "__main__":
    sys.exit(main())
