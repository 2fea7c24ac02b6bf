"""A Secret Service of our own: gnome-keyring, unlocked, on a private D-Bus with a private home."""

import os
from pathlib import Path

from tests.servers.children import Child, need_program

__all__ = ["KeyringSession"]


class KeyringSession:
    """A desktop session's worth of D-Bus and gnome-keyring. ``env`` is for child processes that use it.

    Its keyring is real and unlocked; it ends with the tests and takes everything with it.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, mode=0o700)
        home, runtime = folder / "home", folder / "run"
        for each in (home, runtime):
            each.mkdir(mode=0o700)
        self.address = f"unix:path={runtime}/bus"
        self.env = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")} | {
            "HOME": str(home),
            "XDG_RUNTIME_DIR": str(runtime),
            "XDG_DATA_HOME": str(home / ".local/share"),
            "XDG_CONFIG_HOME": str(home / ".config"),
            "XDG_CACHE_HOME": str(home / ".cache"),
            "DBUS_SESSION_BUS_ADDRESS": self.address,
            "PYTHON_KEYRING_BACKEND": "keyring.backends.SecretService.Keyring",
        }
        # Our own user even as root: D-Bus lets in the user that started it only.
        bus = [need_program("dbus-daemon", "dbus-daemon"), "--session", "--nofork", "--nopidfile"]
        self._bus = Child(
            [*bus, f"--address={self.address}"], folder / "bus.log", env=self.env, privileged=True
        )
        daemon = [need_program("gnome-keyring-daemon", "gnome-keyring"), "--foreground", "--unlock"]
        self._daemon = Child(
            [*daemon, "--components=secrets"], folder / "keyring.log", env=self.env, privileged=True
        )

    def start(self) -> None:
        self._bus.start(ready=self._bus_answers)
        self._daemon.start(ready=self._has_owner, stdin=b"mot de passe du trousseau")

    def stop(self) -> None:
        self._daemon.stop()
        self._bus.stop()

    def keep_up(self) -> bool:
        """False when gnome-keyring had ended: by an assertion of GLib's, when a client leaves at the wrong
        moment. Both are begun again then; what was kept is there."""
        if self._daemon.running:
            return True
        self.stop()  # the bus may have begun another one, which is locked
        self.start()
        return False

    @property
    def running(self) -> bool:
        return self._bus.running

    def logs(self) -> dict[str, Path]:
        return {"dbus": self._bus.log, "gnome-keyring": self._daemon.log}

    def _bus_answers(self) -> bool:
        from jeepney.io.blocking import open_dbus_connection  # installed on Linux only

        try:
            open_dbus_connection(self.address).close()
        except OSError:
            return False
        return True

    def _has_owner(self) -> bool:
        from jeepney import DBusAddress, MessageType, new_method_call
        from jeepney.io.blocking import open_dbus_connection

        bus_itself = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        ask = new_method_call(bus_itself, "NameHasOwner", "s", ("org.freedesktop.secrets",))
        with open_dbus_connection(self.address) as bus:
            reply = bus.send_and_get_reply(ask, timeout=5)
        return reply.header.message_type is MessageType.method_return and bool(reply.body[0])
