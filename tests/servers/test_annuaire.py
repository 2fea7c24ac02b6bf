"""The annuaire of the tests: ldaps, limits, pages, passwords; asked with OpenLDAP's own tools."""

import subprocess
from pathlib import Path

import pytest

from tests.servers import LdapServer
from tests.servers.children import need_program

pytestmark = pytest.mark.servers


def ask(slapd: LdapServer, ca: Path, program: str, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [need_program(program, "ldap-utils"), "-x", "-H", f"ldaps://127.0.0.1:{slapd.port}", *words]
    env = {
        "LDAPTLS_CACERT": str(ca),
        "LDAPTLS_REQCERT": "demand",
        "HOME": "/nonexistent",
        "LC_ALL": "C.UTF-8",
    }
    return subprocess.run(argv, env=env, capture_output=True, text=True, timeout=30, check=False)


@pytest.fixture
def ca(slapd: LdapServer, tmp_path: Path) -> Path:
    path = tmp_path / "ca.pem"
    path.write_bytes(slapd.ca_pem)
    return path


def entries(answer: subprocess.CompletedProcess[str]) -> int:
    return sum(line.startswith("dn:") for line in answer.stdout.splitlines())


def test_it_gives_so_many_at_most_and_all_by_pages(slapd: LdapServer, ca: Path) -> None:
    query = ("-LLL", "-b", slapd.base, "(objectClass=inetOrgPerson)", "mail")
    at_once = ask(slapd, ca, "ldapsearch", *query)
    assert (at_once.returncode, entries(at_once)) == (4, slapd.limit)
    by_pages = ask(slapd, ca, "ldapsearch", "-E", f"pr={slapd.limit}/noprompt", *query)
    assert (by_pages.returncode, entries(by_pages)) == (0, slapd.entries)


def test_case_does_not_matter_and_accents_do(slapd: LdapServer, ca: Path) -> None:
    def found(family: str) -> int:
        return entries(ask(slapd, ca, "ldapsearch", "-LLL", "-b", slapd.base, f"(sn={family}*)", "mail"))

    assert found("LÉV") == found("lév") > 0
    assert found("lev") == 0


def test_a_password_binds_and_a_wrong_one_does_not(slapd: LdapServer, ca: Path) -> None:
    mine = ("-D", slapd.dn("alice"), "-w")
    assert (
        ask(slapd, ca, "ldapwhoami", *mine, slapd.users["alice"][1]).stdout.strip()
        == f"dn:{slapd.dn('alice')}"
    )
    assert ask(slapd, ca, "ldapwhoami", *mine, "autre").returncode == 49


def test_a_stranger_to_its_authority_is_not_let_in(slapd: LdapServer, tmp_path: Path) -> None:
    (tmp_path / "other.pem").write_bytes(b"")
    assert ask(slapd, tmp_path / "other.pem", "ldapwhoami").returncode != 0
