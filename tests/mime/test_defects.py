"""Every defect has a name, and every name a sentence."""

from pathlib import Path

import mssclient.mime
from mssclient.mime.defects import ENVELOPE_TORN, EVERYDAY, describe_defect, known_defects

ROOM = Path(mssclient.mime.__file__).parent
SOURCES = ("reading", "headers", "kinds", "transfer", "charsets")


def test_no_code_is_described_for_nothing() -> None:
    """And each code that comes up is described: the property tests and the fuzzer check that."""
    source = "".join((ROOM / f"{name}.py").read_text(encoding="utf-8") for name in SOURCES)
    for code in known_defects():
        assert f'"{code}"' in source or code.startswith("duplicate-content-"), code


def test_sentences() -> None:
    for code in known_defects():
        sentence = describe_defect(code)
        assert sentence[0].isupper()
        assert sentence.endswith(".")
        assert "'" not in sentence
    assert describe_defect("inconnu") == "Le message est mal formé."
    assert known_defects() >= ENVELOPE_TORN
    assert known_defects() >= EVERYDAY
    assert not ENVELOPE_TORN & EVERYDAY
