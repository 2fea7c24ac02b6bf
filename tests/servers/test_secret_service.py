"""A real Secret Service, for child processes and for this one."""

import subprocess
import sys

import pytest

from tests.servers import KeyringSession

pytestmark = pytest.mark.servers

SCRIPT = """
import keyring, sys
print(type(keyring.get_keyring()).__module__)
keyring.set_password("essai", "clef", sys.argv[1])
print(keyring.get_password("essai", "clef"))
"""


def test_a_child_process_keeps_a_secret(keyring_session: KeyringSession) -> None:
    argv = [sys.executable, "-c", SCRIPT, "sésame"]
    told = subprocess.run(
        argv, env=keyring_session.env, capture_output=True, text=True, timeout=60, check=True
    )
    assert told.stdout.splitlines() == ["keyring.backends.SecretService", "sésame"]


def test_this_process_keeps_a_secret_during_the_test(keyring_here: KeyringSession) -> None:
    import keyring

    keyring.set_password("essai", "ici", "sésame")
    assert keyring.get_password("essai", "ici") == "sésame"
    keyring.delete_password("essai", "ici")
    assert keyring.get_password("essai", "ici") is None


def test_without_the_fixture_there_is_no_keyring() -> None:
    import keyring
    from keyring.errors import NoKeyringError

    with pytest.raises(NoKeyringError):
        keyring.get_password("essai", "clef")
