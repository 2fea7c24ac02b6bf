"""The one-page diagnosis: what works, what does not, what to do. It names no patient and no subject.

One file per area; ``running`` runs them side by side, ``export`` makes the text for a support desk.
"""

from typing import TYPE_CHECKING

from mssclient.model.questions import Diagnose, Diagnosis

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["diagnose"]


def diagnose(desk: "Desk", question: Diagnose, ticket: "Ticket") -> Diagnosis:
    """As :func:`mssclient.engine.diagnosis.running.diagnose`, in the world as it is."""
    from mssclient.engine.diagnosis.running import diagnose as run  # heavy: not for the first question

    return run(desk, question, ticket)
