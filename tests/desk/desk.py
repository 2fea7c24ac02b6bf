"""A private screen for one test: Xvfb, D-Bus, accessibility bus, window manager, programs."""

import contextlib
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

from jeepney import DBusAddress, new_method_call
from jeepney.io.blocking import open_dbus_connection
from PIL import ImageGrab

from tests.desk.atspi import Bus, Node
from tests.reference import REPOSITORY
from tests.servers.children import need_program

__all__ = ["Desk", "Program", "living_in"]

# What the layout "fr oss" can type by itself. xdotool makes any other character by remapping a spare key on
# the fly, and loses some: those are pasted instead.
ON_THE_KEYS = set(map(chr, range(32, 127))) | set("éèàùçÉÈÀÙÇœŒæÆ€£«»°§²µ’…ß\n\t")
NEEDED = {
    "Xvfb": "xvfb",
    "dbus-daemon": "dbus-daemon",
    "openbox": "openbox",
    "xdotool": "xdotool",
    "xclip": "xclip",
    "setxkbmap": "x11-xkb-utils",
    "/usr/libexec/at-spi-bus-launcher": "at-spi2-core",
}
# The program under test finds these as on a person's computer, from the test's own home.
INHERITED = (
    "PATH",
    "HOME",
    "XDG_RUNTIME_DIR",
    "XDG_CONFIG_HOME",
    "XDG_CACHE_HOME",
    "XDG_DATA_HOME",
    "XDG_STATE_HOME",
    "PYTHON_KEYRING_BACKEND",
    "TZ",
)


class Program(Node):
    """A program on the desk: the root of its tree, with its process."""

    def __init__(self, node: Node, process: "subprocess.Popen[bytes]") -> None:
        super().__init__(node.bus, node.dest, node.path)
        self.process = process

    @property
    def windows(self) -> list[Node]:
        return [window for window in self.children() if "showing" in window.states]

    @property
    def window(self) -> Node:
        """The window that has the keyboard."""
        return next(window for window in self.children() if "active" in window.states)


class Desk:
    """One screen of ``width`` × ``height`` pixels, where Qt draws at ``scale``.

    ``keyring`` starts gnome-keyring, unlocked, on its D-Bus. The environment for more processes is ``env``.
    """

    def __init__(
        self,
        width: int = 1366,
        height: int = 768,
        scale: float = 1,
        *,
        keyring: bool = False,
        env: Mapping[str, str] | None = None,
    ) -> None:
        for name, package in NEEDED.items():
            need_program(name, package)
        self.scale = scale
        self._group: int | None = None
        self._processes: list[subprocess.Popen[bytes]] = []
        self._programs: list[subprocess.Popen[bytes]] = []
        self._bus: Bus | None = None
        self._folder = tempfile.TemporaryDirectory(prefix="desk-", ignore_cleanup_errors=True)
        self._log = Path(self._folder.name, "desk.txt")
        self._said = Path(self._folder.name, "programs.txt")
        self._said.touch()
        self.env = {name: os.environ[name] for name in INHERITED if name in os.environ} | {
            "LANG": "C.UTF-8",
            "QT_QPA_PLATFORM": "xcb",
            "QT_SCALE_FACTOR": str(scale),
            "QT_LINUX_ACCESSIBILITY_ALWAYS_ON": "1",
            "GSETTINGS_BACKEND": "memory",
        }
        try:
            self._open(width, height, keyring)
        except BaseException:
            self.close()
            raise
        self.env |= env or {}

    def _open(self, width: int, height: int, keyring: bool) -> None:
        screen = ["Xvfb", "-displayfd", "{fd}", "-screen", "0", f"{width}x{height}x24", "-nolisten", "tcp"]
        self.env["DISPLAY"] = ":" + self._spawn_and_read(*screen, "-noreset")
        self.run("setxkbmap", "-layout", "fr", "-variant", "oss")
        bus = ["dbus-daemon", "--session", "--nofork", "--nopidfile", "--print-address={fd}"]
        self.env["DBUS_SESSION_BUS_ADDRESS"] = self._spawn_and_read(*bus)
        if keyring:
            daemon = ["gnome-keyring-daemon", "--foreground", "--unlock", "--components=secrets"]
            need_program(daemon[0], "gnome-keyring")
            self._spawn(*daemon, stdin=b"mot de passe du trousseau")
            self._wait_for_name("org.freedesktop.secrets")
            self.env["PYTHON_KEYRING_BACKEND"] = "keyring.backends.SecretService.Keyring"
        with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as session:
            # D-Bus starts at-spi-bus-launcher to answer this.
            launcher = DBusAddress("/org/a11y/bus", "org.a11y.Bus", "org.a11y.Bus")
            address = session.send_and_get_reply(new_method_call(launcher, "GetAddress"), timeout=60).body[0]
        self._bus = Bus(address)
        # Without a window manager no window ever becomes active.
        self._spawn("openbox", "--sm-disable")

    def _wait_for_name(self, name: str, within_s: float = 60) -> None:
        itself = DBusAddress("/org/freedesktop/DBus", "org.freedesktop.DBus", "org.freedesktop.DBus")
        end = time.monotonic() + within_s
        with open_dbus_connection(self.env["DBUS_SESSION_BUS_ADDRESS"]) as session:
            ask = new_method_call(itself, "NameHasOwner", "s", (name,))
            while not session.send_and_get_reply(ask, timeout=60).body[0]:
                assert time.monotonic() < end, f"{name} did not start: {self.log()}"
                time.sleep(0.02)

    @property
    def bus(self) -> Bus:
        assert self._bus is not None
        return self._bus

    # -- processes -------------------------------------------------------------------------------

    def _spawn(self, *command: str, stdin: bytes = b"", program: bool = False, **options: Any) -> Any:
        """Start a process in this desk's group, where what D-Bus starts is born too; it ends with us."""
        output = self._said if program else self._log
        with output.open("ab") as log:
            process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *command],
                env=self.env,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                process_group=self._group or 0,
                cwd=REPOSITORY,
                **options,
            )
        self._processes.append(process)
        self._group = self._group or process.pid  # the first one, Xvfb, leads
        assert process.stdin is not None
        with contextlib.suppress(BrokenPipeError), process.stdin as pipe:
            pipe.write(stdin)
        return process

    def _spawn_and_read(self, *command: str) -> str:
        """The first line that it writes to the descriptor put in the place of {fd}."""
        reading, writing = os.pipe()
        try:
            self._spawn(*(word.replace("{fd}", str(writing)) for word in command), pass_fds=[writing])
        finally:
            os.close(writing)
        with open(reading) as pipe:
            line = pipe.readline().strip()
        assert line, f"{command[0]} did not start: {self.log()}"
        return line

    def run(self, *command: str, stdin: str | None = None) -> None:
        """A small tool that does its work and ends."""
        subprocess.run(
            command,
            env=self.env,
            input=stdin,
            check=True,
            timeout=120,
            text=True,
            stdout=subprocess.DEVNULL,  # xclip stays in the background and would keep a pipe open
            stderr=subprocess.DEVNULL,
        )

    def start(self, *command: str | os.PathLike[str], within_s: float = 60) -> Program:
        """Start a program in the repository's folder; return it once a window of it is active."""
        process: subprocess.Popen[bytes] = self._spawn(*map(os.fspath, command), program=True)
        self._programs.append(process)

        def shown() -> Node | None:
            assert process.poll() is None, f"ended with {process.returncode}: {self.said()}"
            root = self.bus.programs().get(process.pid)
            if root is not None and any("active" in window.states for window in root.children()):
                return root
            return None

        node = self.bus.until(shown, within_s, f"an active window of {command}; it said {self.said()!r}")
        assert node is not None
        return Program(node, process)

    def adopt(self, pid: int, within_s: float = 60) -> Node:
        """The tree of a program that another one started, once a window of it is active."""
        return self.bus.until(
            lambda: (
                (root := self.bus.programs().get(pid))
                and any("active" in window.states for window in root.children())
                and root
            ),
            within_s,
            f"an active window of process {pid}",
        )  # type: ignore[return-value]

    # -- what a person does ----------------------------------------------------------------------

    def activate(self, program: Program) -> None:
        """Bring a program's window to the front: keys go there, whatever has the accessible focus."""
        search = ["xdotool", "search", "--all", "--onlyvisible", "--pid", str(program.process.pid)]

        def brought() -> bool:
            try:
                self.run(*search, "--name", ".", "windowactivate", "--sync")
            except subprocess.CalledProcessError:
                return False  # a dialog that was found has closed since
            return any("active" in window.states for window in program.children())

        self.bus.until(brought, what="an active window")

    def key(self, *keys: str) -> None:
        """Press keys one after the other, such as "ctrl+n" or "Down"."""
        self.run("xdotool", "key", "--clearmodifiers", *keys)

    def type(self, text: str) -> None:
        """Write what the keyboard has; paste the rest."""
        if set(text) <= ON_THE_KEYS:
            self.run("xdotool", "type", "--clearmodifiers", text)
        else:
            self.run("xclip", "-selection", "clipboard", stdin=text)
            self.key("ctrl+v")

    def _point(self, node: Node) -> list[str]:
        x, y, width, height = node.box
        return [str(round(place * self.scale)) for place in (x + width / 2, y + height / 2)]

    def click(self, node: Node, button: int = 1, times: int = 1) -> None:
        """Click in the middle of an object."""
        self.run("xdotool", "mousemove", *self._point(node), "click", "--repeat", str(times), str(button))

    def drag(self, node: Node, to: Node) -> None:
        """Press on one object, go to another in small steps, release there."""
        self.run("xdotool", "mousemove", *self._point(node), "mousedown", "1")
        x0, y0, x1, y1 = map(int, [*self._point(node), *self._point(to)])
        for step in range(1, 11):
            x, y = (str(a + (b - a) * step // 10) for a, b in ((x0, x1), (y0, y1)))
            self.run("xdotool", "mousemove", "--sync", x, y)
        self.run("xdotool", "mouseup", "1")

    # -- what is seen ----------------------------------------------------------------------------

    def shot(self, path: Path) -> Path:
        """A picture of the whole screen."""
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageGrab.grab(xdisplay=self.env["DISPLAY"]).save(path)
        return path

    def tree(self) -> str:
        """Every program's tree as text: what stands beside the picture of a failed test."""
        dull = {"visible", "sensitive", "enabled"}
        return "\n".join(
            "  " * depth + f"{node!r} {' '.join(sorted(node.states - dull))}"
            for root in self.bus.programs().values()
            for depth, node in root.walk()
        )

    def said(self) -> str:
        """What the programs wrote on their standard output and error."""
        return self._said.read_text(errors="replace")

    def log(self) -> str:
        """What the screen's own servers wrote."""
        return self._log.read_text(errors="replace") if self._log.exists() else ""

    # -- end -------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """End our own processes: the programs first, while they have a screen, then all the others."""
        if self._bus is not None:
            self._bus.close()
            self._bus = None
        _end(self._programs, 5)
        if self._group is not None:
            for sent in (signal.SIGTERM, signal.SIGKILL):
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(self._group, sent)
                if _all_ended(self._processes, 3) and _is_empty(self._group, 1):
                    break
            self._group = None
        self._processes.clear()
        self._programs.clear()
        self._folder.cleanup()


def _all_ended(processes: Sequence["subprocess.Popen[bytes]"], within_s: float) -> bool:
    end = time.monotonic() + within_s
    for process in processes:
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(max(0.01, end - time.monotonic()))
    return all(process.returncode is not None for process in processes)


def living_in(group: int) -> list[int]:
    """The process ids of a group, without those that have ended and wait for init to notice."""
    found: list[int] = []
    for status in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, its_group = status.read_text().rpartition(")")[2].split()[:3]
            if int(its_group) == group and state != "Z":
                found.append(int(status.parent.name))
    return found


def _is_empty(group: int, within_s: float) -> bool:
    """Whether what D-Bus started has ended too; nobody tells us, since it is not our child."""
    end = time.monotonic() + within_s
    while living_in(group):
        if time.monotonic() > end:
            return False
        time.sleep(0.01)
    return True


def _end(processes: Sequence["subprocess.Popen[bytes]"], within_s: float) -> None:
    for sent in (signal.SIGTERM, signal.SIGKILL):
        for process in processes:
            if process.poll() is None:
                process.send_signal(sent)
        if _all_ended(processes, within_s):
            return
