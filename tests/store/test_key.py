"""The key: in a real keyring, under a passphrase, or beside a demonstration; and passwords of accounts."""

import json
import os
import secrets
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import keyring
import keyring.backend
import pytest
from keyring.backends import fail

from mssclient.model.errors import BugError, MssError, Refused, WorldError
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from mssclient.store import keyrings, wrapping
from mssclient.store.key import (
    change_passphrase,
    forget_password,
    key_kind,
    load_key,
    load_password,
    store_password,
)
from mssclient.store.profile import Profile
from mssclient.store.store import Store
from tests.reference import REPOSITORY
from tests.servers.secret_service import KeyringSession

WORDS = Secret("cheval correct agrafe pile")
ADDRESS = "Dr.Martin@cabinet.mssante.fr"


@pytest.fixture
def profile(tmp_path: Path) -> Profile:
    return Profile(tmp_path / "profil")


@pytest.fixture
def no_keyring(monkeypatch: pytest.MonkeyPatch):
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())
    yield
    keyring.set_keyring(before)


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cheap Argon2 parameters where the cost itself is not what is tested."""
    monkeypatch.setattr(wrapping, "MEMORY_KIB", 64)
    monkeypatch.setattr(wrapping, "PASSES", 1)


def _code(work: Callable[[], object]) -> str:
    with pytest.raises(MssError) as caught:
        work()
    assert caught.value.sentence
    return caught.value.code


def _asker(*answers: str | None) -> tuple[list[Prompt], Callable[[Prompt], PromptAnswer]]:
    asked: list[Prompt] = []
    left = list(answers)

    def ask(prompt: Prompt) -> PromptAnswer:
        asked.append(prompt)
        given = left.pop(0)
        return PromptAnswer(prompt=prompt.id, accepted=given is not None, secret=Secret(given or ""))

    return asked, ask


def _everything(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


# A real Secret Service


def test_keyring_keeps_the_key(profile: Profile, keyring_here: KeyringSession) -> None:
    key = load_key(profile, ask=None, passphrase=None)
    assert len(key) == 32
    assert key_kind(profile) == "keyring"
    assert load_key(profile, ask=None, passphrase=None) == key
    found = _everything(profile.folder)
    assert key not in found
    assert key.hex().encode() not in found
    Store.open(profile.store_path, key).close()
    assert load_key(profile, ask=None, passphrase=None) == key


def test_each_profile_has_its_own_key(tmp_path: Path, keyring_here: KeyringSession) -> None:
    keys = {load_key(Profile(tmp_path / name), ask=None, passphrase=None) for name in ("a", "b", "c")}
    assert len(keys) == 3


def test_a_moved_profile_finds_its_key(
    profile: Profile, tmp_path: Path, keyring_here: KeyringSession
) -> None:
    key = load_key(profile, ask=None, passphrase=None)
    profile.folder.rename(tmp_path / "ailleurs")
    assert load_key(Profile(tmp_path / "ailleurs"), ask=None, passphrase=None) == key


def test_keyring_keeps_passwords(profile: Profile, keyring_here: KeyringSession) -> None:
    load_key(profile, ask=None, passphrase=None)
    assert load_password(profile, ADDRESS) is None
    forget_password(profile, ADDRESS)
    store_password(profile, ADDRESS, Secret("mot de passe é"))
    assert load_password(profile, ADDRESS.lower()) == Secret("mot de passe é")
    assert b"mot de passe" not in _everything(profile.folder)
    forget_password(profile, ADDRESS)
    assert load_password(profile, ADDRESS) is None


def test_a_given_passphrase_comes_before_the_keyring(
    profile: Profile, keyring_here: KeyringSession, quick: None
) -> None:
    load_key(profile, ask=None, passphrase=WORDS)
    assert key_kind(profile) == "passphrase"


def test_the_keyring_forgot(profile: Profile, keyring_here: KeyringSession) -> None:
    key = load_key(profile, ask=None, passphrase=None)
    Store.open(profile.store_path, key).close()
    id = json.loads(profile.key_path.read_bytes())["id"]
    keyrings.forget(id)
    assert _code(lambda: load_key(profile, ask=None, passphrase=None)) == "key-missing"
    assert _code(lambda: change_passphrase(profile, WORDS, WORDS)) == "passphrase-unused"


def test_the_keyring_goes_away(profile: Profile, keyring_here: KeyringSession) -> None:
    load_key(profile, ask=None, passphrase=None)
    keyring.set_keyring(fail.Keyring())
    for work in (
        lambda: load_key(profile, ask=None, passphrase=None),
        lambda: load_password(profile, ADDRESS),
        lambda: store_password(profile, ADDRESS, WORDS),
        lambda: forget_password(profile, ADDRESS),
    ):
        assert _code(work) == "store-locked"


def test_another_process_gets_the_same_key(profile: Profile, keyring_session: KeyringSession) -> None:
    code = (
        "import sys; from pathlib import Path\nfrom mssclient.store.key import load_key\n"
        "from mssclient.store.profile import Profile\n"
        "print(load_key(Profile(Path(sys.argv[1])), ask=None, passphrase=None).hex())"
    )
    said = [
        subprocess.run(
            [sys.executable, "-c", code, str(profile.folder)],
            env=keyring_session.env,
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=60,
            check=True,
        ).stdout
        for _time in range(2)
    ]
    assert said[0] == said[1]
    assert len(bytes.fromhex(said[0])) == 32


# Other keyrings


class Fake(keyring.backend.KeyringBackend):
    """Looks like any backend; where it claims to come from decides whether it is trusted."""

    priority = 5  # type: ignore[assignment]

    def __init__(self, fault: str = "") -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self.fault = fault

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.fault == "raises":
            raise RuntimeError("locked")
        self.kept[service, username] = "" if self.fault == "forgets" else password

    def get_password(self, service: str, username: str) -> str | None:
        return self.kept.get((service, username))

    def delete_password(self, service: str, username: str) -> None:
        if self.fault == "keeps":
            raise RuntimeError("no")
        del self.kept[service, username]


def _trusted(fault: str = "") -> Fake:
    return type("Trusted", (Fake,), {"__module__": "keyring.backends.kwallet"})(fault)


@pytest.fixture
def use():
    before = keyring.get_keyring()
    yield keyring.set_keyring
    keyring.set_keyring(before)


def test_only_real_keyrings_are_used(use: Callable[[object], None]) -> None:
    use(Fake())
    assert not keyrings.usable()
    use(_trusted())
    assert keyrings.usable()


@pytest.mark.parametrize(
    ("fault", "kind"), [("", "keyring"), ("raises", "passphrase"), ("forgets", "passphrase")]
)
def test_a_keyring_that_fails_at_first_use(
    profile: Profile, use: Callable[[object], None], quick: None, fault: str, kind: str
) -> None:
    use(_trusted(fault))
    asked, ask = _asker(WORDS.value)
    key = load_key(profile, ask=ask, passphrase=None)
    assert key_kind(profile) == kind
    assert len(asked) == (kind == "passphrase")
    assert load_key(profile, ask=None, passphrase=WORDS) == key


def test_a_chain_is_searched(use: Callable[[object], None]) -> None:
    chain = type("ChainerBackend", (Fake,), {"__module__": "keyring.backends.chainer"})()
    chain.backends = [Fake(), fail.Keyring(), _trusted()]
    use(chain)
    assert keyrings.usable()
    chain.backends = [Fake(), fail.Keyring()]
    assert not keyrings.usable()


def test_a_keyring_that_loses_what_it_is_given(use: Callable[[object], None]) -> None:
    use(_trusted("forgets"))
    assert _code(lambda: keyrings.keep("a", "secret")) == "store-locked"
    use(_trusted("raises"))
    assert _code(lambda: keyrings.keep("a", "secret")) == "store-locked"
    use(_trusted("keeps"))
    assert _code(lambda: keyrings.forget("a")) == "store-locked"


def test_asking_for_the_keyring_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> None:
        raise RuntimeError("no recommended backend")

    monkeypatch.setattr(keyring, "get_keyring", broken)
    assert not keyrings.usable()


# Without a keyring


def test_nobody_to_ask(profile: Profile, no_keyring: None) -> None:
    assert _code(lambda: load_key(profile, ask=None, passphrase=None)) == "store-locked"
    assert not profile.key_path.exists()
    assert not profile.store_path.exists()


def test_a_passphrase_is_chosen_and_asked(profile: Profile, no_keyring: None, quick: None) -> None:
    asked, ask = _asker("court", WORDS.value)
    key = load_key(profile, ask=ask, passphrase=None)
    assert [prompt.kind for prompt in asked] == ["passphrase-new", "passphrase-new"]
    assert (asked[0].problem, bool(asked[1].problem)) == ("", True)
    found = _everything(profile.folder)
    for needle in (key, key.hex().encode(), WORDS.value.encode()):
        assert needle not in found
    asked, ask = _asker("faux faux faux", WORDS.value)
    assert load_key(profile, ask=ask, passphrase=None) == key
    assert [prompt.kind for prompt in asked] == ["passphrase", "passphrase"]
    assert (asked[0].problem, bool(asked[1].problem)) == ("", True)
    assert len({prompt.id for prompt in asked}) == 2
    assert load_key(profile, ask=None, passphrase=WORDS) == key


def test_the_person_gives_up(profile: Profile, no_keyring: None, quick: None) -> None:
    assert _code(lambda: load_key(profile, ask=_asker(None)[1], passphrase=None)) == "store-locked"
    assert _code(lambda: load_key(profile, ask=_asker(*["court"] * 5)[1], passphrase=None)) == "store-locked"
    assert not profile.key_path.exists()
    load_key(profile, ask=None, passphrase=WORDS)
    assert _code(lambda: load_key(profile, ask=None, passphrase=None)) == "store-locked"
    assert _code(lambda: load_key(profile, ask=_asker(None)[1], passphrase=None)) == "store-locked"
    wrong = _asker(*["faux faux faux"] * 5)[1]
    assert _code(lambda: load_key(profile, ask=wrong, passphrase=None)) == "passphrase-wrong"


def test_given_passphrases(profile: Profile, no_keyring: None, quick: None) -> None:
    assert _code(lambda: load_key(profile, ask=None, passphrase=Secret("court"))) == "passphrase-short"
    assert not profile.key_path.exists()
    load_key(profile, ask=None, passphrase=WORDS)
    with pytest.raises(Refused) as caught:
        load_key(profile, ask=_asker()[1], passphrase=Secret("une autre phrase"))
    assert caught.value.code == "passphrase-wrong"
    assert caught.value.exit_code == 4


def test_the_stated_parameters(profile: Profile, no_keyring: None) -> None:
    """64 MiB, 3 passes, 4 lanes: what the key file says, and what it costs."""
    key = load_key(profile, ask=None, passphrase=WORDS)
    kept = json.loads(profile.key_path.read_bytes())
    wrapped = kept["wrapped"]
    assert (kept["kind"], wrapped["memory_kib"], wrapped["passes"], wrapped["lanes"]) == (
        "passphrase",
        65_536,
        3,
        4,
    )
    assert len(bytes.fromhex(wrapped["salt"])) == 16
    assert len(bytes.fromhex(wrapped["sealed"])) == 48
    assert load_key(profile, ask=None, passphrase=WORDS) == key


def test_accents_typed_otherwise(profile: Profile, no_keyring: None, quick: None) -> None:
    key = load_key(profile, ask=None, passphrase=Secret("é" * 8))
    assert load_key(profile, ask=None, passphrase=Secret("e\u0301" * 8)) == key


def test_changing_the_passphrase(profile: Profile, no_keyring: None, quick: None) -> None:
    key = load_key(profile, ask=None, passphrase=WORDS)
    new = Secret("une toute autre phrase")
    before = profile.key_path.read_bytes()
    assert _code(lambda: change_passphrase(profile, new, new)) == "passphrase-wrong"
    assert _code(lambda: change_passphrase(profile, WORDS, Secret("court"))) == "passphrase-short"
    assert profile.key_path.read_bytes() == before
    change_passphrase(profile, WORDS, new)
    assert load_key(profile, ask=None, passphrase=new) == key
    assert _code(lambda: load_key(profile, ask=None, passphrase=WORDS)) == "passphrase-wrong"
    assert [path.name for path in profile.folder.iterdir() if "new" in path.name] == []


def test_passwords_without_a_keyring_are_in_the_store(
    profile: Profile, no_keyring: None, quick: None
) -> None:
    assert _code(lambda: load_password(profile, ADDRESS)) == "key-missing"
    key = load_key(profile, ask=None, passphrase=WORDS)
    with pytest.raises(BugError, match="password-without-store"):
        store_password(profile, ADDRESS, Secret("x"))
    store = Store.open(profile.store_path, key)
    assert load_password(profile, ADDRESS, store=store) is None
    store_password(profile, ADDRESS, Secret("premier mot"), store=store)
    store_password(profile, ADDRESS, Secret("second mot"), store=store)
    assert load_password(profile, ADDRESS.upper(), store=store) == Secret("second mot")
    forget_password(profile, ADDRESS, store=store)
    assert load_password(profile, ADDRESS, store=store) is None
    store.close()
    assert b"second mot" not in _everything(profile.folder)


# Demonstration


def test_demonstration_profiles_never_touch_the_keyring(
    tmp_path: Path, use: Callable[[object], None]
) -> None:
    spy = _trusted()
    use(spy)
    profile = Profile(tmp_path / "demo", demo=True)
    key = load_key(profile, ask=None, passphrase=None)
    assert load_key(profile, ask=None, passphrase=None) == key
    assert key_kind(profile) == "demo"
    assert spy.kept == {}
    assert _code(lambda: load_key(Profile(profile.folder), ask=None, passphrase=None)) == "profile-kind"


def test_an_ordinary_profile_is_no_demonstration(profile: Profile, no_keyring: None, quick: None) -> None:
    load_key(profile, ask=None, passphrase=WORDS)
    other = Profile(profile.folder, demo=True)
    assert _code(lambda: load_key(other, ask=None, passphrase=None)) == "profile-kind"


# The key file


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_key_file_is_the_users_own(profile: Profile, no_keyring: None, quick: None) -> None:
    previous = os.umask(0)
    try:
        load_key(profile, ask=None, passphrase=WORDS)
    finally:
        os.umask(previous)
    assert profile.key_path.stat().st_mode & 0o777 == 0o600
    assert profile.folder.stat().st_mode & 0o777 == 0o700


def test_a_store_without_its_key_file(profile: Profile, no_keyring: None, quick: None) -> None:
    key = load_key(profile, ask=None, passphrase=WORDS)
    Store.open(profile.store_path, key).close()
    before = profile.store_path.read_bytes()
    profile.key_path.unlink()
    assert _code(lambda: load_key(profile, ask=None, passphrase=WORDS)) == "key-missing"
    assert not profile.key_path.exists()
    assert profile.store_path.read_bytes() == before


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{}",
        b"\xff\xfe",
        b"[1]",
        b'{"kind": "passphrase", "id": "a"}',
        b'{"kind": "keyring", "id": "a", "wrapped": {"memory_kib": 1}}',
        b'{"kind": "magic", "id": "a"}',
        b'{"kind": "demo", "id": "a", "key": "zz"}',
        b'{"kind": "demo", "id": "a", "key": "00"}',
    ],
)
def test_damaged_key_files(profile: Profile, content: bytes) -> None:
    profile.prepare()
    profile.key_path.write_bytes(content)
    demo = Profile(profile.folder, demo=b'"demo"' in content)
    assert _code(lambda: load_key(demo, ask=None, passphrase=WORDS)) == "key-damaged"
    assert profile.key_path.read_bytes() == content


def test_newer_key_file(profile: Profile) -> None:
    profile.prepare()
    profile.key_path.write_bytes(b'{"format": 2, "kind": "keyring", "id": "a", "more": 1}')
    assert _code(lambda: load_key(profile, ask=None, passphrase=None)) == "key-newer"


def test_unreadable_key_file(profile: Profile) -> None:
    profile.prepare()
    profile.key_path.mkdir()
    assert _code(lambda: load_key(profile, ask=None, passphrase=None)) == "profile-read-only"


@pytest.mark.parametrize("field", ["salt", "nonce", "sealed", "memory_kib", "passes", "lanes"])
def test_an_altered_wrapping_opens_nothing(quick: None, field: str) -> None:
    import msgspec

    wrapped = wrapping.wrap(secrets.token_bytes(32), WORDS)
    text = wrapped.salt if field == "salt" else wrapped.nonce if field == "nonce" else wrapped.sealed
    altered: list[object] = (
        [10**9, -1, 0, 128]
        if field == "memory_kib"
        else [101, -1, 0, 2]
        if field in ("passes", "lanes")
        else []
    )
    altered = altered or ["", "zz", text[2:], ("0" if text[0] != "0" else "1") + text[1:]]
    for value in altered:
        broken = msgspec.structs.replace(wrapped, **{field: value})
        with pytest.raises(Refused, match="passphrase-wrong"):
            wrapping.unwrap(broken, WORDS)


def test_secrets_never_show(profile: Profile, no_keyring: None, quick: None) -> None:
    asked, ask = _asker("faux faux faux", None)
    load_key(profile, ask=None, passphrase=WORDS)
    with pytest.raises(WorldError) as caught:
        load_key(profile, ask=ask, passphrase=None)
    shown = repr(caught.value) + str(caught.value.problem) + repr(asked)
    assert "faux faux" not in shown
    assert WORDS.value not in shown
