"""The engine's side of the socket: who is connected, and what they are told."""

import logging
import os
import threading
from typing import Protocol

from mssclient.engine import transport, wire
from mssclient.model.changes import Changed, merge_changes

__all__ = ["Peer", "Peers", "Receiver"]

_log = logging.getLogger(__name__)


class Receiver(Protocol):
    def arrived(self, peer: "Peer") -> None: ...
    def said(self, peer: "Peer", frame: wire.FromClient) -> None: ...
    def left(self, peer: "Peer") -> None: ...


class Peer:
    """One client. Changes for it are merged while it is slow; other frames keep their order."""

    def __init__(self, channel: transport.Channel, number: int) -> None:
        self.number = number
        self.role = ""
        """"" until Hello; then "window", "cli" or "start"."""
        self._guard = threading.Lock()
        self._dirty: Changed | None = None
        self.link = transport.Link(channel, f"peer-{number}-send", self._pull)

    @property
    def counts(self) -> bool:
        """Whether the engine stays for it."""
        return self.role in ("window", "cli")

    def send(self, frame: wire.FromEngine) -> None:
        self.link.send(wire.encode(frame))

    def changed(self, changed: Changed) -> None:
        with self._guard:
            self._dirty = changed if self._dirty is None else merge_changes(self._dirty, changed)
        self.link.nudge()

    def _pull(self) -> bytes | None:
        with self._guard:
            dirty, self._dirty = self._dirty, None
        return None if dirty is None else wire.encode(wire.News(changed=dirty))


class Peers:
    """Accepts clients on one thread and reads each on its own. Methods: any thread."""

    def __init__(self, doorway: transport.Doorway, receiver: Receiver, *, background: bool) -> None:
        self._background = background
        self._doorway = doorway
        self._receiver = receiver
        self._guard = threading.Lock()
        self._peers: dict[int, Peer] = {}
        self._numbers = 0
        self._closed = False

    def start(self) -> None:
        threading.Thread(target=self._accept, name="engine-accept", daemon=True).start()

    def all(self) -> list[Peer]:
        with self._guard:
            return [peer for peer in self._peers.values() if peer.counts]

    def windows(self) -> list[Peer]:
        return [peer for peer in self.all() if peer.role == "window"]

    def tell(self, frame: wire.FromEngine) -> None:
        for peer in self.all():
            peer.send(frame)

    def changed(self, changed: Changed) -> None:
        for peer in self.all():
            peer.changed(changed)

    def close(self) -> None:
        with self._guard:
            self._closed = True
            peers = list(self._peers.values())
        self._doorway.close()
        for peer in peers:
            peer.link.close(timeout=0.5)

    def _accept(self) -> None:
        while True:
            try:
                channel = self._doorway.accept()
            except transport.ChannelClosed:
                return
            if channel is None:
                continue
            with self._guard:
                if self._closed:
                    channel.close()
                    return
                self._numbers += 1
                number = self._numbers
            threading.Thread(
                target=self._read, args=(channel, number), name=f"peer-{number}", daemon=True
            ).start()

    def _read(self, channel: transport.Channel, number: int) -> None:
        peer = Peer(channel, number)
        try:
            self._converse(peer)
        except transport.ChannelClosed:
            pass
        except wire.NotAFrame:
            _log.warning("peer %d said something that is no frame", number)
        finally:
            with self._guard:
                known = self._peers.pop(number, None)
            peer.link.abort()
            if known is not None:
                self._receiver.left(peer)

    def _converse(self, peer: Peer) -> None:
        hello = wire.decode_from_client(peer.link.receive())
        if not isinstance(hello, wire.Hello) or hello.protocol != wire.PROTOCOL:
            raise wire.NotAFrame
        peer.role = hello.role
        with self._guard:
            if self._closed:
                return
            self._peers[peer.number] = peer
        peer.send(wire.Welcome(pid=os.getpid(), background=self._background))
        self._receiver.arrived(peer)
        while True:
            self._receiver.said(peer, wire.decode_from_client(peer.link.receive()))
