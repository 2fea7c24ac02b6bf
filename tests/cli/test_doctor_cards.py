"""``doctor --json`` where a BAL is opened by card: each fault of card, reader and service by its code."""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.store.accounts import add_account
from mssclient.store.key import load_key
from mssclient.store.profile import Profile
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from tests.badinput.practice import PASSPHRASE, command_line
from tests.planted import seed_secret
from tests.servers import Authority, CardService, Reader, VirtualCard

pytestmark = [
    pytest.mark.servers,
    pytest.mark.skipif(sys.platform == "win32", reason="pcscd and its virtual reader are for Linux"),
]

NUMBER = seed_secret("899700004329")
NOWHERE = Endpoint(host="localhost", port=9)


@pytest.fixture
def profile(home: Path) -> Path:
    """One BAL of which only the way in matters here."""
    made = Profile(home / "p")
    made.prepare()
    store = Store.open(
        made.store_path, load_key(made, ask=None, passphrase=Secret(PASSPHRASE)), lambda _changed: None
    )
    account = Account(
        id=AccountId(0),
        address="x@cabinet.example",
        imap=NOWHERE,
        smtp=NOWHERE,
        auth="cps",
        certificate="ab" * 32,
    )
    store.write(Priority.PERSON, lambda tx: add_account(tx, account))
    store.close()
    return made.folder


def told(profile: Path) -> dict[str, tuple[str, str]]:
    """Check → state and code."""
    answered = command_line("doctor", profile=profile)
    assert answered.code == 1
    assert NUMBER not in answered.out.decode()
    lines = [each for each in answered.document["checks"] if each["area"] == "card"]
    return {each["check"]: (each["state"], each["code"]) for each in lines}


def test_no_card_then_one_whose_code_is_blocked(
    profile: Path, readers: tuple[Reader, ...], authority: Authority
) -> None:
    assert told(profile)["card"] == ("fail", "card-absent")
    card = VirtualCard("CPS3", authority.professional(NUMBER, "PERRIN"))
    card.tries = 1
    readers[0].insert(card)
    assert told(profile)["pin"] == ("warn", "pin-last-try")
    card.tries = 0
    lines = told(profile)
    assert lines["pin"] == ("fail", "pin-blocked")
    assert lines["certificate"] == ("warn", "card-not-igc-sante")
    assert card.counts["verify"] == 0


def test_a_card_that_has_ended(profile: Path, readers: tuple[Reader, ...], authority: Authority) -> None:
    now = datetime.now(UTC)
    ended = authority.professional(
        NUMBER, "PERRIN", begin=now - timedelta(days=900), end=now - timedelta(days=2)
    )
    readers[0].insert(VirtualCard("CPS4", ended))
    assert told(profile)["certificate"] == ("fail", "card-certificate-expired")


def test_a_module_that_is_gone_and_a_service_that_does_not_run(
    profile: Path, card_service: CardService
) -> None:
    made = Profile(profile)
    store = Store.open(
        made.store_path, load_key(made, ask=None, passphrase=Secret(PASSPHRASE)), lambda _changed: None
    )
    store.write(Priority.PERSON, lambda tx: set_setting(tx, "card.module", json.dumps("/nulle/part.so")))
    store.close()
    card_service.stop()
    try:
        lines = told(profile)
    finally:
        card_service.start()
    assert lines["middleware"] == ("fail", "card-no-library")
    assert lines["service"] == ("fail", "card-no-service")
