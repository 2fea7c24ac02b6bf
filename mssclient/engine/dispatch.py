"""What clients post and ask, carried out and answered.

Wants are taken by the engine's one thread of wants, in the order in which they came; questions, and what
takes long of a want, by two small crews.
"""

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from mssclient.engine import wire
from mssclient.engine.cards import Cards
from mssclient.engine.crew import Crew
from mssclient.engine.gate import Gate
from mssclient.engine.peers import Peer
from mssclient.engine.tickets import Ticket, Tickets, locked
from mssclient.engine.turns import Ends
from mssclient.model.errors import BugError, MssError, Problem
from mssclient.model.questions import ANY_ANSWER, ANY_QUESTION, CompleteAddress, Done, ReadCards, Search
from mssclient.model.wants import ANY_WANT

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.wants import Later

__all__ = ["Dispatch"]

Bug = Callable[[BaseException, str], Problem]


class Dispatch:
    """Any thread unless said otherwise. ``bug(error, doing)`` writes the report and returns what to tell."""

    def __init__(self, gate: Gate, cards: Cards, bug: Bug) -> None:
        self._gate = gate
        self._cards = cards
        self._bug = bug
        self._tickets = Tickets()
        self._quick = Crew("quick", 2)
        self._slow = Crew("slow", 6)
        self._ends = Ends()
        self._held: list[Callable[[], None]] = []
        """Posted while the store is not open, in their order. The thread of wants."""

    def aside(self, work: Callable[[], None]) -> None:
        """Do something that takes long on a thread of the crew."""
        self._slow.do(work)

    def cancel(self, id: str) -> None:
        """Of a question or a want."""
        self._tickets.cancel(id)

    def lock(self) -> None:
        """The gate is closed: end what is under way, forget what answers said."""
        self._tickets.cancel_all()
        self._ends.forget()

    def close(self) -> None:
        self._tickets.cancel_all()
        self._quick.close()
        self._slow.close()

    # Wants (the thread of wants)

    def take(self, peer: Peer, want_id: str, want: ANY_WANT) -> None:
        """Write it down or begin it, once for each id. Waits for the store when that is not open."""
        desk = self._gate.desk
        if desk is None:
            self._held.append(partial(self.take, peer, want_id, want))
            return
        if self._ends.knows(want_id):
            peer.send(wire.Acknowledged(id=want_id))
            if (end := self._ends.of(want_id)) is not None:
                peer.send(end)
            return
        from mssclient.engine import wants

        try:
            later = wants.take(desk, want_id, want)
        except MssError as error:
            self._end_want(peer, wire.Ended(id=want_id, problem=error.problem))
            return
        except Exception as error:  # noqa: BLE001 - a bug is reported, the engine goes on
            self._end_want(peer, wire.Ended(id=want_id, problem=self._bug(error, type(want).__name__)))
            return
        if later is None:
            self._ends.remember(want_id, None)
            peer.send(wire.Acknowledged(id=want_id))
        elif isinstance(later, wants.Later):
            self._begin_want(desk, peer, want_id, later, type(want).__name__)
        else:
            self._end_want(peer, wire.Ended(id=want_id, answer=later), acknowledge=True)

    def take_held(self) -> None:
        """The store is open: what waited for it."""
        held, self._held = self._held, []
        for work in held:
            work()

    def _begin_want(self, desk: "Desk", peer: Peer, want_id: str, later: "Later", name: str) -> None:
        if not later.durable:
            self._ends.remember(want_id, None)
            peer.send(wire.Acknowledged(id=want_id))
        elif not self._ends.begin(want_id, peer):
            return
        ticket = self._ticket(peer, want_id)

        def work() -> None:
            answer, problem = self._outcome(partial(self._end_open, desk, later, ticket), name)
            self._tickets.close(ticket)
            end = wire.Ended(id=want_id, answer=answer, problem=problem)
            self._end_want(peer, end, acknowledge=later.durable and problem is None)

        self._slow.do(work)

    def _end_open(self, desk: "Desk", later: "Later", ticket: Ticket) -> ANY_ANSWER:
        """Reports name people and folders: none is told behind a lock."""
        answer = later(ticket)
        if self._gate.desk is not desk and not isinstance(answer, Done):
            raise locked()
        return answer

    def _end_want(self, peer: Peer, end: wire.Ended, *, acknowledge: bool = False) -> None:
        peer = self._ends.end(end.id, end, peer)
        if acknowledge:
            peer.send(wire.Acknowledged(id=end.id))
        peer.send(end)

    # Questions

    def ask(self, peer: Peer, question_id: str, question: ANY_QUESTION) -> None:
        """Answered by a crew; an older question of the same lane and client is cancelled."""
        lane = getattr(question, "lane", "")
        place = (peer.number, f"{type(question).__name__}:{lane}") if lane else None
        ticket = self._ticket(peer, question_id, place)
        quick = isinstance(question, Search | CompleteAddress)
        (self._quick if quick else self._slow).do(partial(self._answer, peer, ticket, question))

    def _answer(self, peer: Peer, ticket: Ticket, question: ANY_QUESTION) -> None:
        def work() -> ANY_ANSWER:
            ticket.check()
            if isinstance(question, ReadCards):
                return self._cards.read()  # also while locked: a card is what unlocks
            desk = self._gate.await_desk()
            from mssclient.engine import questions

            found = questions.answer(desk, question, ticket)
            if self._gate.desk is not desk:
                raise locked()  # nothing of what was read is told behind a lock
            return found

        answer, problem = self._outcome(work, type(question).__name__)
        self._tickets.close(ticket)
        peer.send(wire.Asked(id=ticket.id, answer=answer, problem=problem))

    # Both

    def _ticket(self, peer: Peer, id: str, lane: tuple[int, str] | None = None) -> Ticket:
        ticket = Ticket(id, lambda progress: peer.send(wire.Working(progress=progress)))
        self._tickets.open(ticket, lane)
        return ticket

    def _outcome(self, work: Callable[[], ANY_ANSWER], name: str) -> tuple[ANY_ANSWER | None, Problem | None]:
        desk = self._gate.desk
        try:
            return work(), None
        except Exception as error:  # noqa: BLE001 - a bug is reported, the engine goes on
            if desk is not None and desk is not self._gate.desk:
                return None, locked().problem  # the store was closed under it
            if isinstance(error, MssError):
                if isinstance(error, BugError):
                    self._bug(error, name)
                return None, error.problem
            return None, self._bug(error, name)
