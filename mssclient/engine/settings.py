"""Settings of a profile: a name and JSON text."""

from typing import TYPE_CHECKING

from mssclient.model.questions import Done, SettingsAnswer
from mssclient.model.wants import SetSetting
from mssclient.store import settings as kept
from mssclient.store.store import Priority

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk

__all__ = ["keep", "read"]


def keep(desk: "Desk", want: SetSetting) -> Done:
    """Raises Refused setting-not-json."""
    desk.store.write(Priority.PERSON, lambda tx: kept.set_setting(tx, want.name, want.value))
    return Done()


def read(desk: "Desk") -> SettingsAnswer:
    with desk.reading() as view:
        return SettingsAnswer(values=kept.read_settings(view))
