"""Secrets travel only inside answers and the wants of ``WITH_SECRET``, in a type that never shows itself."""

import msgspec

__all__ = ["Secret"]


class Secret(msgspec.Struct, frozen=True, repr_omit_defaults=True):
    """A password, PIN or passphrase. Its repr is empty; it is refused by the journal and by ``--json``."""

    value: str = ""

    def __repr__(self) -> str:
        return "Secret()"

    __str__ = __repr__
