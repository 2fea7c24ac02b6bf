"""What getting in takes, imported when an account or the assistant wants it: ``gettingin.psc.enter_psc(…)``.

Servers looked for by name, cards and Pro Santé Connect bring libraries along (dnspython, Authlib…) that an
engine of somebody with a password never uses. They weigh on every computer for as long as the window is open.
"""

import importlib
from types import ModuleType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mssclient.engine import bal, cardlogin, discovering, psc, tokenlogin

__all__ = ["bal", "cardlogin", "discovering", "psc", "tokenlogin"]


def __getattr__(name: str) -> ModuleType:
    if name not in __all__:
        raise AttributeError(name)
    return importlib.import_module(f"mssclient.engine.{name}")
