"""What an operator's profile says of Pro Santé Connect reaches the login."""

from pathlib import Path
from types import SimpleNamespace

import pytest

from mssclient.access.psc.settings import SANDBOX, PscSettings
from mssclient.engine.psc import settings_of
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import Refused
from mssclient.model.ids import AccountId
from mssclient.operators.profiles import read_profile

PROFILE = """
name = "Essai"
[psc]
environment = "sandbox"
client_id = "essai"
relay = "https://relais.essai.mssante.fr"
redirect_port = 47123
"""


def test_every_key_of_the_profile_is_used(tmp_path: Path) -> None:
    (tmp_path / "essai.toml").write_text(PROFILE)
    desk = SimpleNamespace(profile=SimpleNamespace(operators_folder=tmp_path))
    endpoint = Endpoint(host="essai.mssante.fr", port=993)
    account = Account(
        id=AccountId(1),
        address="alice@essai.mssante.fr",
        imap=endpoint,
        smtp=endpoint,
        auth="psc",
        operator="essai",
    )
    assert settings_of(desk, account) == PscSettings(  # type: ignore[arg-type]  # only its profile is looked at
        discovery=SANDBOX,
        client_id="essai",
        relay="https://relais.essai.mssante.fr",
        redirect_port=47123,
    )


@pytest.mark.parametrize("port", ["-1", "80", "65536", "'47123'"])
def test_a_port_that_the_browser_cannot_come_back_to_is_refused(port: str) -> None:
    with pytest.raises(Refused) as refusal:
        read_profile(PROFILE.replace("47123", port).encode(), "essai")
    assert "redirect_port" in refusal.value.detail
