"""A person who knows only an address gets in, in the real window, on a real operator."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import ImapServer
from tests.window.letters import LETTER
from tests.window.practice import Practice, named

if TYPE_CHECKING:
    from tests.desk.desk import Desk

pytestmark = [pytest.mark.window, pytest.mark.servers, pytest.mark.timeout(240)]


@pytest.fixture
def newcomer(new_desk: Callable[..., "Desk"], dovecot: ImapServer, tmp_path: Path) -> Practice:
    """A profile without any BAL, which knows the operator by a file of its own."""
    made = Practice(new_desk(keyring=True), dovecot, tmp_path, f"ninon{len(dovecot.users)}", "essai.invalid")
    dovecot.append(made.user, "INBOX", LETTER.format(to=made.user, sender=made.colleague).encode())
    operators = made.profile / "operators"
    operators.mkdir(parents=True)
    made.profile.chmod(0o700)
    anchor = json.dumps(dovecot.ca_pem.decode())
    (operators / "essai.toml").write_text(
        f'name = "Opérateur d’essai"\ndomains = ["{made.user.partition("@")[2]}"]\n'
        f'authentications = ["password"]\nanchors = [{anchor}]\nterms = "https://localhost/conditions"\n'
        f'[imap]\nhost = "localhost"\nport = {dovecot.port_tls}\n'
        f'[smtp]\nhost = "localhost"\nport = {dovecot.submission_starttls}\nsecurity = "starttls"\n'
    )
    return made


def test_from_an_address_to_the_first_letter(newcomer: Practice, dovecot: ImapServer, shots: Path) -> None:
    desk, until = newcomer.desk, newcomer.desk.bus.until
    program = newcomer.start()
    add = until(lambda: program.find("push button", "Ajouter une boîte"), 30)
    desk.click(add)
    dialog = until(lambda: named(program, "Ajouter une boîte aux lettres"), 15)
    until(lambda: "focused" in dialog.find("text", "Adresse MSSanté").states)
    desk.type(newcomer.user)
    desk.shot(shots / "entree-1-adresse.png")
    assert [repr(node) for node in dialog.unnamed()] == []
    desk.key("Return")

    servers = until(lambda: named(program, "Serveurs de l’opérateur"), 15)
    until(lambda: "enabled" in servers.find("push button", "Continuer").states, 30, "servers found")
    desk.shot(shots / "entree-2-serveurs.png")
    assert [repr(node) for node in servers.unnamed()] == []
    desk.click(servers.find("push button", "Continuer"))

    login = until(lambda: named(program, "Connexion"), 15)
    for name, text in (("Prénom", "Ninon"), ("Nom", "Valade")):
        login.find("text", name).focus()
        desk.type(text)
    # A wrong password is said in place, with what to do; nothing is kept.
    password = login.find("text", "Mot de passe")
    password.focus()
    desk.type("faux")
    desk.key("Return")
    until(lambda: any("a refusé l’identifiant" in node.name for _deep, node in login.walk()), 20)
    desk.shot(shots / "entree-3-refus.png")
    password.focus()
    desk.key("ctrl+a")
    desk.type(dovecot.credentials(newcomer.user)[1])
    desk.key("Return")

    setup = until(lambda: named(program, "Mise en route de la boîte"), 30)
    assert any("Ninon VALADE" in node.name for _deep, node in setup.walk())
    desk.shot(shots / "entree-4-mise-en-route.png")
    desk.key("Return")
    terms = until(lambda: setup.find("check box", "J’ai lu et j’accepte ces conditions"), 10)
    assert "enabled" not in setup.find("push button", "Continuer").states
    desk.click(terms)
    desk.click(setup.find("push button", "Continuer"))
    for _step in ("notification", "hprim"):
        desk.click(until(lambda: setup.find("push button", "Passer cette étape"), 10))
    until(lambda: setup.find("text", "Signature"), 10)
    desk.click(setup.find("push button", "Passer cette étape"))
    until(lambda: named(program, "Mise en route") is None, 10)

    rows = until(lambda: program.find("list", "Messages"), 20)
    until(lambda: rows.count == 1, 30, "the letter in the list")
    desk.shot(shots / "entree-5-liste.png")
    desk.key("alt+F4")
    assert program.process.wait(15) == 0
