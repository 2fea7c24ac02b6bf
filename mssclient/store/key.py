"""The key of the store, and the passwords of accounts: where they are kept, and how they come back.

The key is 32 random bytes. ``key.json`` in the profile says how it is kept:

- ``keyring``: in the system's keyring (Secret Service, KWallet, Windows, macOS), under a random profile id;
- ``passphrase``: wrapped by ChaCha20-Poly1305 under a key that Argon2id derives from a passphrase (RFC 9106
  §4, second recommended choice: 64 MiB, 3 passes, 4 lanes, 128-bit salt);
- ``demo``: in the file itself; demonstration profiles only, which take no real account.

There is no other way: without a keyring and without a passphrase nothing is opened and nothing is written.
Account passwords go into the keyring too; in the other kinds of profile into the encrypted store.
"""

import os
import secrets
from collections.abc import Callable
from pathlib import Path

import msgspec

from mssclient.model.errors import BugError, Refused, WorldError
from mssclient.model.ids import PromptId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import Prompt, PromptAnswer
from mssclient.model.secrets import Secret
from mssclient.store import keyrings, wrapping
from mssclient.store.connection import KEY_OCTETS, one_row
from mssclient.store.profile import Profile, disk_error
from mssclient.store.store import Priority, Store
from mssclient.store.wrapping import Wrapped

__all__ = [
    "PASSPHRASE_MINIMUM",
    "Ask",
    "KeyFile",
    "change_passphrase",
    "forget_password",
    "key_kind",
    "load_key",
    "load_password",
    "store_password",
]

PASSPHRASE_MINIMUM = 8
"""Characters; fewer are refused at the first time and at a change."""

_TRIES = 5
_FORMAT = 1

Ask = Callable[[Prompt], PromptAnswer]


class KeyFile(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """``key.json``. Fields are only ever added."""

    format: int = _FORMAT
    kind: str
    id: str
    """The profile's name in the keyring; random, so that a profile can be moved."""
    wrapped: Wrapped | None = None
    key: str = ""
    """Hexadecimal; demonstration profiles only."""


def load_key(profile: Profile, *, ask: Ask | None, passphrase: Secret | None) -> bytes:
    """The 32 bytes that open the store; made and kept when the profile is new.

    A passphrase that is given comes before the keyring when the profile is new. ``ask`` is called with
    prompts of kind "passphrase-new" and "passphrase", again with a ``problem`` when the answer will not do.

    Raises WorldError store-locked (no keyring, and nobody to ask or nobody answered), key-missing (the store
    is here, its key is not), key-newer, profile-read-only, disk-full; Refused passphrase-wrong,
    passphrase-short. Blocks as long as the keyring or the person does, and 0.1 s for Argon2id.
    """
    profile.prepare()
    known = _read(profile)
    if known is None:
        if profile.store_path.exists():
            raise _key_missing()
        return _make(profile, ask, passphrase)
    if profile.demo != (known.kind == "demo"):
        raise Refused(
            "profile-kind",
            _("Un profil de démonstration et un profil ordinaire ne se mélangent pas."),
            _("Choisissez un autre dossier de profil."),
        )
    if known.kind == "demo":
        return _checked(bytes.fromhex(known.key))
    if known.kind == "keyring":
        text = keyrings.fetch(known.id)
        if text is None:
            raise _key_missing()
        return _checked(bytes.fromhex(text))
    assert known.wrapped is not None  # _read made sure
    return _unwrap_asking(known.wrapped, ask, passphrase)


def key_kind(profile: Profile) -> str:
    """ "keyring", "passphrase", "demo"; "" while the profile has no key."""
    known = _read(profile)
    return known.kind if known else ""


def change_passphrase(profile: Profile, old: Secret, new: Secret) -> None:
    """Wrap the same key under another passphrase; the store is not touched.

    Raises Refused passphrase-wrong, passphrase-short, or passphrase-unused for a profile of another kind.
    """
    known = _read(profile)
    if known is None or known.wrapped is None:
        raise Refused(
            "passphrase-unused",
            _("Ce profil n’a pas de phrase secrète\u00a0: sa clé est dans le trousseau du système."),
            _("Changez plutôt le mot de passe du trousseau."),
        )
    key = wrapping.unwrap(known.wrapped, old)
    _check_length(new)
    _write(profile, msgspec.structs.replace(known, wrapped=wrapping.wrap(key, new)))


def _make(profile: Profile, ask: Ask | None, passphrase: Secret | None) -> bytes:
    key, id = secrets.token_bytes(KEY_OCTETS), new_id()
    if profile.demo:
        _write(profile, KeyFile(kind="demo", id=id, key=key.hex()))
    elif passphrase is None and _kept_in_keyring(id, key):
        _write(profile, KeyFile(kind="keyring", id=id))
    else:
        if passphrase is None:
            passphrase = _ask_new(ask)
        _check_length(passphrase)
        _write(profile, KeyFile(kind="passphrase", id=id, wrapped=wrapping.wrap(key, passphrase)))
    return key


def _kept_in_keyring(id: str, key: bytes) -> bool:
    """False when there is no keyring that gives back what it is given: a passphrase is chosen then."""
    if not keyrings.usable():
        return False
    try:
        keyrings.keep(id, key.hex())
    except WorldError:
        return False
    return True


def _ask_new(ask: Ask | None) -> Secret:
    problem = ""
    for _attempt in range(_TRIES):
        answer = _put(
            ask,
            "passphrase-new",
            _("Choisir une phrase secrète"),
            _(
                "Cet ordinateur n’a pas de trousseau. Une phrase secrète protégera vos messages\u202f;"
                " elle sera demandée à chaque ouverture et ne peut pas être retrouvée."
            ),
            problem,
        )
        if len(answer.value) >= PASSPHRASE_MINIMUM:
            return answer
        problem = _too_short().sentence
    raise _locked()


def _unwrap_asking(wrapped: Wrapped, ask: Ask | None, passphrase: Secret | None) -> bytes:
    if passphrase is not None:
        return wrapping.unwrap(wrapped, passphrase)
    problem = ""
    for attempt in range(_TRIES):
        answer = _put(
            ask, "passphrase", _("Ouvrir la messagerie"), _("Entrez votre phrase secrète."), problem
        )
        try:
            return wrapping.unwrap(wrapped, answer)
        except Refused as error:
            if attempt == _TRIES - 1:
                raise
            problem = error.sentence
    raise _locked()


def _put(ask: Ask | None, kind: str, title: str, sentence: str, problem: str) -> Secret:
    if ask is None:
        raise _locked()
    prompt = Prompt(id=PromptId(new_id()), kind=kind, title=title, sentence=sentence, problem=problem)
    answer = ask(prompt)
    if not answer.accepted:
        raise _locked()
    return answer.secret


def _check_length(passphrase: Secret) -> None:
    if len(passphrase.value) < PASSPHRASE_MINIMUM:
        raise _too_short()


def _too_short() -> Refused:
    return Refused(
        "passphrase-short",
        _("Cette phrase secrète est trop courte\u00a0: il faut au moins 8 caractères."),
        _("Choisissez plusieurs mots, faciles à retenir pour vous seul."),
    )


def _locked() -> WorldError:
    return WorldError(
        "store-locked",
        _("La base de messages est verrouillée\u00a0: ni trousseau du système, ni phrase secrète."),
        _("Ouvrez le trousseau de votre session, ou donnez la phrase secrète de ce profil."),
    )


def _key_missing() -> WorldError:
    return WorldError(
        "key-missing",
        _("La clé de ce profil est introuvable\u202f; la base de messages n’a pas été modifiée."),
        _("Ouvrez la session où le profil a été créé, ou restaurez son fichier de clé."),
    )


def _damaged_key_file() -> WorldError:
    return WorldError(
        "key-damaged",
        _("Le fichier de clé de ce profil est abîmé\u202f; la base de messages n’a pas été modifiée."),
        _("Restaurez le fichier key.json depuis une sauvegarde du profil."),
    )


def _checked(key: bytes) -> bytes:
    if len(key) != KEY_OCTETS:
        raise _damaged_key_file()
    return key


# The key file


def _read(profile: Profile) -> KeyFile | None:
    try:
        content = profile.key_path.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise disk_error(error) from error
    try:
        known = msgspec.json.decode(content, type=KeyFile)
        bytes.fromhex(known.key)
    except (msgspec.DecodeError, ValueError) as error:
        raise _damaged_key_file() from error
    if known.format > _FORMAT:
        raise WorldError(
            "key-newer",
            _("Ce profil a été ouvert par une version plus récente du programme."),
            _("Installez la dernière version de MSS Client."),
        )
    if known.kind not in ("keyring", "passphrase", "demo") or (known.kind == "passphrase") != (
        known.wrapped is not None
    ):
        raise _damaged_key_file()
    return known


def _write(profile: Profile, known: KeyFile) -> None:
    """Whole or not at all, on the disk before it is trusted, for this user only."""
    path, new = profile.key_path, profile.key_path.with_name("key.json.new")
    try:
        new.unlink(missing_ok=True)
        descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(msgspec.json.encode(known))
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, path)
        _sync_folder(path.parent)
    except OSError as error:
        raise disk_error(error) from error


def _sync_folder(folder: Path) -> None:
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Passwords of accounts


def _name(known: KeyFile, address: str) -> str:
    return f"{known.id}/{address.casefold()}"


def _known(profile: Profile) -> KeyFile:
    known = _read(profile)
    if known is None:
        raise _key_missing()
    return known


def _needed(store: Store | None) -> Store:
    if store is None:
        raise BugError("password-without-store", _("Erreur interne\u00a0: base de messages fermée."))
    return store


def store_password(profile: Profile, address: str, secret: Secret, *, store: Store | None = None) -> None:
    """Keep the password of an account: in the keyring, or in the encrypted ``store`` of a profile whose key
    is not in the keyring (it must be given then)."""
    known = _known(profile)
    if known.kind == "keyring":
        keyrings.keep(_name(known, address), secret.value)
        return
    _needed(store).write(
        Priority.PERSON,
        lambda tx: tx.connection.execute(
            "INSERT INTO secret (name, value) VALUES (?1, ?2) ON CONFLICT (name) DO UPDATE SET value = ?2",
            (address.casefold(), secret.value),
        ),
    )


def load_password(profile: Profile, address: str, *, store: Store | None = None) -> Secret | None:
    """The password of an account; None when none is kept. Same places as :func:`store_password`."""
    known = _known(profile)
    if known.kind == "keyring":
        text = keyrings.fetch(_name(known, address))
        return None if text is None else Secret(text)
    view = _needed(store).view()
    try:
        row = one_row(view, "SELECT value FROM secret WHERE name = ?", (address.casefold(),))
    finally:
        view.close()
    return Secret(row[0]) if row else None


def forget_password(profile: Profile, address: str, *, store: Store | None = None) -> None:
    """Harmless when none is kept."""
    known = _known(profile)
    if known.kind == "keyring":
        keyrings.forget(_name(known, address))
        return
    _needed(store).write(
        Priority.PERSON,
        lambda tx: tx.connection.execute("DELETE FROM secret WHERE name = ?", (address.casefold(),)),
    )
