"""The door of the engine: post wants, ask questions, answer prompts, follow changes, read the view.

The window and the command line hold one :class:`Client`. It starts the engine as a process of its
own (or joins the one that runs), starts it again when it dies, and posts again what was not
acknowledged. Imports stay light: this module is loaded by the window.
"""

import contextlib
import threading
import time
from collections import deque

from mssclient.engine import start, transport, wire
from mssclient.engine.listener import Listener
from mssclient.engine.people import KnownProfile, known_profiles, new_profile, profile_of_card
from mssclient.engine.profiles import choose_profile, throw_away
from mssclient.engine.raising import raise_running
from mssclient.engine.tickets import locked
from mssclient.model.changes import Changed, Opened
from mssclient.model.errors import MssError, Problem, Refused, WorldError
from mssclient.model.ids import QuestionId, WantId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import PromptAnswer
from mssclient.model.questions import ANY_QUESTION
from mssclient.model.wants import ANY_WANT, WITH_SECRET, Submit
from mssclient.store.profile import Profile
from mssclient.store.view import Filter, View

__all__ = [
    "Client",
    "Filter",
    "KnownProfile",
    "Listener",
    "Profile",
    "View",
    "choose_profile",
    "known_profiles",
    "new_profile",
    "profile_of_card",
    "raise_running",
    "throw_away",
]

_RESTARTS = 3
_RESTART_WINDOW_S = 60.0
_UNWELCOME_WAIT_S = 0.05
_LINGER_S = 600.0
"""An engine of the command line stays for another verb that joined it meanwhile."""
_JOIN_LIMIT_S = 8.0
"""An engine that holds the lock without listening is stopping: it is gone within 5 seconds."""


class Client:
    """One connection to the engine of one profile. All methods may be called from any thread.

    ``in_process`` runs the engine inside this process (command line, debugging); ``engine_options``
    are then handed to :class:`mssclient.engine.service.Engine`.
    """

    def __init__(
        self,
        profile: Profile,
        listener: Listener,
        *,
        demo_small: bool = False,
        role: str = "window",
        in_process: bool = False,
        engine_options: dict[str, object] | None = None,
    ) -> None:
        self.profile = profile
        self._listener = listener
        self._demo_small = demo_small
        self._role = role
        self._in_process = in_process
        self._engine_options = engine_options or {}
        self._engine: object | None = None
        self.engine_pid: int | None = None
        """Of the engine this client speaks with, for diagnosis."""
        self.background = True
        """That engine fetches and pushes by itself."""
        self._guard = threading.RLock()
        self._link: transport.Link | None = None
        self._wants: dict[str, ANY_WANT] = {}
        """Posted and not acknowledged, in order."""
        self._running: set[str] = set()
        """Acknowledged wants whose end is awaited."""
        self._questions: set[str] = set()
        self._later: list[wire.FromClient] = []
        """Questions asked while no engine is there."""
        self._opened: Opened | None = None
        self._lost = False
        self._losses: deque[float] = deque()
        self._closing = threading.Event()
        self._again = threading.Event()
        self._thread = threading.Thread(target=self._run, name="engine-client", daemon=True)

    # What callers do

    def start(self) -> None:
        """Connect in the background; the listener is told. Never blocks."""
        self._thread.start()

    def post(self, want: ANY_WANT, id: str | None = None) -> WantId:
        """Say what the person wants. Never blocks; posted again until acknowledged."""
        want_id = id or new_id()
        with self._guard:
            self._wants[want_id] = want
            self._say(wire.Post(id=want_id, want=want))
        return WantId(want_id)

    def ask(self, question: ANY_QUESTION) -> QuestionId:
        """Never blocks. Without an engine it waits for one; an engine that dies answers a problem."""
        question_id = new_id()
        with self._guard:
            self._questions.add(question_id)
            self._say(wire.Ask(id=question_id, question=question), or_later=True)
        return QuestionId(question_id)

    def cancel(self, id: str) -> None:
        """Of a question or a want under way: it ends with the problem ``cancelled``, or with its answer."""
        with self._guard:
            self._say(wire.Cancel(id=id))

    def answer(self, answer: PromptAnswer) -> None:
        with self._guard:
            self._say(wire.Reply(answer=answer))

    def view(self) -> View:
        """A new read-only view for the calling thread. Raises WorldError("store-locked")."""
        opened = self._opened
        if opened is None:
            raise locked()
        return View(opened.path, opened.key)

    def unacknowledged(self) -> int:
        """Wants that the engine has not written down: the window does not close in silence over them."""
        with self._guard:
            return len(self._wants)

    def lock(self) -> None:
        """For every client of the profile; ``engine.announcing`` says what stays open behind it."""
        with self._guard:
            self._say(wire.Lock())

    def unlock(self) -> None:
        """Open again after a lock, a failure, or too many losses."""
        with self._guard:
            self._losses.clear()
            self._again.set()
            self._say(wire.Unlock())

    def raise_window(self, argument: str = "") -> None:
        """Bring the first window of this profile forward."""
        with self._guard:
            self._say(wire.Raise(argument=argument))

    def close(self, timeout: float = 5.0) -> None:
        """Leave. An engine that this was the last client of ends by itself."""
        self._closing.set()
        self._again.set()
        with self._guard:
            link, self._link = self._link, None
        if link is not None:
            link.close()
        if self._thread.is_alive() and threading.current_thread() is not self._thread:
            self._thread.join(timeout)
        engine, self._engine = self._engine, None
        if engine is not None:
            from mssclient.engine.service import Engine

            assert isinstance(engine, Engine)
            engine.linger(_LINGER_S)
            engine.stop(timeout)
        self._opened = None

    # The reader thread

    def _say(self, frame: wire.FromClient, *, or_later: bool = False) -> None:
        if self._link is not None:
            self._link.send(wire.encode(frame))
        elif or_later:
            self._later.append(frame)

    def _run(self) -> None:
        unwelcome = 0
        while not self._closing.is_set():
            try:
                channel = self._connect()
            except MssError as error:
                self._no_engine(error.problem)
                continue
            if channel is None:
                continue
            welcomed = self._serve(channel)
            if self._closing.is_set():
                return
            if welcomed:
                unwelcome = 0
                self._engine_lost()
                continue
            # A dying engine's socket takes a connection and drops it: not a loss, there was no engine.
            unwelcome += 1
            self._closing.wait(_UNWELCOME_WAIT_S)
            if unwelcome * _UNWELCOME_WAIT_S > _JOIN_LIMIT_S:
                unwelcome = 0
                self._no_engine(_silent().problem)

    def _no_engine(self, problem: Problem) -> None:
        """Wait until the person asks to try again."""
        self._listener.failed(problem)
        self._fail_questions(problem)
        self._again.wait()
        self._again.clear()

    def _connect(self) -> transport.Channel | None:
        """A channel to the running engine, or to one started now. None: try again."""
        path = self.profile.socket_path
        with contextlib.suppress(transport.ChannelClosed):
            return transport.connect(path)
        self.profile.prepare()
        if self._start() == "ready":
            return transport.connect(path)
        # Another engine holds the lock: it is starting or stopping. Its socket tells which.
        limit = time.monotonic() + _JOIN_LIMIT_S
        while time.monotonic() < limit and not self._closing.wait(0.05):
            with contextlib.suppress(transport.ChannelClosed):
                return transport.connect(path)
            if self._start() == "ready":
                return transport.connect(path)
        if self._closing.is_set():
            return None
        raise _silent()

    def _start(self) -> str:
        """ "ready" or "taken". Raises MssError."""
        if self._in_process:
            from mssclient.engine.service import Engine

            engine = Engine(self.profile, demo_small=self._demo_small, **self._engine_options)  # pyright: ignore[reportArgumentType]
            if not engine.start():
                return "taken"
            self._engine = engine
            return "ready"
        process, started = start.start_engine(self.profile, demo_small=self._demo_small)
        # Somebody must wait for it, or it stays a zombie after its end.
        threading.Thread(target=process.wait, name="engine-wait", daemon=True).start()
        if started.problem is not None:
            problem = started.problem
            kind = Refused if problem.exit_code == 4 else WorldError
            raise kind(problem.code, problem.sentence, problem.remedy, problem.detail)
        return started.state

    def _serve(self, channel: transport.Channel) -> bool:
        """Until the connection ends; False when the engine never said anything."""
        welcomed = False
        link = transport.Link(channel, "engine-client-send")
        with self._guard:
            if self._closing.is_set():
                link.abort()
                return welcomed
            self._link = link
            link.send(wire.encode(wire.Hello(role=self._role)))
            for want_id, want in self._wants.items():
                link.send(wire.encode(wire.Post(id=want_id, want=want)))
            for frame in self._later:
                link.send(wire.encode(frame))
            self._later.clear()
        try:
            while True:
                frame = wire.decode_from_engine(link.receive())
                welcomed = True
                self._dispatch(frame)
        except (transport.ChannelClosed, wire.NotAFrame):
            pass
        finally:
            with self._guard:
                if self._link is link:
                    self._link = None
            link.abort()
        return welcomed

    def _engine_lost(self) -> None:
        now = time.monotonic()
        with self._guard:  # unlock() may be clearing them
            self._losses.append(now)
            while self._losses and now - self._losses[0] > _RESTART_WINDOW_S:
                self._losses.popleft()
            restarting = len(self._losses) <= _RESTARTS
        self._lost = True
        self._again.clear()
        self._listener.engine_lost(restarting)
        problem = WorldError(
            "engine-lost",
            _("Le moteur de la messagerie s’est arrêté pendant cette action."),
            _("Recommencez l’action."),
        ).problem
        self._fail_questions(problem)
        with self._guard:
            # What carries a secret is never posted again; what was begun and not journalled has ended.
            for want_id in [i for i, want in self._wants.items() if isinstance(want, WITH_SECRET)]:
                del self._wants[want_id]
                self._running.add(want_id)
            ended, self._running = self._running, set()
        for want_id in ended:
            self._listener.ended(want_id, problem)
        if not restarting:
            self._again.wait()
            self._again.clear()

    def _fail_questions(self, problem: Problem) -> None:
        with self._guard:
            questions, self._questions = self._questions, set()
            self._later.clear()
        for question_id in questions:
            self._listener.answered(question_id, problem)

    def _dispatch(self, frame: wire.FromEngine) -> None:
        listener = self._listener
        match frame:
            case wire.Welcome(pid=pid, background=background):
                self.engine_pid, self.background = pid, background
            case wire.OpenedFrame(opened=opened):
                self._on_opened(opened)
            case wire.News(changed=changed):
                listener.changed(changed)
            case wire.Acknowledged(id=want_id):
                with self._guard:
                    want = self._wants.get(want_id)
                    # A send is posted again until its end is told: "engine-lost" for one that is written
                    # down would make the person send it a second time.
                    if not isinstance(want, Submit):
                        self._wants.pop(want_id, None)
                    if want is not None and want.__struct_config__.tag in _FOLLOWED:
                        self._running.add(want_id)
                listener.acknowledged(want_id)
            case wire.Ended(id=want_id, answer=answer, problem=problem):
                with self._guard:
                    self._wants.pop(want_id, None)
                    self._running.discard(want_id)
                listener.ended(want_id, problem if answer is None else answer)  # pyright: ignore[reportArgumentType]
            case wire.Asked(id=question_id, answer=answer, problem=problem):
                with self._guard:
                    known = question_id in self._questions
                    self._questions.discard(question_id)
                if known:
                    listener.answered(question_id, problem if answer is None else answer)  # pyright: ignore[reportArgumentType]
            case wire.Working(progress=progress):
                listener.progress(progress)
            case wire.Prompted(prompt=prompt):
                listener.prompted(prompt)
            case wire.Withdrawn(prompt=prompt_id):
                listener.withdrawn(prompt_id)
            case wire.Locking():
                listener.locking()
            case wire.Locked():
                self._opened = None
                listener.locked()
            case wire.Announced(messages=messages):
                listener.announced(messages)
            case wire.Failed(problem=problem):
                listener.failed(problem)
            case wire.Raised(argument=argument):
                listener.raised(argument)

    def _on_opened(self, opened: Opened) -> None:
        known = self._opened is not None and self._opened.key == opened.key
        self._opened = opened
        if self._lost:
            self._lost = False
            self._listener.engine_back()
            if known:
                self._listener.changed(Changed(everything=True, aspects=_ASPECTS))
                return
        self._listener.opened(opened)


def _silent() -> WorldError:
    return WorldError(
        "profile-in-use",
        _("Un autre programme utilise cette messagerie et ne répond pas."),
        _("Attendez quelques secondes et réessayez ; sinon, redémarrez l’ordinateur."),
    )


_FOLLOWED = frozenset(
    {
        "sync",
        "add_account",
        "log_in",
        "log_out",
        "change_password",
        "remove_account",
        "deliver_hprim",
        "attach_part",
    }
)
"""Wants that are acknowledged before they end."""

_ASPECTS = ("accounts", "folders", "outbox", "wants", "drafts", "settings", "trust")
