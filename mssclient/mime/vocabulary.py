"""Tables of names written as text, one function."""

__all__ = ["vocabulary"]


def vocabulary(text: str) -> frozenset[str]:
    """The words of a text as a set: long tables stay readable."""
    return frozenset(text.split())
