"""What a screen reader is told: AT-SPI 2 spoken over D-Bus with jeepney, in pure Python.

Qt answers only while it is asked; nothing is cached here, so every property is the truth of this moment.
Look only at what is ``showing``: closed menus, hidden lists and dialogs stay in the tree.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple, Self, TypeVar

from jeepney import DBusAddress, HeaderFields, MatchRule, Message, MessageType, message_bus, new_method_call
from jeepney.io.blocking import open_dbus_connection

__all__ = ["Bus", "Event", "Gone", "Node"]

Answer = TypeVar("Answer")
PREFIX = "org.a11y.atspi."
REGISTRY = (PREFIX + "Registry", "/org/a11y/atspi/registry")
DESKTOP = (PREFIX + "Registry", "/org/a11y/atspi/accessible/root")
# The bits of GetState, in order (atspi-constants.h).
STATES = [
    "invalid",
    "active",
    "armed",
    "busy",
    "checked",
    "collapsed",
    "defunct",
    "editable",
    "enabled",
    "expandable",
    "expanded",
    "focusable",
    "focused",
    "has-tooltip",
    "horizontal",
    "iconified",
    "modal",
    "multi-line",
    "multiselectable",
    "opaque",
    "pressed",
    "resizable",
    "selectable",
    "selected",
    "sensitive",
    "showing",
    "single-line",
    "stale",
    "transient",
    "vertical",
    "visible",
    "manages-descendants",
    "indeterminate",
    "required",
    "truncated",
    "animated",
    "invalid-entry",
    "supports-autocompletion",
    "selectable-text",
    "is-default",
    "visited",
    "checkable",
    "has-popup",
    "read-only",
]
HEARD = (
    "object:state-changed",
    "object:selection-changed",
    "object:active-descendant-changed",
    "object:children-changed",
    "object:property-change",
    "object:text-changed",
    "object:visible-data-changed",
    "object:announcement",
    "focus",
    "window",
)
MANY = 200
"""Of more children than this only those in view are walked: all rows of a long list cost seconds."""
PRESSED = ("push button", "toggle button", "check box", "radio button", "menu item", "list item", "tree item")
"""Roles that a person acts upon even when they take no focus."""


class Gone(Exception):
    """Not there: the program or the object answers no longer, or nothing is shown by that name."""


class Event(NamedTuple):
    """Something a screen reader would be told, such as ("Object:StateChanged", "focused", 1, node)."""

    kind: str
    detail: str
    number: int
    node: "Node"


class Bus:
    """A connection to the accessibility bus of one desk. One thread at a time."""

    def __init__(self, address: str) -> None:
        self._connection = open_dbus_connection(address)
        self._events: deque[Message] = deque(maxlen=100_000)
        rule = MatchRule(type="signal")
        self._connection.send_and_get_reply(message_bus.AddMatch(rule))
        self._connection.filter(rule, queue=self._events)  # type: ignore[arg-type]

    def close(self) -> None:
        self._connection.close()

    def call(
        self,
        dest: str,
        path: str,
        interface: str,
        method: str,
        signature: str | None = None,
        *arguments: object,
    ) -> Any:
        """One D-Bus call: its single answer, or the tuple of them; Gone when the other side refuses."""
        message = new_method_call(DBusAddress(path, dest, interface), method, signature, arguments)
        reply = self._connection.send_and_get_reply(message, timeout=60)
        if reply.header.message_type is MessageType.error:
            name = reply.header.fields.get(HeaderFields.error_name)
            raise Gone(f"{interface}.{method} {path}: {name} {reply.body}")
        return reply.body[0] if len(reply.body) == 1 else reply.body

    def programs(self) -> dict[int, "Node"]:
        """Every program on this bus by its process id."""
        ask = ("org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus")
        found: dict[int, Node] = {}
        for dest, path in self.call(*DESKTOP, PREFIX + "Accessible", "GetChildren"):
            with contextlib.suppress(Gone):  # it may have ended meanwhile
                found[self.call(*ask, "GetConnectionUnixProcessID", "s", dest)] = Node(self, dest, path)
        return found

    def until(self, question: Callable[[], Answer], within_s: float = 60, what: str = "") -> Answer:
        """Ask every 50 ms, or as soon as something is heard, until the answer is true; return that answer.

        Gone counts as no, and so does a ``next`` that finds nothing. Raises AssertionError with the last
        answer when time is up. The limit is for a computer that has ten other things to do: give another one
        only where it is what the test says.
        """
        end = time.monotonic() + within_s
        last: object = None
        while time.monotonic() < end:
            try:
                if answer := question():
                    return answer
                last = answer
            except (Gone, StopIteration) as why:
                last = why
            with contextlib.suppress(TimeoutError):
                self._connection.recv_messages(timeout=0.05)
        raise AssertionError(f"not within {within_s} s: {what or 'see the line above'}; last answer {last!r}")

    @contextlib.contextmanager
    def hearing(self) -> Iterator[Self]:
        """Events are sent inside this block only; read them with :meth:`drain`.

        Keep it short and without Alt+letter: as soon as anyone listens, Qt sends each key round by D-Bus
        first, and a late Alt may shut the menu that its shortcut has just opened.
        """
        self._register("RegisterEvent")
        self._events.clear()
        try:
            yield self
        finally:
            self._register("DeregisterEvent")

    def _register(self, method: str) -> None:
        for event in HEARD:
            self.call(*REGISTRY, PREFIX + "Registry", method, "s", event)
        for program in self.programs().values():  # it has taken note when it answers the next question
            with contextlib.suppress(Gone):
                _ = program.count

    def drain(self) -> list[Event]:
        """The events heard since last time."""
        found: list[Event] = []
        while self._events:
            message = self._events.popleft()
            fields = message.header.fields
            interface = str(fields[HeaderFields.interface])
            if interface.startswith(PREFIX + "Event."):
                kind = interface.rsplit(".", 1)[1] + ":" + str(fields[HeaderFields.member])
                node = Node(self, str(fields[HeaderFields.sender]), str(fields[HeaderFields.path]))
                found.append(Event(kind, message.body[0], message.body[1], node))
        return found


class Node:
    """One object of the tree: a window, a control, a row."""

    def __init__(self, bus: Bus, dest: str, path: str) -> None:
        self.bus = bus
        self.dest = dest
        self.path = path

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Node) and (self.dest, self.path) == (other.dest, other.path)

    def __hash__(self) -> int:
        return hash((self.dest, self.path))

    def __repr__(self) -> str:
        try:
            return f"<{self.role} {self.name!r}>"
        except Gone:
            return f"<gone {self.path}>"

    def call(self, interface: str, method: str, signature: str | None = None, *arguments: object) -> Any:
        return self.bus.call(self.dest, self.path, PREFIX + interface, method, signature, *arguments)

    def get(self, interface: str, name: str) -> Any:
        properties = "org.freedesktop.DBus.Properties"
        return self.bus.call(self.dest, self.path, properties, "Get", "ss", PREFIX + interface, name)[1]

    # -- what it is ------------------------------------------------------------------------------

    @property
    def name(self) -> str:
        return self.get("Accessible", "Name")

    @property
    def description(self) -> str:
        return self.get("Accessible", "Description")

    @property
    def role(self) -> str:
        return self.call("Accessible", "GetRoleName")

    @property
    def states(self) -> set[str]:
        low, high = self.call("Accessible", "GetState")
        return {word for bit, word in enumerate(STATES) if (low | high << 32) >> bit & 1}

    @property
    def text(self) -> str:
        """What is written in a field or a text view."""
        return self.call("Text", "GetText", "ii", 0, -1)

    @property
    def value(self) -> float:
        return self.get("Value", "CurrentValue")

    @property
    def box(self) -> tuple[int, int, int, int]:
        """x, y, width, height on the screen, in Qt's pixels (before scaling)."""
        return tuple(self.call("Component", "GetExtents", "u", 0))

    @property
    def index(self) -> int:
        return self.call("Accessible", "GetIndexInParent")

    @property
    def interfaces(self) -> list[str]:
        return [name.rsplit(".", 1)[1] for name in self.call("Accessible", "GetInterfaces")]

    # -- where it is -----------------------------------------------------------------------------

    @property
    def count(self) -> int:
        return self.get("Accessible", "ChildCount")

    @property
    def parent(self) -> "Node":
        return Node(self.bus, *self.get("Accessible", "Parent"))

    def child(self, index: int) -> "Node":
        return Node(self.bus, *self.call("Accessible", "GetChildAtIndex", "i", index))

    def children(self) -> list["Node"]:
        """All children, or of a long list those in view."""
        if self.count <= MANY:
            return [Node(self.bus, *each) for each in self.call("Accessible", "GetChildren")]
        x, y, width, height = self.box
        at_top = self.call("Component", "GetAccessibleAtPoint", "iiu", x + width // 2, y + 4, 0)
        found: list[Node] = []
        for index in range(Node(self.bus, *at_top).index, self.count):
            row = self.child(index)
            if row.box[1] >= y + height:
                break
            found.append(row)
        return found

    def walk(self, depth: int = 0) -> Iterator[tuple[int, "Node"]]:
        """This object and all below it, each with its depth; without what goes away meanwhile."""
        yield depth, self
        for child in self.children():
            with contextlib.suppress(Gone):
                yield from child.walk(depth + 1)

    def names(self) -> list[str]:
        """What is written on this object and all below it."""
        found: list[str] = []
        for _depth, node in self.walk():
            with contextlib.suppress(Gone):
                found.append(node.name)
        return found

    def find_all(self, role: str = "", name: str = "", state: str = "showing") -> list["Node"]:
        """Every descendant of that role, name and state; an empty word means any."""
        return [node for _, node in self.walk() if node._is(role, name, state)]

    def _is(self, role: str, name: str, state: str) -> bool:
        try:
            return role in ("", self.role) and name in ("", self.name) and (not state or state in self.states)
        except Gone:
            return False

    def find(self, role: str = "", name: str = "", state: str = "showing") -> "Node":
        """The one descendant of that role, name and state; Gone when there is none or more than one.

        Inside ``until`` this waits for it.
        """
        found = self.find_all(role, name, state)
        if len(found) != 1:
            raise Gone(f"{len(found)} of {role} {name!r} {state}, not one")
        return found[0]

    def unnamed(self) -> list["Node"]:
        """What is shown and can be focused or pressed but has no name: a screen reader would say nothing."""
        found: list[Node] = []
        for _, node in self.walk():
            with contextlib.suppress(Gone):
                states = node.states
                if "showing" in states and not node.name and ("focusable" in states or node.role in PRESSED):
                    found.append(node)
        return found

    # -- what it does ----------------------------------------------------------------------------

    def act(self, action: str = "Press") -> None:
        """One of its named actions. For what a person does, prefer keys and clicks."""
        names = [
            self.call("Action", "GetName", "i", index) for index in range(self.get("Action", "NActions"))
        ]
        assert action in names, f"{self!r} knows {names}, not {action}"
        assert self.call("Action", "DoAction", "i", names.index(action)), f"{self!r} refused {action}"

    def focus(self) -> None:
        """Give it the keyboard, and wait until it has it."""
        self.call("Component", "GrabFocus")
        self.bus.until(lambda: "focused" in self.states, what=f"focus on {self!r}")
