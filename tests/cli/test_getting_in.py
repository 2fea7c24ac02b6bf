"""With an address and what one logs in with, from a shell: names, pages and servers are real."""

import ssl
import subprocess
import sys
import threading
import urllib.request
from pathlib import Path

import pytest

from tests.cli.cabinet import Desk, refusal, works
from tests.cli.calling import Said
from tests.planted import assert_no_secret_in_files, seed_secret
from tests.servers import Authority, Identity, ImapServer, SoftHsm
from tests.servers.identity import CLIENT_ID, IdentityProvider, Person
from tests.servers.outside import Outside

pytestmark = pytest.mark.servers

NUMBER = "899700000031"


@pytest.mark.parametrize("starttls", [False, True], ids=["tls", "starttls"])
def test_an_address_and_a_password_are_enough(
    desk: Desk, outside: Outside, operator: ImapServer, starttls: bool
) -> None:
    outside.serve(operator, starttls=starttls)
    added = desk.add()
    assert added.code == 0, added.out
    told = added.json
    security = "starttls" if starttls else "tls"
    assert told["imap"] == {
        "host": "imap.cabinet.example",
        "port": operator.port_starttls if starttls else operator.port_tls,
        "security": security,
    }
    assert told["smtp"]["host"] == "smtp.cabinet.example"
    assert told["auth"] == "password"
    works(desk)
    assert_no_secret_in_files(desk.profile)


def test_the_operators_page_is_enough_too(desk: Desk, outside: Outside, operator: ImapServer) -> None:
    for host in ("imap", "smtp"):
        outside.host(f"{host}.cabinet.example")
    outside.pages["/mail/config-v1.1.xml"] = (
        200,
        f"""<clientConfig version="1.1"><emailProvider id="x">
<incomingServer type="imap"><hostname>imap.cabinet.example</hostname><port>{operator.port_tls}</port>
<socketType>SSL</socketType><username>%EMAILADDRESS%</username></incomingServer>
<outgoingServer type="smtp"><hostname>smtp.cabinet.example</hostname>
<port>{operator.submission_starttls}</port><socketType>STARTTLS</socketType></outgoingServer>
</emailProvider></clientConfig>""".encode(),
    )
    added = desk.add()
    assert added.code == 0, added.out
    assert added.json["smtp"]["security"] == "starttls"
    assert desk.address.partition("@")[0] not in "".join(outside.asked)
    works(desk)


def test_a_host_outside_of_the_domain_hears_nothing_before_it_is_accepted(
    desk: Desk, outside: Outside, operator: ImapServer
) -> None:
    outside.serve(operator, host="serveur.example")
    refused = desk.add()
    assert refusal(refused) == (4, "host-outside")
    assert "serveur.example" in refused.json["error"]["sentence"]
    assert "--accept-host" in refused.json["error"]["remedy"]
    assert desk.verb("account", "list").json["accounts"] == []
    assert desk.add("--accept-host", "autre.example").code == 4
    assert desk.add("--accept-host", "serveur.example").code == 0
    works(desk)


def test_a_domain_that_nobody_has_is_told(desk: Desk, outside: Outside) -> None:
    outside.names.zones.clear()
    assert refusal(desk.add()) == (3, "domain-unknown")


def test_a_domain_without_servers_wants_them_typed(
    desk: Desk, outside: Outside, operator: ImapServer
) -> None:
    refused = desk.add()
    assert refusal(refused) == (4, "autoconfiguration-unknown")
    assert "--imap" in refused.json["error"]["remedy"]


def test_a_wrong_password_keeps_nothing(desk: Desk, outside: Outside, operator: ImapServer) -> None:
    outside.serve(operator)
    desk.say_secrets(password=seed_secret("pas celui-là"))
    assert refusal(desk.add()) == (4, "login-refused")
    assert desk.verb("account", "list").json["accounts"] == []


# -- a certificate in a file -----------------------------------------------------------------------------


def test_a_certificate_in_a_file_opens_the_bal(
    desk: Desk, outside: Outside, by_certificate: ImapServer, authority: Authority, home: Path
) -> None:
    outside.serve(by_certificate)
    by_certificate.let_in(NUMBER, desk.address)
    passphrase = seed_secret("phrase du fichier p12")
    file = home / "moi.p12"
    file.write_bytes(authority.client(desk.address, NUMBER).pkcs12(passphrase))
    desk.say_secrets(password=seed_secret("Autre-phrase-5-Iris"))
    assert refusal(desk.add("--pkcs12", file)) == (4, "pkcs12-passphrase")
    desk.say_secrets(password=passphrase)
    added = desk.add("--pkcs12", file)
    assert added.code == 0, added.out
    assert added.json["auth"] == "pkcs12"
    works(desk)
    file.unlink()
    assert refusal(desk.verb("sync")) == (3, "pkcs12-missing")


def test_the_certificate_of_somebody_else_is_refused(
    desk: Desk, outside: Outside, by_certificate: ImapServer, authority: Authority, home: Path
) -> None:
    outside.serve(by_certificate)
    passphrase = seed_secret("phrase du second p12")
    (home / "autre.p12").write_bytes(authority.client(desk.address, "899700000099").pkcs12(passphrase))
    desk.say_secrets(password=passphrase)
    assert refusal(desk.add("--pkcs12", home / "autre.p12")) == (4, "client-certificate-refused")


# -- a certificate behind a module -----------------------------------------------------------------------

TOKEN_PIN = "Une phrase de jeton"


def test_a_certificate_behind_a_module_opens_the_bal(
    desk: Desk, outside: Outside, by_certificate: ImapServer, authority: Authority, softhsm: SoftHsm
) -> None:
    outside.serve(by_certificate)
    ours, other = "899700000043", "899700000044"
    softhsm.add_token("Autre", authority.professional(other), pin=TOKEN_PIN)
    softhsm.add_token(
        "Cabinet vert", authority.professional(other), authority.professional(ours), pin=TOKEN_PIN
    )
    by_certificate.let_in(ours, desk.address)
    module = f"?module-path={softhsm.module}"
    uri = f"pkcs11:token=Cabinet%20vert;id=%02;type=cert{module}"
    missing = desk.add("--pkcs11", uri)
    assert refusal(missing) == (4, "pin-cancelled")
    assert "[card]" in missing.json["error"]["remedy"]
    desk.say_secrets(pin="Pas la bonne phrase")
    assert refusal(desk.add("--pkcs11", uri)) == (4, "pin-wrong")
    desk.say_secrets(pin=TOKEN_PIN)
    added = desk.add("--pkcs11", uri)
    assert added.code == 0, added.out
    assert added.json["auth"] == "pkcs11"
    works(desk)
    assert_no_secret_in_files(desk.profile)


def test_what_names_no_certificate_adds_nothing(
    desk: Desk, outside: Outside, by_certificate: ImapServer, authority: Authority, softhsm: SoftHsm
) -> None:
    outside.serve(by_certificate)
    both = authority.professional("899700000045"), authority.professional("899700000046")
    softhsm.add_token("Cabinet bleu", *both, pin=TOKEN_PIN)
    desk.say_secrets(pin=TOKEN_PIN)
    module = f"?module-path={softhsm.module}"
    for uri, expected in (
        (f"pkcs11:token=Cabinet%20rouge{module}", (3, "pkcs11-no-token")),
        (f"pkcs11:id=%09{module}", (4, "pkcs11-no-certificate")),
        ("pkcs11:?module-path=/absent.so", (3, "pkcs11-no-module")),
        (f"pkcs11:token=Cabinet%20bleu{module}", (4, "card-choice")),
        (f"pkcs11:id=%01{module}&pin-value=7391", (4, "pkcs11-uri-secret")),
        ("module:token=a", (4, "pkcs11-uri")),
        (f"pkcs11:id=%01{module}", (4, "client-certificate-refused")),
    ):
        assert refusal(desk.add("--auth", "pkcs12", "--pkcs11", uri)) == expected, uri
    assert desk.add("--auth", "pkcs11").code == 2
    assert desk.verb("account", "list").json["accounts"] == []


# -- a card ----------------------------------------------------------------------------------------------


def test_a_card_by_its_module_opens_the_bal(
    desk: Desk, outside: Outside, by_certificate: ImapServer, authority: Authority, softhsm: SoftHsm
) -> None:
    outside.serve(by_certificate)
    holder = authority.professional("899700000041", "PERRIN", "Dominique")
    softhsm.add_token("CPS", holder, pin="7391")
    by_certificate.let_in("899700000041", desk.address)
    card = ("--auth", "cps", "--card-module", softhsm.module)
    missing = desk.add(*card)
    assert refusal(missing) == (4, "pin-cancelled")
    assert "[card]" in missing.json["error"]["remedy"]
    desk.say_secrets(pin="1111")
    assert refusal(desk.add(*card)) == (4, "pin-wrong")
    desk.say_secrets(pin="7391")
    added = desk.add(*card)
    assert added.code == 0, added.out
    assert added.json["auth"] == "cps"
    works(desk)


# -- Pro Santé Connect -----------------------------------------------------------------------------------


@pytest.fixture
def provider(
    identity: IdentityProvider, dovecot: ImapServer, names_of_cabinet: Identity, outside: Outside, desk: Desk
) -> IdentityProvider:
    identity.person = Person(desk.address, NUMBER, "Camille", "AUBRY")
    outside.serve(dovecot.with_tokens(f"{identity.issuer}/introspect", names_of_cabinet))
    desk.own_profile(
        f'authentications = ["psc"]\n[psc]\ndiscovery = "{identity.discovery}"\nclient_id = "{CLIENT_ID}"\n'
    )
    return identity


def test_the_telephone_opens_the_bal(desk: Desk, provider: IdentityProvider) -> None:
    added = desk.add("--auth", "psc", "--national-id", NUMBER)
    assert added.code == 0, added.out
    assert added.json["auth"] == "psc"
    assert provider.shown in added.err
    synced = desk.verb("sync")
    assert synced.code == 0, synced.out
    assert provider.shown in synced.err, "no token was kept: the telephone is asked again"
    assert_no_secret_in_files(desk.profile)


def test_where_no_password_is_taken_one_gets_in_as_the_operator_offers(
    desk: Desk, provider: IdentityProvider
) -> None:
    """Without --auth: the address, and whose telephone it is."""
    desk.say_secrets(None)
    added = desk.add("--national-id", NUMBER)
    assert added.code == 0, added.out
    assert added.json["auth"] == "psc"


def test_a_password_that_is_taken_and_not_given_is_asked_for(
    desk: Desk, outside: Outside, operator: ImapServer
) -> None:
    outside.serve(operator)
    desk.say_secrets(None)
    assert refusal(desk.add()) == (3, "password-missing")


def test_a_telephone_that_says_no_adds_nothing(desk: Desk, provider: IdentityProvider) -> None:
    provider.phone = "deny"
    assert refusal(desk.add("--auth", "psc", "--national-id", NUMBER)) == (4, "psc-denied")
    assert desk.verb("account", "list").json["accounts"] == []


def test_another_person_gets_nothing_out_of_a_bal(desk: Desk, provider: IdentityProvider) -> None:
    assert desk.add("--auth", "psc", "--national-id", NUMBER).code == 0
    provider.claims = {"sub": "f:quelquun-dautre"}
    assert refusal(desk.verb("sync")) == (4, "psc-other-person")


def test_an_operator_that_said_nothing_of_it_is_told(desk: Desk, provider: IdentityProvider) -> None:
    desk.own_profile("")
    assert refusal(desk.add("--auth", "psc")) == (4, "psc-not-configured")


def test_the_browser_opens_the_bal(desk: Desk, provider: IdentityProvider, authority: Authority) -> None:
    adding = ["account", "add", desk.address, "--ca", str(desk.ca), "--auth", "psc"]
    program = subprocess.Popen(
        [sys.executable, "-m", "mssclient", *desk.common, *adding],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    pages: list[bytes] = []

    def browse(context: ssl.SSLContext) -> None:
        assert program.stderr is not None
        for line in program.stderr:
            if line.startswith(b"https://"):
                with urllib.request.urlopen(line.decode().strip(), timeout=20, context=context) as answer:
                    pages.append(answer.read())

    browser = threading.Thread(target=browse, args=(authority.client_context(),))
    browser.start()
    assert program.stdout is not None
    out = program.stdout.read()
    code = program.wait(60)
    browser.join(20)
    program.stdout.close()
    assert program.stderr is not None
    program.stderr.close()
    said = Said(code, out, "")
    assert code == 0, said.out
    assert "Connexion reçue".encode() in pages[0]
    assert said.json["auth"] == "psc"
