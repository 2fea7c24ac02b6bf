"""The one clause that the banner says beside its word."""

import pytest

from mssclient.model.verdicts import Reason, Verdict
from ui.reader.content import banner_reason


@pytest.mark.parametrize(
    ("level", "sentence", "clause"),
    [
        ("unverified", "Non vérifié, liste du 28/02/2025.", "liste du 28/02/2025"),
        ("unverified", "Non vérifié\u00a0: la signature a expiré.", "la signature a expiré"),
        ("ordinary", "Le domaine n’est pas dans la liste.", "le domaine n’est pas dans la liste"),
        ("doubtful", "DKIM le contredit.", "DKIM le contredit"),
    ],
)
def test_it_does_not_say_the_word_again(level: str, sentence: str, clause: str) -> None:
    verdict = Verdict(level=level, reasons=(Reason(rule="list-unverified", sentence=sentence),))
    assert banner_reason(verdict) == clause
