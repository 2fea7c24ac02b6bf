"""The virtual cards and their service, judged by themselves."""

import os
from pathlib import Path

import pytest

from tests.servers import Authority, CardService, VirtualCard

SELECT_ROOT = bytes.fromhex("00A40004023F00")


def test_a_card_of_t0_takes_no_length_after_its_data(authority: Authority) -> None:
    holder = authority.professional("899700000041")
    whole = SELECT_ROOT + b"\x00"
    assert VirtualCard("CPS3", holder).respond(whole) == b"\x67\x00"
    answer = VirtualCard("CPS3", holder).respond(SELECT_ROOT)
    assert answer[0] == 0x61
    assert len(answer) == 2


def test_a_pin_counts_down_and_up_again(authority: Authority) -> None:
    card = VirtualCard("CPS3", authority.professional("899700000042"), pin="7391")
    wrong, right = (bytes.fromhex("0020000104") + each for each in (b"0000", b"7391"))
    assert [card.respond(each).hex() for each in (wrong, wrong, right, wrong)] == [
        "63c2",
        "63c1",
        "9000",
        "63c2",
    ]
    assert [card.respond(each).hex() for each in (wrong, wrong, right)] == ["63c1", "6983", "6983"]


@pytest.mark.servers
def test_one_service_at_a_time(
    card_service: CardService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who cannot have it says why."""
    module = __import__("tests.servers.card_service", fromlist=["CardService"])
    monkeypatch.setattr(module, "_LOCK_WAIT_S", 0.0)
    with pytest.raises(pytest.skip.Exception, match="another run"):
        CardService(tmp_path / "second")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(pytest.skip.Exception, match="root"):
        CardService(tmp_path / "third")
