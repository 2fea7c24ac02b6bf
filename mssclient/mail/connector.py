"""Opening sessions for one account: every worker asks here, so that a refused password is tried once."""

import contextlib
import threading
import time
from collections.abc import Callable, Generator
from typing import NamedTuple, TypeVar

from mssclient.access.aside import given_up_by_us
from mssclient.access.credential import Credential
from mssclient.access.open import Opened, Patience, open_submission
from mssclient.access.refusals import LOGIN_REFUSALS
from mssclient.access.smtp import Submission
from mssclient.access.stream import Stream
from mssclient.mail.session import Session, open_session
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError

__all__ = ["Connector"]

REFUSAL_HOLDS_S = 1800.0
"""A refused password is not shown again for that long: five refusals lock an account at some operators."""
REFUSAL_LONGEST_S = 12 * 3600.0
"""The pause doubles up to this: a computer left alone over the night must not lock the account either."""
_LOOK_S = 0.1

T = TypeVar("T")


class _Refusal(NamedTuple):
    error: MssError
    until: float
    """``time.monotonic()``."""
    holds_s: float


class Connector:
    """From the first session to :meth:`close_all`, once. Any thread."""

    def __init__(
        self, account: Account, credential: Callable[[], Credential], patience: Patience | None = None
    ) -> None:
        self._account = account
        self._credential = credential
        self._patience = patience
        self._guard = threading.Lock()
        self._showing = threading.Lock()
        """Held by who shows a credential that the operator has not taken yet: one refusal is enough."""
        self._taken = False
        self._refusals: dict[str, _Refusal] = {}
        self._streams: set[Stream] = set()
        self._shown: set[Credential] = set()
        self._closed = False

    @property
    def closed(self) -> bool:
        return self._closed

    def session(self) -> Session:
        """A new session. Raises as :func:`open_imap`; a refusal is repeated without asking the server."""
        return self._let_in(
            "imap", lambda credential, keep: open_session(self._account, credential, self._patience, keep)
        )

    def submission(self) -> Submission:
        """A new submission dialogue. Raises as :func:`open_submission`; refusals as :meth:`session`."""
        return self._let_in(
            "submission",
            lambda credential, keep: open_submission(self._account, credential, self._patience, keep),
        )

    def forgive(self) -> None:
        """The person asks again, or gave another password: the server may be asked again."""
        with self._guard:
            self._refusals.clear()

    def close_all(self) -> None:
        """Make every dialogue under way fail at once (a submission too, and a wait for a token); no other
        one begins."""
        with self._guard:
            self._closed = True
            streams, shown = list(self._streams), list(self._shown)
        for credential in shown:
            credential.give_up()
        for stream in streams:
            stream.abort()

    def _let_in(self, service: str, opening: Callable[[Credential, Opened], T]) -> T:
        with self._alone_unless_known():
            self._check_refusal(service)
            credential = self._credential()
            with self._guard:
                if self._closed:
                    raise given_up_by_us()
                self._shown.add(credential)
            try:
                found = opening(credential, self._keep)
            except MssError as error:
                self._remember(service, error)
                raise
            finally:
                with self._guard:
                    self._shown.discard(credential)
            with self._guard:
                self._taken = True
                self._refusals.pop(service, None)
            return found

    @contextlib.contextmanager
    def _alone_unless_known(self) -> Generator[None]:
        """Waits for another's first login. Raises WorldError connection-lost when closed meanwhile."""
        while not self._showing.acquire(timeout=_LOOK_S):
            if self._closed:
                raise given_up_by_us()
        alone = not self._taken
        if not alone:
            self._showing.release()
        try:
            yield
        finally:
            if alone:
                self._showing.release()

    def _keep(self, stream: Stream) -> None:
        with self._guard:
            self._streams = {each for each in self._streams if not each.closed} | {stream}
            if self._closed:
                raise given_up_by_us()

    def _check_refusal(self, service: str) -> None:
        """What was refused at the reception is not shown at the submission either, as long as that holds."""
        with self._guard:
            if self._closed:
                raise given_up_by_us()
            now = time.monotonic()
            known = [self._refusals.get(each) for each in ("imap", service)]
            refusal = next((each.error for each in known if each is not None and now < each.until), None)
        if refusal is not None:
            raise type(refusal)(refusal.code, refusal.sentence, refusal.remedy, refusal.detail)

    def _remember(self, service: str, error: MssError) -> None:
        if error.code not in LOGIN_REFUSALS:
            return
        with self._guard:
            self._taken = False
            before = self._refusals.get(service)
            holds_s = REFUSAL_HOLDS_S if before is None else min(2 * before.holds_s, REFUSAL_LONGEST_S)
            self._refusals[service] = _Refusal(error, time.monotonic() + holds_s, holds_s)
