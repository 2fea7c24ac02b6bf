"""Software certificates behind a module, named by URI, with SoftHSM2."""

import sys
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest

from mssclient.access.card import software
from mssclient.access.card.problems import PinRefused
from mssclient.access.card.software import Found, find_certificates
from mssclient.access.card.thread import CardThread
from mssclient.access.card.uri import read_uri
from mssclient.access.clientkey import Padding
from tests.access.card.conftest import NUMBER
from tests.access.card.listening import DIGEST_INFO
from tests.refusals import code_of
from tests.servers import Authority, Identity, SoftHsm

pytestmark = pytest.mark.servers

PIN = "Phrase d’un jeton"


@pytest.fixture(scope="module")
def second(authority: Authority) -> Identity:
    return authority.professional("899700000029", "MOREAU", "Claude")


@pytest.fixture
def two(softhsm: SoftHsm, holder: Identity, second: Identity) -> SoftHsm:
    """Two certificates in one token, and one of them in another."""
    softhsm.add_token("Jeton d’essai", holder, second, pin=PIN)
    softhsm.add_token("Un autre", second, pin=PIN)
    return softhsm


@pytest.fixture
def found(thread: CardThread, softhsm: SoftHsm) -> Iterator[Callable[..., tuple[Found, ...]]]:
    every: list[Found] = []

    def find(path: str, query: str | None = None, **more: str) -> tuple[Found, ...]:
        asked = f"?module-path={softhsm.module}" if query is None else query
        answer = find_certificates(thread, read_uri(f"pkcs11:{path}{asked}"), anchors=(), **more)
        every.extend(answer)
        return answer

    yield find
    for each in every:
        each.token.close(reset=True)


def numbers(found: tuple[Found, ...]) -> list[str]:
    return [each.certificate.national_id for each in found]


def test_what_is_said_has_to_agree(two: SoftHsm, found: Callable[..., tuple[Found, ...]]) -> None:
    assert len(found("")) == 3
    assert len(found("token=Jeton%20d%E2%80%99essai")) == 2
    assert numbers(found("token=Jeton%20d%E2%80%99essai;id=%02;type=cert")) == ["899700000029"]
    assert numbers(found("token=Un%20autre;object=Certificat")) == ["899700000029"]
    assert len(found("manufacturer=SoftHSM%20project;model=SoftHSM%20v2;library-version=2.6")) == 3


def test_its_own_uri_names_one_certificate_only(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]]
) -> None:
    for each in found(""):
        (again,) = found(each.uri.removeprefix("pkcs11:"), "")
        assert again.certificate == each.certificate
        assert again.place == each.place


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("token=Absent", "pkcs11-no-token"),
        ("serial=1", "pkcs11-no-token"),
        ("token=Jeton%20d%E2%80%99essai;x-vendor=1", "pkcs11-no-token"),
        ("slot-id=18446744073709551615", "pkcs11-no-token"),
        ("object=absent", "pkcs11-no-certificate"),
        ("id=%09", "pkcs11-no-certificate"),
        ("type=data", "pkcs11-no-certificate"),
    ],
)
def test_what_agrees_with_nothing(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]], path: str, code: str
) -> None:
    assert code_of(lambda: found(path)) == code


def test_a_module_that_is_not_there(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]], tmp_path: Path
) -> None:
    broken = tmp_path / "broken.so"
    broken.write_bytes(b"no library")
    for query in (
        f"module-path={tmp_path}/absent.so",
        f"module-path={broken}",
        f"module-path={tmp_path}",
        "module-path=libsofthsm2.so",
        f"module-path=/{'a' * 300}",
        "module-name=absent",
        "module-name=../softhsm/libsofthsm2",
    ):
        assert code_of(partial(found, "", f"?{query}")) == "pkcs11-no-module", query


def test_a_module_by_its_name_in_a_folder(two: SoftHsm, found: Callable[..., tuple[Found, ...]]) -> None:
    folder = Path(two.module).parent
    assert len(found("", f"?module-path={folder}&module-name=softhsm2")) == 3


def test_installed_modules_are_looked_in(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(software, "_INSTALLED", {sys.platform: ("/absent.so", two.module)})
    assert len(found("", "")) == 3
    assert len(found("", "?module-name=softhsm2")) == 3
    monkeypatch.setattr(software, "_INSTALLED", {})
    assert code_of(lambda: found("", "")) == "pkcs11-no-module"
    assert len(found("", "", module=two.module)) == 3


def test_nothing_that_speaks_to_modules(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    assert code_of(lambda: found("")) == "pkcs11-no-module"
    monkeypatch.undo()


def test_its_pin_may_be_a_phrase_and_has_words_of_its_own(
    two: SoftHsm, found: Callable[..., tuple[Found, ...]]
) -> None:
    (mine,) = found("token=Un%20autre")
    with pytest.raises(PinRefused) as refusal:
        mine.token.verify(bytearray(b"pas celle-ci"))
    assert refusal.value.code == "pin-wrong"
    assert "CPS" not in refusal.value.sentence + refusal.value.remedy
    assert code_of(lambda: mine.token.verify(bytearray(b"abc"))) == "pin-malformed"
    mine.token.verify(bytearray(PIN.encode()))
    assert len(mine.token.sign(mine.certificate, DIGEST_INFO, Padding.PKCS1)) == 256


def test_a_cps_behind_a_module_keeps_its_rules(
    softhsm: SoftHsm,
    holder: Identity,
    found: Callable[..., tuple[Found, ...]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A PIN that no CPS has costs no try, whatever names the card."""
    softhsm.add_token("CPS", holder, pin="7391")
    (first,) = found("token=CPS")
    monkeypatch.setattr(software, "generations", lambda: {first.token.reader: "CPS4"})
    (card,) = found("token=CPS")
    assert (card.token.generation, card.certificate.national_id) == ("CPS4", NUMBER)
    assert code_of(lambda: card.token.verify(bytearray(b"12345"))) == "pin-malformed"
