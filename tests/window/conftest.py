"""The practice of this folder's tests."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.servers import ImapServer
from tests.window.letters import LETTER, RESULT, SPOOF, html_letter
from tests.window.practice import Practice

if TYPE_CHECKING:
    from tests.desk.desk import Desk


@pytest.fixture
def practice(new_desk: Callable[..., "Desk"], dovecot: ImapServer, tmp_path: Path) -> Practice:
    made = Practice(new_desk(keyring=True), dovecot, tmp_path, f"dr-camille{len(dovecot.users)}")
    dovecot.append(made.user, "INBOX", LETTER.format(to=made.user, sender=made.colleague).encode())
    dovecot.append(made.user, "INBOX", html_letter(made.user, made.colleague))
    dovecot.append(made.user, "INBOX", SPOOF.format(to=made.user).encode())
    dovecot.append(made.user, "INBOX", RESULT.format(to=made.user).encode("cp1252"))
    made.add_account()
    return made
