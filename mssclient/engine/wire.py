"""What the client and the engine say to each other: MessagePack frames, one typed union each way.

A frame is encoded by msgspec and carried by :mod:`mssclient.engine.transport`, which adds the length.
Unknown frames and fields of the wrong type raise :class:`NotAFrame`: the connection is then closed,
the engine goes on.
"""

import msgspec

from mssclient.model.changes import Changed, Opened, Progress
from mssclient.model.errors import Problem
from mssclient.model.ids import PromptId
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION
from mssclient.model.records import Record, to_wire
from mssclient.model.wants import ANY_WANT

__all__ = [
    "FRAME_LIMIT_OCTETS",
    "PROTOCOL",
    "Acknowledged",
    "Announced",
    "Ask",
    "Asked",
    "Cancel",
    "Ended",
    "Failed",
    "FromClient",
    "FromEngine",
    "Hello",
    "Lock",
    "Locked",
    "Locking",
    "News",
    "NotAFrame",
    "OpenedFrame",
    "Post",
    "Prompted",
    "Raise",
    "Raised",
    "Reply",
    "Unlock",
    "Welcome",
    "Withdrawn",
    "Working",
    "decode_from_client",
    "decode_from_engine",
    "encode",
]

PROTOCOL = 1
"""Both sides come from the same build; another number means a client of another version is running."""

FRAME_LIMIT_OCTETS = 160 * 1024 * 1024
"""A message of 60 MB with its parts fits; anything longer ends the connection."""


class NotAFrame(Exception):
    """The peer sent something that is no frame. Holds nothing of what it sent."""


class ClientFrame(Record, frozen=True, kw_only=True, tag_field="frame"):
    """Base of what a client says."""


class Hello(ClientFrame, frozen=True, kw_only=True, tag="hello"):
    """The first frame. ``role`` is "window" or "cli"; only windows are asked prompts and raised."""

    protocol: int = PROTOCOL
    role: str = "window"


class Post(ClientFrame, frozen=True, kw_only=True, tag="post"):
    id: str
    want: ANY_WANT


class Ask(ClientFrame, frozen=True, kw_only=True, tag="ask"):
    id: str
    question: ANY_QUESTION


class Cancel(ClientFrame, frozen=True, kw_only=True, tag="cancel"):
    """Of a question or of a want that is under way."""

    id: str


class Reply(ClientFrame, frozen=True, kw_only=True, tag="reply"):
    """To a prompt; given once."""

    answer: PromptAnswer


class Lock(ClientFrame, frozen=True, kw_only=True, tag="lock"):
    """Close the store and forget its key; or keep both to announce new mail, if that was chosen."""


class Unlock(ClientFrame, frozen=True, kw_only=True, tag="unlock"):
    """Open the store again, asking what has to be asked. Also the answer to a failed opening."""


class Raise(ClientFrame, frozen=True, kw_only=True, tag="raise"):
    """A second start: bring the first window forward and hand it this mailto or file."""

    argument: str = ""


class EngineFrame(Record, frozen=True, kw_only=True, tag_field="frame"):
    """Base of what the engine says."""


class Welcome(EngineFrame, frozen=True, kw_only=True, tag="welcome"):
    """The answer to Hello. What the system connected and nobody welcomed was an engine about to die."""

    pid: int
    background: bool = True
    """Workers fetch and push by themselves. False in the command line's engine: each turn is asked for."""


class OpenedFrame(EngineFrame, frozen=True, kw_only=True, tag="opened"):
    opened: Opened


class Locking(EngineFrame, frozen=True, kw_only=True, tag="locking"):
    """The store is about to be locked (the card was pulled): a window shows nothing any more, has what is
    being written kept, then says :class:`Lock`. It is locked soon in any case."""


class Locked(EngineFrame, frozen=True, kw_only=True, tag="locked"):
    waiting_sends: int = 0


class Announced(EngineFrame, frozen=True, kw_only=True, tag="announced"):
    """After Locked: the store hears of new mail behind the lock, and this is all that is said of it."""

    messages: int = 0
    """Arrived since the lock."""


class Failed(EngineFrame, frozen=True, kw_only=True, tag="failed"):
    """The store could not be opened; the engine stays to be told to try again."""

    problem: Problem


class News(EngineFrame, frozen=True, kw_only=True, tag="changed"):
    changed: Changed


class Acknowledged(EngineFrame, frozen=True, kw_only=True, tag="acknowledged"):
    id: str


class Ended(EngineFrame, frozen=True, kw_only=True, tag="ended"):
    """The end of a want that is not followed in the journal: an answer or a problem."""

    id: str
    answer: ANY_ANSWER | None = None
    problem: Problem | None = None


class Asked(EngineFrame, frozen=True, kw_only=True, tag="answered"):
    """The end of a question."""

    id: str
    answer: ANY_ANSWER | None = None
    problem: Problem | None = None


class Working(EngineFrame, frozen=True, kw_only=True, tag="progress"):
    progress: Progress


class Prompted(EngineFrame, frozen=True, kw_only=True, tag="prompted"):
    prompt: Prompt


class Withdrawn(EngineFrame, frozen=True, kw_only=True, tag="withdrawn"):
    """Nobody need answer this prompt any more."""

    prompt: PromptId


class Raised(EngineFrame, frozen=True, kw_only=True, tag="raised"):
    argument: str = ""


FromClient = Hello | Post | Ask | Cancel | Reply | Lock | Unlock | Raise
FromEngine = (
    Welcome
    | OpenedFrame
    | Locking
    | Locked
    | Announced
    | Failed
    | News
    | Acknowledged
    | Ended
    | Asked
    | Working
    | Prompted
    | Withdrawn
    | Raised
)

_from_client = msgspec.msgpack.Decoder(FromClient)
_from_engine = msgspec.msgpack.Decoder(FromEngine)


def encode(frame: ClientFrame | EngineFrame) -> bytes:
    """The bytes of one frame, without a length."""
    return to_wire(frame)


def decode_from_client(data: bytes) -> FromClient:
    """Raises NotAFrame."""
    try:
        return _from_client.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # torn UTF-8 is a plain ValueError
        raise NotAFrame from None


def decode_from_engine(data: bytes) -> FromEngine:
    """Raises NotAFrame."""
    try:
        return _from_engine.decode(data)
    except (msgspec.MsgspecError, ValueError, RecursionError):  # torn UTF-8 is a plain ValueError
        raise NotAFrame from None
