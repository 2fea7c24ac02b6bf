"""The real window on big folders: first picture, scrolling, search, weight; alone and during a first sync."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.bench.mixed import mixed_messages
from tests.reference import REPOSITORY
from tests.servers import ImapServer

if TYPE_CHECKING:
    from tests.desk.desk import Desk

pytestmark = [pytest.mark.bench, pytest.mark.window, pytest.mark.timeout(1800)]


def prepare(desk: "Desk", profile: Path, messages: int, *more: str, stdin: str = "") -> None:
    command = [sys.executable, "-m", "tests.bench.prepare", str(profile), str(messages), *more]
    subprocess.run(command, env=desk.env, cwd=REPOSITORY, input=stdin, text=True, check=True, timeout=600)


def probe(desk: "Desk", profile: Path, seconds: float = 3) -> dict[str, object]:
    command = [
        sys.executable,
        "-m",
        "tests.bench.window_probe",
        str(profile),
        repr(time.time()),
        str(seconds),
    ]
    done = subprocess.run(
        command, env=desk.env, cwd=REPOSITORY, capture_output=True, text=True, timeout=120, check=False
    )
    lines = [line for line in done.stdout.splitlines() if line.startswith("{")]
    assert lines, done.stderr[-2000:]
    return json.loads(lines[-1])


@pytest.mark.parametrize("messages", [10_000, 100_000])
def test_a_big_folder(new_desk: Callable[..., "Desk"], tmp_path: Path, messages: int) -> None:
    desk = new_desk(keyring=True)
    prepare(desk, tmp_path / "p", messages)
    cold = probe(desk, tmp_path / "p", 1)
    warm = probe(desk, tmp_path / "p")
    found = json.dumps(warm, ensure_ascii=False)
    print(f"\n{messages} messages: first start {cold['painted_s']} s; then {found}")


def test_scrolling_during_a_first_synchronisation(
    new_desk: Callable[..., "Desk"], dovecot: ImapServer, tmp_path: Path
) -> None:
    desk = new_desk(keyring=True)
    user, password = dovecot.new_user("bench-fenetre", quota_octets=2 << 30)
    dovecot.seed(user, mixed_messages(12_000))
    (tmp_path / "ca.pem").write_bytes(dovecot.ca_pem)
    place = (user, dovecot.host, str(dovecot.port_tls), str(tmp_path / "ca.pem"))
    prepare(desk, tmp_path / "p", 100_000, *place, stdin=password)
    found = probe(desk, tmp_path / "p", 10)
    print(f"\nduring a first sync of 12 000: {json.dumps(found, ensure_ascii=False)}")
