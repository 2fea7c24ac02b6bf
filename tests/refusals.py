"""What a person is told when something is refused."""

from collections.abc import Callable

import pytest

from mssclient.model.errors import WorldError

__all__ = ["code_of", "refusal_of"]


def refusal_of(work: Callable[[], object]) -> WorldError:
    """The error that it raises, which must say what happened and what to do."""
    with pytest.raises(WorldError) as raised:
        work()
    assert raised.value.sentence
    assert raised.value.remedy
    return raised.value


def code_of(work: Callable[[], object]) -> str:
    """The code of that error."""
    return refusal_of(work).code
