"""The system's keyring, by the library ``keyring``; only backends that really protect what they hold."""

from collections.abc import Callable
from typing import Any

from mssclient.model.errors import WorldError
from mssclient.model.language import _

__all__ = ["SERVICE", "fetch", "forget", "keep", "usable"]

SERVICE = "mssclient"

_TRUSTED = (
    "keyring.backends.SecretService",
    "keyring.backends.libsecret",
    "keyring.backends.kwallet",
    "keyring.backends.Windows",
    "keyring.backends.macOS",
)
"""Not among them: plain-text and null backends, which ``keyring`` may be configured to use."""


def _backend() -> Any | None:
    import keyring
    from keyring.errors import KeyringError

    try:
        chosen: Any = keyring.get_keyring()
        several = getattr(chosen, "backends", None) if "chainer" in type(chosen).__module__ else None
        for backend in [chosen] if several is None else several:
            if type(backend).__module__ in _TRUSTED:
                return backend
    except (KeyringError, RuntimeError, OSError):
        return None
    return None


def usable() -> bool:
    """A keyring is configured that protects what it holds; whether it answers shows when it is asked."""
    return _backend() is not None


def _locked(error: BaseException | None = None) -> WorldError:
    return WorldError(
        "store-locked",
        _("Le trousseau du système ne répond pas, ou il est verrouillé."),
        _("Ouvrez le trousseau de votre session, puis recommencez."),
        type(error).__name__ if error else "no backend",
    )


def keep(name: str, text: str) -> None:
    """Raises WorldError store-locked, also when the entry does not come back as it was given."""
    if _ask(lambda backend: backend.set_password(SERVICE, name, text), name) != text:
        raise _locked()


def fetch(name: str) -> str | None:
    """None when there is no such entry. Raises WorldError store-locked when the keyring can't be asked."""
    return _ask(None, name)


def _ask(first: Callable[[Any], object] | None, name: str) -> str | None:
    backend = _backend()
    if backend is None:
        raise _locked()
    try:
        if first is not None:
            first(backend)
        return backend.get_password(SERVICE, name)
    except Exception as error:
        raise _locked(error) from error


def forget(name: str) -> None:
    """Harmless when there is no such entry."""
    from keyring.errors import PasswordDeleteError

    backend = _backend()
    if backend is None:
        raise _locked()
    try:
        backend.delete_password(SERVICE, name)
    except PasswordDeleteError:
        pass
    except Exception as error:
        raise _locked(error) from error
