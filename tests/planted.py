"""Secrets planted by tests. None of them may turn up in a log, an exception's text or a file left behind."""

from pathlib import Path

__all__ = ["SEEDED_SECRETS", "assert_no_secret", "assert_no_secret_in_files", "secrets_in", "seed_secret"]

SEEDED_SECRETS: set[str] = set()
"""Passwords, PINs, tokens, subjects and names that the tests of this session planted."""

SHORTEST = 6
"""A shorter text would be found by chance."""


def seed_secret(secret: str) -> str:
    """Remember a text that must never be logged, and return it. At least 6 characters, to be recognisable."""
    assert len(secret) >= SHORTEST, "too short to be recognised in a log"
    SEEDED_SECRETS.add(secret)
    return secret


def secrets_in(text: str | bytes) -> set[str]:
    """The planted secrets that stand in a text."""
    if isinstance(text, bytes):
        return {secret for secret in SEEDED_SECRETS if secret.encode() in text}
    return {secret for secret in SEEDED_SECRETS if secret in text}


def assert_no_secret(text: str | bytes, where: str) -> None:
    """Fail when a planted secret stands in ``text``. The message does not repeat the text around it."""
    found = secrets_in(text)
    assert not found, f"{len(found)} planted secret(s) in {where}: {sorted(found)}"


def assert_no_secret_in_files(folder: Path, pattern: str = "*") -> None:
    """Fail when a planted secret stands in a file of this folder or below it."""
    for path in sorted(folder.rglob(pattern)):
        if path.is_file() and not path.is_symlink():
            assert_no_secret(path.read_bytes(), str(path.relative_to(folder)))
