"""Real public documents to test against, kept outside the repository because of their size and licence."""

import os
from pathlib import Path

import pytest

__all__ = ["REPOSITORY", "shared_data"]

REPOSITORY = Path(__file__).resolve().parents[1]


def shared_data(*parts: str) -> Path:
    """The path of a reference document or folder, e.g. ``shared_data("igc-sante", "ACR-EL.cer")``.

    Looks in ``$MSSCLIENT_SHARED``, then in ``../shared/data`` beside the repository. Where it is
    missing the calling test is skipped with the reason printed: call it inside a test or a fixture,
    never while modules are imported.
    """
    base = Path(os.environ.get("MSSCLIENT_SHARED") or REPOSITORY.parent / "shared" / "data")
    found = base.joinpath(*parts)
    if not found.exists():
        pytest.skip(f"reference document {'/'.join(parts)} is not here: set MSSCLIENT_SHARED to its folder")
    return found
