"""Stored verdicts made again when another white list comes into use: in the background, newest first.

A list of the same domains says the same, whatever its date. A list that proves nothing takes nothing back:
what was judged with a verified one stays.
"""

import hashlib
import json
import logging
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from mssclient.engine.logs import describe
from mssclient.mime.addresses import domain_of
from mssclient.mime.reading import read
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId, MessageId
from mssclient.model.verdicts import Verdict
from mssclient.store.settings import read_setting, set_setting
from mssclient.store.store import Priority
from mssclient.store.transaction import Transaction
from mssclient.store.verdicts import replace_verdict, whole_messages
from mssclient.trust.verdict import judge
from mssclient.trust.whitelist import TrustList

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["JUDGED", "fingerprint", "judge_again"]

_log = logging.getLogger(__name__)
JUDGED = "trust.judged"
"""Setting: the fingerprint of the list that all stored verdicts follow."""
_SLICE = 25
_PAUSE_S = 0.03
"""Between slices: about a quarter of one processor, 100 000 messages in a few minutes."""


def fingerprint(trust: TrustList) -> str:
    return hashlib.sha256("\n".join(sorted(trust.domains)).encode()).hexdigest()


def judge_again(desk: "Desk", trust: TrustList) -> None:
    """Nothing to do when the verdicts follow this list already. Ends early when the desk closes.

    What was not finished is begun again at the next start. Blocks: a crew's thread.
    """
    mark = json.dumps(fingerprint(trust))
    if not trust.proves(int(time.time())):
        return
    try:
        with desk.reading() as view:
            if json.dumps(read_setting(view, JUDGED)) == mark:
                return
        if _every_slice(desk, trust):
            desk.store.write(Priority.UPKEEP, lambda tx: set_setting(tx, JUDGED, mark))
    except MssError as error:
        if not desk.closing.is_set():
            _log.warning("verdicts are not all made again: %s", error.code)


def _every_slice(desk: "Desk", trust: TrustList) -> bool:
    """False when the desk closed meanwhile."""
    domains = {account.id: domain_of(account.address) for account in desk.accounts()}
    below: MessageId | None = None
    while True:
        with desk.reading() as view:
            messages = whole_messages(view, below, _SLICE)
        if not messages:
            return True
        below = messages[-1][0]
        verdicts = _verdicts(desk, trust, messages, domains)
        with desk.reading() as view:
            fresh = [
                (message, verdict)
                for message, verdict in verdicts
                if _says(view.verdict(message)) != _says(verdict)
            ]
        if fresh:
            desk.store.write(Priority.UPKEEP, lambda tx, fresh=fresh: _replace(tx, fresh))
        if desk.closing.wait(_PAUSE_S):
            return False


def _says(verdict: Verdict) -> tuple[object, ...]:
    return verdict.level, verdict.reasons


def _verdicts(
    desk: "Desk",
    trust: TrustList,
    messages: Sequence[tuple[MessageId, AccountId]],
    domains: dict[AccountId, str],
) -> list[tuple[MessageId, Verdict]]:
    found: list[tuple[MessageId, Verdict]] = []
    now = int(time.time())
    for message, account in messages:
        with desk.reading() as view:
            raw = view.raw(message)
        if raw is None or account not in domains:
            continue
        try:
            found.append((message, judge(read(raw), trust, domains[account], now)))
        except Exception as error:  # noqa: BLE001 - as at arrival: one message does not keep the others
            _log.error("bug while judging: %s", describe(error))
    return found


def _replace(tx: Transaction, fresh: Sequence[tuple[MessageId, Verdict]]) -> None:
    for message, verdict in fresh:
        replace_verdict(tx, message, verdict)
