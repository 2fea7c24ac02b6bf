import pytest

from mssclient.operators.roles import role_by_name, role_by_use


@pytest.mark.parametrize(
    ("name", "role"),
    [
        ("Envoyés", "sent"),
        ("Éléments envoyés", "sent"),
        ("Sent Items", "sent"),
        ("BROUILLONS", "drafts"),
        ("Corbeille", "trash"),
        ("Courrier  indésirable", "junk"),
        ("Archives", "archive"),
        ("Patients", ""),
        ("", ""),
    ],
)
def test_names_in_french_and_english(name: str, role: str) -> None:
    assert role_by_name(name) == role


def test_attributes_say_it_in_any_case() -> None:
    assert role_by_use(["\\HasNoChildren", "\\Sent"]) == "sent"
    assert role_by_use(["\\sPaM"]) == "junk"
    assert role_by_use(["\\Noselect"]) == ""
