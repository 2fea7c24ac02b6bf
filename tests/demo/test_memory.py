"""An operator started again on its folder has the mail as the earlier run left it."""

import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from imapclient import IMAPClient

from mssclient.demo import launch
from mssclient.demo.memory import STATE_FILE
from tests.demo.connections import Desk, letter
from tests.reference import REPOSITORY

AUBRY, VALADE, OFFICE = (
    "camille.aubry@medecin.mssante.fr",
    "ninon.valade@medecin.mssante.fr",
    "secretariat@cabinet-tilleuls.mssante.fr",
)
Seen = dict[str, tuple[int, int, bytes, dict[int, tuple[frozenset[bytes], object, bytes]]]]


@contextmanager
def _running(folder: Path, *, small: bool = True) -> Iterator[Desk]:
    with launch(folder, small=small) as operator:
        desk = Desk(operator)
        yield desk
        desk.close()


def _seen(client: IMAPClient) -> Seen:
    """Every folder: validity, next UID, identity, and of each message flags, date and octets."""
    seen: Seen = {}
    for attributes, _separator, name in client.list_folders():
        if name.startswith("Partagés"):
            continue
        told = client.select_folder(name, readonly=True)
        uids = client.search("ALL")
        got = client.fetch(uids, ["FLAGS", "INTERNALDATE", "BODY.PEEK[]"]) if uids else {}
        seen[name] = (
            told[b"UIDVALIDITY"],
            told[b"UIDNEXT"],
            b" ".join(sorted(attributes)),
            {
                uid: (frozenset(row[b"FLAGS"]) - {b"\\Recent"}, row[b"INTERNALDATE"], row[b"BODY[]"])
                for uid, row in got.items()
            },
        )
    return seen


def _change(desk: Desk) -> None:
    client = desk.imap(AUBRY)
    client.select_folder("INBOX")
    first, second, third = client.search("ALL")[:3]
    client.add_flags([first], [b"\\Seen", b"\\Flagged", "A_rappeler"])
    client.remove_flags([second], [b"\\Seen"])
    client.move([second], "Archives")
    client.create_folder("INBOX/Été")
    client.subscribe_folder("INBOX/Été")
    client.copy([first], "INBOX/Été")
    client.rename_folder("INBOX/Biologie", "Analyses")
    client.delete_folder("INBOX/Comptes rendus")
    client.delete_messages([third])
    client.expunge()
    client.append("Brouillons", letter(AUBRY, VALADE, "ébauche"), [b"\\Draft"])
    desk.send(AUBRY, [VALADE, OFFICE], letter(AUBRY, VALADE, "au revoir", "Corps du message"))


def test_all_that_changed_is_there_again(folder: Path) -> None:
    with _running(folder) as desk:
        _change(desk)
        before = {address: _seen(desk.imap(address)) for address in desk.addresses}
        subscribed = [name for _, _, name in desk.imap(AUBRY).list_sub_folders()]
    for _ in range(2):
        with _running(folder) as desk:
            after = {address: _seen(desk.imap(address)) for address in desk.addresses}
            assert [name for _, _, name in desk.imap(AUBRY).list_sub_folders()] == subscribed
        for address, folders in before.items():
            assert after[address].keys() == folders.keys()
            for name, (validity, next_uid, attributes, messages) in folders.items():
                now = after[address][name]
                assert (now[0], now[2]) == (validity, attributes), name
                assert now[1] >= next_uid, "no UID is given twice"
                assert now[3] == messages, name


def test_the_letters_do_not_lie_open_in_the_folder(folder: Path) -> None:
    with _running(folder) as desk:
        _change(desk)
    state = folder / STATE_FILE
    assert b"Corps du message" not in state.read_bytes()
    assert state.stat().st_size < 20_000, "the corpus is not written a second time"
    if sys.platform != "win32":
        assert state.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("damage", ["torn", "rubbish", "empty"])
def test_a_damaged_memory_is_the_seed_again(folder: Path, damage: str) -> None:
    with _running(folder) as desk:
        fresh = {address: _seen(desk.imap(address))["INBOX"][3] for address in desk.addresses}
        _change(desk)
    state = folder / STATE_FILE
    whole = state.read_bytes()
    state.write_bytes({"torn": whole[: len(whole) // 2], "rubbish": b"\0" * 100, "empty": b""}[damage])
    with _running(folder) as desk:
        assert {address: _seen(desk.imap(address))["INBOX"][3] for address in desk.addresses} == fresh


def test_the_memory_of_another_corpus_is_not_taken(folder: Path) -> None:
    with _running(folder) as desk:
        _change(desk)
    with _running(folder, small=False) as desk:
        client = desk.imap(AUBRY)
        assert client.folder_exists("INBOX/Biologie")
        assert client.select_folder("INBOX")[b"EXISTS"] > 60


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_it_with_its_mail_kept(folder: Path, number: signal.Signals) -> None:
    command = [sys.executable, "-m", "mssclient.demo", "--folder", str(folder), "--small"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"{")
        process.send_signal(number)
        assert process.wait(10) == 0
    assert (folder / STATE_FILE).exists()


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
def test_the_next_waits_for_the_one_that_ends(folder: Path) -> None:
    """As after a crash of the engine: the new one starts while the old operator still notices."""
    first = launch(folder, small=True)
    desk = Desk(first)
    _change(desk)
    desk.close()
    process = first._process
    assert process.stdin
    process.send_signal(signal.SIGSTOP)
    process.stdin.close()
    waiting = subprocess.Popen(
        [sys.executable, "-m", "mssclient.demo", "--folder", str(folder), "--small"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    )
    assert waiting.stdout
    assert waiting.stdin
    assert select.select([waiting.stdout], [], [], 1.0)[0] == [], "it serves beside the other"
    process.send_signal(signal.SIGCONT)
    assert b"Analyses" in waiting.stdout.readline()
    waiting.stdin.close()
    assert waiting.wait(10) == 0
    waiting.stdout.close()
    first.stop()
