"""Whether a server's certificate was revoked (ECO.1.1.6): asked beside a login, remembered, never in its way.

What is decided here:

- *revoked*, said by a list or a response whose signature holds: the connection is refused.
- *good*, said by one of the two (the requirement wants CRL **or** OCSP): the connection goes on.
- *unknown*, when neither could be had: the connection goes on and the diagnosis warns. Refusing would let
  whoever blocks an address, or an outage of the authority, cut a practice off from its mail.

An answer that still holds is used at once and renewed in the background. Without one a login waits a few
seconds, once; a responder that hangs is not waited for again before ten minutes.
"""

import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.operators.revocation.evidence import Link, Unusable, links_of
from mssclient.operators.revocation.fetching import Fetch, Unfetched, fetch
from mssclient.operators.revocation.keeping import KeptLists
from mssclient.operators.revocation.lists import LIST_OCTETS, RevocationList, read_list
from mssclient.operators.revocation.responses import RESPONSE_OCTETS, Statement, make_question, read_response

__all__ = ["Revocation", "RevocationAnswer", "Standing"]

_RETRY_S = 600.0
"""After this long a place that gave nothing is asked again."""
_RENEW_S = 6 * 3600.0
"""After this long a list that still holds may be fetched again."""
_LIST_AGE_S = 86400.0
"""A list of this age is renewed though it still holds: authorities publish more often than lists end."""
_FETCH_S = 30.0
_LIST_FETCH_S = 120.0
_STATEMENTS_MAX = 1000


class Standing(Record, frozen=True, kw_only=True):
    """What is known of one certificate of the chain."""

    state: str
    """"good", "revoked" or "unknown"."""
    by: str = ""
    """"list" or "response"; "" when unknown."""
    end_utc: int = 0
    """Until when a good answer holds; Unix seconds."""
    reasons: tuple[str, ...] = ()
    """Why nothing is known: stable English words for the support desk."""


class RevocationAnswer(Record, frozen=True, kw_only=True):
    """About a whole chain: "revoked" when one of its certificates is, "good" when all are known to be."""

    state: str
    """"good", "revoked" or "unknown"."""
    sentence: str
    standings: tuple[Standing, ...] = ()
    """The server's certificate first."""


class _Asking:
    """One place that is or was asked."""

    def __init__(self) -> None:
        self.begun = time.monotonic()
        self.running = True
        self.reason = "no-answer-yet"


class Revocation:
    """One for the profile. Any thread may check; the places are asked by threads of its own."""

    def __init__(self, folder: Path | None, fetch: Fetch = fetch, *, wait_s: float = 4.0) -> None:
        """``folder`` keeps the lists; ``wait_s`` is how long a check may wait when nothing is known yet."""
        self._lists = KeptLists(folder)
        self._fetch = fetch
        self._wait_s = wait_s
        self._statements: dict[str, Statement] = {}
        self._asked: dict[str, _Asking] = {}
        self._change = threading.Condition()

    def check(self, chain: Sequence[bytes], at: float) -> RevocationAnswer:
        """Judge a verified chain (DER, the server's certificate first, its anchor last) at ``at`` (Unix s).

        The anchor itself is not judged: nobody revokes a root by a list of its own. Raises nothing; blocks up
        to ``wait_s`` when no answer is kept.
        """
        try:
            links = links_of(tuple(chain))
        except Unusable as why:
            return _answer([Standing(state="unknown", reasons=(str(why),))])
        with self._change:
            self._ask_due(links, at)
            while True:
                standings = [self._standing(link, at) for link in links]
                if any(each.state == "revoked" for each in standings):
                    break
                wait_s = self._patience(
                    [link for link, each in zip(links, standings, strict=True) if each.state == "unknown"]
                )
                if wait_s <= 0:
                    break
                self._change.wait(wait_s)
        return _answer(standings)

    def settle(self, timeout_s: float) -> bool:
        """Wait until nothing is being asked any more; False when ``timeout_s`` was too short."""
        with self._change:
            return self._change.wait_for(
                lambda: not any(each.running for each in self._asked.values()), timeout_s
            )

    # -- with the lock held ------------------------------------------------------------------------------

    def _standing(self, link: Link, at: float) -> Standing:
        reasons: list[str] = []
        good: Standing | None = None
        statement = self._statements.get(link.name)
        if statement is not None:
            if statement.state == "revoked":
                return Standing(state="revoked", by="response")
            if at < statement.end_utc:
                good = Standing(state="good", by="response", end_utc=int(statement.end_utc))
        for place in link.lists:
            kept = self._lists.find(link, place)
            if kept is None:
                continue
            try:
                state = kept.standing(link, place, at)
            except Unusable as why:
                reasons.append(str(why))
                continue
            if state == "revoked":
                return Standing(state="revoked", by="list")
            good = good or Standing(state="good", by="list", end_utc=int(kept.end_utc))
        if good is not None:
            return good
        if not link.lists and not link.responders:
            reasons.append("no-place")
        reasons += [
            self._asked[key].reason
            for key in _keys(link)
            if key in self._asked and self._asked[key].reason not in ("", *reasons)
        ]
        return Standing(state="unknown", reasons=tuple(reasons))

    def _patience(self, unknown: Sequence[Link]) -> float:
        """How long it is worth waiting for what is being asked about these."""
        now = time.monotonic()
        running = [
            asking.begun + self._wait_s - now
            for link in unknown
            for key in _keys(link)
            if (asking := self._asked.get(key)) is not None and asking.running
        ]
        return max(running, default=0.0)

    def _ask_due(self, links: Sequence[Link], at: float) -> None:
        for link in links:
            for place in link.responders:
                statement = self._statements.get(link.name)
                # "Revoked" may have been a certificate on hold: it is asked again as well.
                if statement is None or statement.state != "good" or _half_over(statement, at):
                    self._ask(f"{link.name} {place}", self._ask_responder, link, place, at)
            for place in link.lists:
                kept = self._lists.find(link, place)
                if kept is None or at >= kept.end_utc:
                    self._ask(_list_key(link, place), self._ask_list, link, place, at)
                elif _half_over(kept, at) or at >= kept.begin_utc + _LIST_AGE_S:
                    self._ask(_list_key(link, place), self._ask_list, link, place, at, _RENEW_S)

    def _ask(
        self,
        key: str,
        work: Callable[[Link, str, float], None],
        link: Link,
        place: str,
        at: float,
        retry_s: float = _RETRY_S,
    ) -> None:
        before = self._asked.get(key)
        if before is not None and (before.running or time.monotonic() - before.begun < retry_s):
            return
        asking = self._asked[key] = _Asking()
        # A daemon: a server that hangs does not hold up the end of the program.
        threading.Thread(
            target=self._run, args=(asking, work, link, place, at), name="revocation", daemon=True
        ).start()

    # -- threads of our own ------------------------------------------------------------------------------

    def _run(
        self, asking: _Asking, work: Callable[[Link, str, float], None], link: Link, place: str, at: float
    ) -> None:
        reason = "failed"
        try:
            work(link, place, at)
            reason = ""
        except Unusable as why:
            reason = str(why)
        except (OSError, ValueError) as why:
            reason = _network_reason(why)
        finally:
            with self._change:
                asking.reason, asking.running = reason, False
                self._change.notify_all()

    def _ask_responder(self, link: Link, place: str, at: float) -> None:
        question, nonce = make_question(link)
        data = self._fetch(place, question, RESPONSE_OCTETS, _FETCH_S)
        statement = read_response(data, link, nonce, at)
        with self._change:
            if len(self._statements) >= _STATEMENTS_MAX:
                self._statements.clear()
            before = self._statements.get(link.name)
            if before is None or before.begin_utc <= statement.begin_utc:
                self._statements[link.name] = statement

    def _ask_list(self, link: Link, place: str, at: float) -> None:
        del at
        new = read_list(self._fetch(place, None, LIST_OCTETS, _LIST_FETCH_S), link.issuer)
        with self._change:
            self._lists.keep(link, place, new)


def _keys(link: Link) -> tuple[str, ...]:
    return (
        *(f"{link.name} {place}" for place in link.responders),
        *(_list_key(link, place) for place in link.lists),
    )


def _list_key(link: Link, place: str) -> str:
    return f"{link.name.partition('-')[0]} {place}"


def _half_over(held: Statement | RevocationList, at: float) -> bool:
    return at >= (held.begin_utc + held.end_utc) / 2


def _network_reason(why: BaseException) -> str:
    if isinstance(why, TimeoutError):
        return "timeout"
    return str(why) if isinstance(why, Unfetched) else "unreachable"


def _answer(standings: Sequence[Standing]) -> RevocationAnswer:
    states = {each.state for each in standings}
    if "revoked" in states:
        state = "revoked"
        sentence = _("Le certificat du serveur a été révoqué.")
    elif "unknown" in states:
        state = "unknown"
        sentence = _(
            "Impossible de vérifier si le certificat du serveur a été révoqué\u00a0:"
            " l’autorité ne répond pas."
        )
        if any("no-place" in each.reasons for each in standings):
            sentence = _("L’autorité de ce certificat ne dit pas où vérifier s’il a été révoqué.")
    else:
        state = "good"
        sentence = _("Le certificat du serveur n’a pas été révoqué.")
    return RevocationAnswer(state=state, sentence=sentence, standings=tuple(standings))
