"""A person who knows only an address gets in, in the real window, on a real operator."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.reference import REPOSITORY
from tests.servers import Authority, ImapServer, Reader, VirtualCard
from tests.servers.identity import CLIENT_ID, IdentityProvider, Person
from tests.window.letters import LETTER
from tests.window.practice import Practice, named

if TYPE_CHECKING:
    from tests.desk.atspi import Node
    from tests.desk.desk import Desk, Program

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


NUMBER, PIN = "899700000093", "4826"
PASSPHRASE = "Phrase-du-fichier-77"


class Newcomer(Practice):
    """A profile without any BAL, which knows the operator by a file of its own."""

    def know_operator(self, authentication: str, more: str = "") -> None:
        operators = self.profile / "operators"
        operators.mkdir(parents=True)
        self.profile.chmod(0o700)
        anchor = json.dumps(self.server.ca_pem.decode())
        (operators / "essai.toml").write_text(
            f'name = "Opérateur d’essai"\ndomains = ["{self.user.partition("@")[2]}"]\n'
            f'authentications = ["{authentication}"]\nanchors = [{anchor}]\n'
            f'terms = "https://localhost/conditions"\n'
            f'[imap]\nhost = "localhost"\nport = {self.server.port_tls}\n'
            f'[smtp]\nhost = "localhost"\nport = {self.server.submission_starttls}\n'
            f'security = "starttls"\n{more}'
        )

    def as_far_as_the_login(self) -> "tuple[Program, Node]":
        """Start, type the address, take the servers that were found."""
        until = self.desk.bus.until
        program = self.start()
        self.desk.click(until(lambda: program.find("push button", "Ajouter une boîte"), 30))
        dialog = until(lambda: named(program, "Ajouter une boîte aux lettres"), 15)
        until(lambda: "focused" in dialog.find("text", "Adresse MSSanté").states)
        self.desk.type(self.user)
        assert [repr(node) for node in dialog.unnamed()] == []
        self.desk.key("Return")
        servers = until(lambda: named(program, "Serveurs de l’opérateur"), 15)
        until(lambda: "enabled" in servers.find("push button", "Continuer").states, 30, "servers found")
        assert [repr(node) for node in servers.unnamed()] == []
        self.desk.click(servers.find("push button", "Continuer"))
        return program, until(lambda: named(program, "Connexion"), 15)

    def says_a_name(self, login: "Node") -> None:
        for field, text in (("Prénom", "Ninon"), ("Nom", "Valade")):
            login.find("text", field).focus()
            self.desk.type(text)

    def sees_the_letter(self, program: "Program", picture: Path) -> None:
        """The BAL is open behind the first set-up."""
        until = self.desk.bus.until
        until(lambda: named(program, "Mise en route de la boîte"), 30)
        rows = until(lambda: program.find("list", "Messages"), 20)
        until(lambda: rows.count == 1, 30, "the letter in the list")
        self.desk.shot(picture)
        self.desk.key("Escape")
        self.desk.activate(program)
        self.desk.key("alt+F4")
        assert program.process.wait(15) == 0


Arrival = Callable[[ImapServer], Newcomer]


@pytest.fixture
def arrive(new_desk: Callable[..., "Desk"], tmp_path: Path) -> Arrival:
    def make(server: ImapServer) -> Newcomer:
        number = len(server.users)
        made = Newcomer(new_desk(keyring=True), server, tmp_path, f"ninon{number}", "essai.invalid")
        server.append(made.user, "INBOX", LETTER.format(to=made.user, sender=made.colleague).encode())
        return made

    return make


def test_from_an_address_to_the_first_letter(arrive: Arrival, dovecot: ImapServer, shots: Path) -> None:
    newcomer = arrive(dovecot)
    newcomer.know_operator("password")
    desk, until = newcomer.desk, newcomer.desk.bus.until
    program, login = newcomer.as_far_as_the_login()
    newcomer.says_a_name(login)
    # A wrong password is said in place, with what to do; nothing is kept.
    password = login.find("text", "Mot de passe")
    password.focus()
    desk.type("faux")
    desk.key("Return")
    until(lambda: any("a refusé l’identifiant" in node.name for _deep, node in login.walk()), 20)
    desk.shot(shots / "entree-mot-de-passe.png")
    password.focus()
    desk.key("ctrl+a")
    desk.type(dovecot.credentials(newcomer.user)[1])
    desk.key("Return")

    setup = until(lambda: named(program, "Mise en route de la boîte"), 30)
    assert any("Ninon VALADE" in node.name for _deep, node in setup.walk())
    desk.key("Return")
    terms = until(lambda: setup.find("check box", "J’ai lu et j’accepte ces conditions"), 10)
    assert "enabled" not in setup.find("push button", "Continuer").states
    desk.click(terms)
    desk.click(setup.find("push button", "Continuer"))
    for field in ("Adresse ordinaire", "Dossier de dépôt", "Signature"):
        until(lambda field=field: setup.find("text", field), 10)
        desk.shot(shots / "entree-mise-en-route.png")
        desk.click(setup.find("push button", "Passer cette étape"))
    until(lambda: named(program, "Mise en route") is None, 10)

    rows = until(lambda: program.find("list", "Messages"), 20)
    until(lambda: rows.count == 1, 30, "the letter in the list")
    desk.shot(shots / "entree-liste.png")
    desk.key("alt+F4")
    assert program.process.wait(15) == 0


def test_by_card(
    arrive: Arrival,
    dovecot: ImapServer,
    readers: tuple[Reader, ...],
    authority: Authority,
    shots: Path,
) -> None:
    operator = dovecot.with_certificates()
    newcomer = arrive(operator)
    newcomer.know_operator("cps")
    name = next(short for short, (address, _word) in operator.users.items() if address == newcomer.user)
    operator.let_in(NUMBER, name)
    desk, until = newcomer.desk, newcomer.desk.bus.until
    program, login = newcomer.as_far_as_the_login()
    assert "enabled" not in login.find("push button", "Se connecter").states
    readers[0].insert(VirtualCard("CPS4", authority.professional(NUMBER, "VALADE", "Ninon"), pin=PIN))
    until(lambda: any("VALADE Ninon" in node.name for _deep, node in login.walk()), 15, "the card is read")
    desk.shot(shots / "entree-carte.png")
    desk.click(until(lambda: login.find("push button", "Se connecter", "enabled"), 10))
    asking = until(lambda: named(program, "Code de la carte"), 20)
    until(lambda: "focused" in asking.find("text", "Code porteur").states)
    desk.shot(shots / "entree-code.png")
    desk.type(PIN)
    desk.key("Return")
    newcomer.sees_the_letter(program, shots / "entree-carte-liste.png")


def test_by_the_telephone(
    arrive: Arrival, dovecot: ImapServer, authority: Authority, tmp_path: Path, shots: Path
) -> None:
    identity = IdentityProvider(tmp_path, authority)
    identity.start()
    try:
        operator = dovecot.with_tokens(f"{identity.issuer}/introspect")
        newcomer = arrive(operator)
        identity.person = Person(newcomer.user, NUMBER, "Ninon", "VALADE")
        identity.phone = "wait"
        newcomer.know_operator(
            "psc", f'[psc]\ndiscovery = "{identity.discovery}"\nclient_id = "{CLIENT_ID}"\n'
        )
        desk, until = newcomer.desk, newcomer.desk.bus.until
        program, login = newcomer.as_far_as_the_login()
        login.find("text", "Numéro national").focus()
        desk.type(NUMBER)
        desk.key("Return")
        waiting = until(lambda: named(program, "Confirmez sur votre téléphone"), 20)
        until(lambda: identity.shown)
        spoken = " ".join(identity.shown)
        assert any(spoken in node.name for _deep, node in waiting.walk()), "the digits of the telephone"
        desk.shot(shots / "entree-telephone.png")
        identity.phone = "accept"
        until(lambda: named(program, "Confirmez sur votre téléphone") is None, 30)
        newcomer.sees_the_letter(program, shots / "entree-telephone-liste.png")
    finally:
        identity.stop()


class Browsers:
    """What the desk opens pages with: a window of its own for each, found by ``xdg-open`` as anywhere."""

    def __init__(self, newcomer: Newcomer, folder: Path) -> None:
        self.desk = newcomer.desk
        programs = folder / "programmes"
        programs.mkdir()
        opener = programs / "xdg-open"
        window = REPOSITORY / "tests/desk/browser.py"
        opener.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{window}" "$@"\n')
        opener.chmod(0o755)
        self.desk.env["PATH"] = f"{programs}{os.pathsep}{self.desk.env['PATH']}"
        self.desk.env["BROWSER_CA"] = newcomer.server.ca_pem_path

    def opened(self) -> "Node":
        """The window of the one that is open, once it can be pressed and closed."""

        def shown() -> "Node | None":
            windows = (window for root in self.desk.bus.programs().values() for window in root.children())
            return next((each for each in windows if each.name == "Navigateur"), None)

        window = self.desk.bus.until(shown, 20, "a browser")
        self.desk.bus.until(lambda: "active" in window.states, 10)
        return window

    def closed(self) -> None:
        """The person closes the one that has the keyboard."""
        self.desk.key("alt+F4")


def test_by_the_browser(
    arrive: Arrival, dovecot: ImapServer, authority: Authority, tmp_path: Path, shots: Path
) -> None:
    """Closed without logging in, then answered by somebody else's page, then done."""
    identity = IdentityProvider(tmp_path, authority)
    identity.start()
    try:
        newcomer = arrive(dovecot.with_tokens(f"{identity.issuer}/introspect"))
        identity.person = Person(newcomer.user, NUMBER, "Ninon", "VALADE")
        newcomer.know_operator(
            "psc", f'[psc]\ndiscovery = "{identity.discovery}"\nclient_id = "{CLIENT_ID}"\n'
        )
        browsers = Browsers(newcomer, tmp_path)
        desk, until = newcomer.desk, newcomer.desk.bus.until
        program, login = newcomer.as_far_as_the_login()

        def says(window: "Node", words: str) -> bool:
            return any(words in node.name for _deep, node in window.walk())

        # The name of a combo box is what is chosen in it; a screen reader has its label beside it.
        desk.click(login.find("combo box", "Sur mon téléphone (application e-CPS)"))
        desk.key("Down", "Return")
        until(lambda: "enabled" in login.find("push button", "Se connecter").states, what="no number wanted")
        desk.shot(shots / "entree-navigateur-choix.png")

        desk.click(login.find("push button", "Se connecter"))
        waiting = until(lambda: named(program, "Connectez-vous dans le navigateur"), 20)
        browsers.opened()
        until(lambda: "active" not in waiting.states, what="the browser in front")
        browsers.closed()
        until(lambda: says(waiting, "Rien n’est encore arrivé du navigateur"), 10)
        assert [repr(node) for node in waiting.unnamed()] == []
        desk.shot(shots / "entree-navigateur-ferme.png")
        desk.click(waiting.find("push button", "Ouvrir à nouveau"))
        browsers.opened()
        browsers.closed()
        until(lambda: "active" in waiting.states)
        desk.key("Escape")
        until(lambda: says(login, "a été annulée"), 10)
        desk.shot(shots / "entree-navigateur-annule.png")

        identity.state = "une-autre-demande"
        desk.click(login.find("push button", "Se connecter", "enabled"))
        page = browsers.opened()
        desk.click(page.find("push button", "Je me connecte"))
        until(lambda: says(page, "Connexion non aboutie"), 10)
        until(lambda: named(program, "Connectez-vous dans le navigateur") is None, 10)
        browsers.closed()
        until(lambda: says(login, "n’est pas celle de votre demande de connexion"), 10)
        desk.shot(shots / "entree-navigateur-autre-demande.png")

        identity.state = None
        until(lambda: "active" in login.states)
        desk.click(login.find("push button", "Se connecter", "enabled"))
        page = browsers.opened()
        desk.shot(shots / "entree-navigateur.png")
        desk.click(page.find("push button", "Je me connecte"))
        until(lambda: says(page, "Connexion reçue"), 10)
        browsers.closed()
        setup = until(lambda: named(program, "Mise en route de la boîte"), 30)
        until(lambda: says(setup, "Ninon VALADE"), 10, "the name of the identity")
        newcomer.sees_the_letter(program, shots / "entree-navigateur-liste.png")
    finally:
        identity.stop()


def test_by_a_certificate_in_a_file(
    arrive: Arrival, dovecot: ImapServer, authority: Authority, tmp_path: Path, shots: Path
) -> None:
    operator = dovecot.with_certificates()
    newcomer = arrive(operator)
    newcomer.know_operator("pkcs12")
    name = next(short for short, (address, _word) in operator.users.items() if address == newcomer.user)
    operator.let_in(newcomer.user, name)
    file = tmp_path / "certificat.p12"
    file.write_bytes(authority.client(newcomer.user).pkcs12(PASSPHRASE))
    desk = newcomer.desk
    program, login = newcomer.as_far_as_the_login()
    newcomer.says_a_name(login)
    login.find("text", "Fichier du certificat").focus()
    desk.type(str(file))
    login.find("text", "Mot de passe du fichier").focus()
    desk.type(PASSPHRASE)
    desk.shot(shots / "entree-fichier.png")
    desk.key("Return")
    newcomer.sees_the_letter(program, shots / "entree-fichier-liste.png")
