"""What an engine need not hold in memory: ways of getting in that nobody of its profile uses."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from mssclient.model.questions import Done
from tests.engine.opening import adding, opened
from tests.servers import ImapServer

pytestmark = pytest.mark.servers

SELDOM = (
    "PySide6",
    "authlib",
    "dns",
    "joserfc",
    "lxml",
    "mssclient.access.card.scard",
    "mssclient.access.card.token",
    "mssclient.access.ldap",
    "mssclient.access.psc.provider",
    "mssclient.engine.bal",
    "mssclient.engine.cardlogin",
    "mssclient.engine.diagnosis.running",
    "mssclient.engine.discovering",
    "mssclient.engine.psc",
    "mssclient.operators.autoconfig.names",
    "pkcs11",
    "pyasn1",
    "signxml",
    "smartcard",
    "zxcvbn",
)

PROGRAM = """
import json, sys
from pathlib import Path
from mssclient.engine.client import Client, Profile
from mssclient.model.questions import ReadSettings, ReadState
from mssclient.model.secrets import Secret
from mssclient.model.wants import SetSetting, Sync
from tests.engine.ears import PASSPHRASE, Ear
ear = Ear()
given = {"passphrase": Secret(PASSPHRASE)}
ear.client = Client(Profile(Path(sys.argv[1])), ear, in_process=True, engine_options=given)
ear.client.start()
ear.wait("changed", lambda changed: any(one.state == "online" for one in changed.states))
for question in (ReadState(), ReadSettings()):
    ear.ask(question)
for want in (SetSetting(name="essai", value="1"), Sync()):
    ear.do(want)
print(json.dumps(sorted(sys.modules)))
ear.close()
"""


def test_an_engine_with_a_password_holds_no_other_way_of_getting_in(
    home: Path, dovecot: ImapServer, new_user: tuple[str, str]
) -> None:
    ear = opened(home / "p")
    assert isinstance(ear.do(adding(dovecot, new_user[0])), Done)
    ear.close()
    told = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(home / "p")],
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    modules = json.loads(told.stdout)
    assert "mssclient.mail.workers" in modules, "it works"
    assert [
        one for one in modules if one.startswith(tuple(f"{name}." for name in SELDOM)) or one in SELDOM
    ] == []


def test_what_getting_in_takes_is_there_when_it_is_named() -> None:
    from mssclient.engine import gettingin

    assert [getattr(gettingin, name).__name__ for name in gettingin.__all__] == [
        f"mssclient.engine.{name}" for name in gettingin.__all__
    ]
    with pytest.raises(AttributeError):
        _ = gettingin.nothing
