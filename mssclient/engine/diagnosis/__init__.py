"""The one-page diagnosis: what works, what does not, what to do. It names no patient and no subject.

One file per area; ``running`` runs them side by side, ``export`` makes the text for a support desk.
"""

from mssclient.engine.diagnosis.running import diagnose

__all__ = ["diagnose"]
