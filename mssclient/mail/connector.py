"""Opening sessions for one account: every worker asks here, so that a refused password is tried once."""

import threading
import time
from collections.abc import Callable

from mssclient.access.credential import Credential
from mssclient.access.open import Patience, open_submission
from mssclient.access.refusals import LOGIN_REFUSALS
from mssclient.access.smtp import Submission
from mssclient.mail.session import Session, open_session
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError

__all__ = ["Connector"]

REFUSAL_HOLDS_S = 1800.0
"""A refused password is not shown again for that long: five refusals lock an account at some operators."""


class Connector:
    """Any thread."""

    def __init__(
        self, account: Account, credential: Callable[[], Credential], patience: Patience | None = None
    ) -> None:
        self._account = account
        self._credential = credential
        self._patience = patience
        self._guard = threading.Lock()
        self._refusal: MssError | None = None
        self._refused_at = 0.0
        self._open: set[Session] = set()
        self._closed = False

    def session(self) -> Session:
        """A new session. Raises as :func:`open_imap`; a refusal is repeated without asking the server."""
        self._check_refusal()
        try:
            session = open_session(self._account, self._credential(), self._patience)
        except MssError as error:
            self._remember(error)
            raise
        with self._guard:
            if self._closed:
                session.close()
            self._open = {each for each in self._open if not each.stream.closed} | {session}
        return session

    def submission(self) -> Submission:
        """A new submission dialogue. Raises as :func:`open_submission`."""
        self._check_refusal()
        return open_submission(self._account, self._credential(), self._patience)

    def forgive(self) -> None:
        """The person asks again, or gave another password: the server may be asked again."""
        with self._guard:
            self._refusal = None

    def close_all(self) -> None:
        """Make every dialogue under way fail at once, and all later ones."""
        with self._guard:
            self._closed = True
            sessions = list(self._open)
        for session in sessions:
            session.stream.abort()

    def reopen(self) -> None:
        with self._guard:
            self._closed = False
            self._refusal = None

    def _check_refusal(self) -> None:
        with self._guard:
            refusal = self._refusal
            if refusal is not None and time.monotonic() - self._refused_at > REFUSAL_HOLDS_S:
                refusal = self._refusal = None
        if refusal is not None:
            raise type(refusal)(refusal.code, refusal.sentence, refusal.remedy, refusal.detail)

    def _remember(self, error: MssError) -> None:
        if error.code in LOGIN_REFUSALS:
            with self._guard:
                self._refusal, self._refused_at = error, time.monotonic()
