"""The text for a support desk holds no address, name, subject or path; and the requirements are all there."""

import re
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from mssclient.engine.diagnosis.export import make_text, without_personal_data
from mssclient.engine.diagnosis.requirements import requirements
from mssclient.engine.diagnosis.support import support
from mssclient.engine.diagnosis.world import Targets
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.diagnosis import REQUIREMENT_STATES, Check, area_title, state_title
from mssclient.model.ids import AccountId
from mssclient.model.questions import Diagnosis
from tests.badinput.practice import faults_of

END = Endpoint(host="imap.operateur.example", port=993)

names = st.text("abcdefghijklmnopqrstuvwxyzéèç", min_size=4, max_size=12).filter(
    lambda name: name not in ("root", "user", "mailiz") and not re.search("diagnos|oper", name)
)


def account(local: str, name: str, login: str, pkcs12: str) -> Account:
    return Account(
        id=AccountId(1),
        address=f"{local}@cabinet.example",
        name=name,
        login=login,
        imap=END,
        smtp=END,
        auth="pkcs12",
        pkcs12=pkcs12,
    )


@given(local=names, first=names, last=names, login=names, patient=names)
def test_what_slipped_into_a_line_does_not_leave(
    local: str, first: str, last: str, login: str, patient: str
) -> None:
    """Planted where a careless sentence might put them; only the domains stay."""
    home = f"/home/{last}/Documents/{patient}.hpr"
    person = f"{first} {last.upper()}"
    planted = (f"{local}@cabinet.example", person, login, f"{patient}@autre.example", home)
    sentence = " / ".join(planted)
    checks = (
        Check(area="hprim", check="x", state="fail", sentence=sentence, remedy=sentence, detail=sentence),
        Check(area="tls", check="x", state="ok", sentence=sentence, account=AccountId(1)),
    )
    mine = account(local, person, login, f"/home/{last}/ma-carte.p12")
    text = make_text(Diagnosis(checks=checks), Targets([mine], None), 1_790_000_000)
    body = text.split("\n\n", 1)[1]
    for private in (f"{local}@", f"{patient}@", person, f"/home/{last}"):
        assert private not in body
    assert not re.search(rf"(?<!\w){re.escape(login)}(?!\w)", body)
    assert "cabinet.example" in body
    assert "autre.example" in body


@given(st.text(max_size=200))
def test_no_line_keeps_an_address_or_fails(line: str) -> None:
    kept = without_personal_data(line, ("a.b@c.example",))
    assert not re.search(r"[A-Za-z0-9._-]+@[A-Za-z0-9]", kept.replace("…@", ""))


def test_paths_of_persons_are_cut_on_every_system() -> None:
    home, mac = ("/".join(("", place, "marie", "x")) for place in ("home", "Users"))
    windows = "\\".join(("C:", "Users", "marie", "x"))
    for path in (home, windows, mac, f"D:{mac}"):
        assert "marie" not in without_personal_data(f"Le dossier {path} manque.")


def test_the_text_tells_versions_states_codes_and_remedies() -> None:
    checks = (
        Check(area="dns", check="host", state="ok", sentence="Connu."),
        Check(
            area="dns", check="srv", state="warn", sentence="Autre.", remedy="Demandez.", code="srv-differs"
        ),
    )
    text = make_text(Diagnosis(checks=checks, requirements=requirements()), Targets([], None), 1_790_000_000)
    assert "21/09/2026" in text
    assert "OpenSSL" in text
    assert "[ok] Connu." in text
    assert "[!] Autre. (srv-differs)" in text
    assert "→ Demandez." in text
    assert "ECO.1.1.10" in text


def test_an_account_is_told_by_its_number_and_domain() -> None:
    mine = account("marie.curie", "Dr Marie CURIE", "mcurie", "")
    text = make_text(Diagnosis(checks=()), Targets([mine], None), 1_790_000_000)
    assert "Boîte aux lettres 1 (cabinet.example" in text
    assert "curie" not in text.lower()


# -- whom to call --------------------------------------------------------------------------------------------


def test_support_of_a_known_operator_once() -> None:
    ones = [
        Account(id=AccountId(n), address=f"{n}@medecin.mssante.fr", imap=END, smtp=END, operator="mailiz")
        for n in (1, 2)
    ]
    (told,) = support(Targets(ones, None))
    assert told.id == "mailiz"
    assert told.phone or told.mail
    assert support(Targets([account("x", "y", "z", "")], None)) == ()
    assert support(Targets(ones, None, known=False)) == ()


def test_own_profiles_of_the_practice_come_first(tmp_path: Path) -> None:
    (tmp_path / "ici.toml").write_text(
        "name = 'Ici'\ndomains = ['cabinet.example']\n[support]\nphone = '01 02 03 04 05'\n"
    )
    (told,) = support(Targets([account("x", "y", "z", "")], tmp_path))
    assert (told.name, told.phone) == ("Ici", "01 02 03 04 05")


# -- requirements --------------------------------------------------------------------------------------------

EXPECTED = """
1.0.1 1.0.2 1.1.1 1.1.2 1.1.3 1.1.4 1.1.5 1.1.6 1.1.7 1.1.8 1.1.9 1.1.10
1.2.1 1.2.2 1.2.3 1.2.4 1.2.5 1.2.6 1.2.7
2.1.1 2.1.2 2.1.3 2.1.4 2.1.5 2.1.6 2.2.1 2.2.2 2.2.3 2.2.4 2.2.5 2.2.6 2.2.7 2.2.8 2.3.1 2.4.1 2.4.2 2.4.3
3.1.1 3.1.2 3.1.3 3.1.4 3.1.5 3.1.6 4.1.1 4.1.2
"""


def test_every_requirement_has_its_line() -> None:
    told = requirements()
    assert [each.id for each in told] == [f"ECO.{number}" for number in EXPECTED.split()]
    for each in told:
        assert each.state in REQUIREMENT_STATES
        assert each.title
        assert not faults_of(each.sentence), (each.id, faults_of(each.sentence))
        assert state_title(each.state) != each.state


def test_every_area_has_a_name() -> None:
    areas = "network proxy clock card dns tls operator account directory sieve trust store hprim wants"
    for area in areas.split():
        assert area_title(area) != area
    assert area_title("zz") == "zz"
