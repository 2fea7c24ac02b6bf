"""The socket in the profile: private, framed, and as a pipe of Windows would be used."""

import os
import socket
import stat
import struct
import sys
import threading
from collections.abc import Iterator
from multiprocessing import connection
from pathlib import Path

import pytest

from mssclient.engine import transport
from mssclient.engine.wire import FRAME_LIMIT_OCTETS

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="unix sockets; pipes are tested on Windows")


@pytest.fixture
def pair(home: Path) -> Iterator[tuple[transport.Channel, transport.Channel]]:
    doorway = transport.listen(home / "s")
    ours = transport.connect(home / "s")
    theirs = doorway.accept()
    assert theirs is not None
    yield ours, theirs
    for one in (ours, theirs):
        one.close()
    doorway.close()


def test_the_socket_is_for_this_user_only_and_goes(home: Path) -> None:
    doorway = transport.listen(home / "s")
    mode = (home / "s").stat().st_mode
    assert stat.S_ISSOCK(mode)
    assert stat.S_IMODE(mode) == 0o600
    doorway.close()
    assert not (home / "s").exists()
    with pytest.raises(transport.ChannelClosed):
        transport.connect(home / "s")


def test_a_socket_left_by_a_killed_engine_is_replaced(home: Path) -> None:
    left = socket.socket(socket.AF_UNIX)
    left.bind(str(home / "s"))
    left.close()
    doorway = transport.listen(home / "s")
    transport.connect(home / "s").close()
    doorway.close()


def test_frames_of_any_size_keep_their_borders(pair: tuple[transport.Channel, transport.Channel]) -> None:
    ours, theirs = pair
    sent = [b"", b"x", bytes(70_000), os.urandom(3_000_000)]
    thread = threading.Thread(target=lambda: [ours.send(data) for data in sent])
    thread.start()
    assert [theirs.receive() for _ in sent] == sent
    thread.join()


def test_a_frame_beyond_the_limit_ends_the_connection(home: Path) -> None:
    doorway = transport.listen(home / "s")
    rude = socket.socket(socket.AF_UNIX)
    rude.connect(str(home / "s"))
    theirs = doorway.accept()
    assert theirs is not None
    rude.sendall(struct.pack("!I", FRAME_LIMIT_OCTETS + 1))
    with pytest.raises(transport.ChannelClosed):
        theirs.receive()
    rude.close()
    theirs.close()
    doorway.close()


def test_closing_wakes_the_reader(pair: tuple[transport.Channel, transport.Channel]) -> None:
    ours, theirs = pair
    closed = threading.Event()

    def read() -> None:
        try:
            theirs.receive()
        except transport.ChannelClosed:
            closed.set()

    thread = threading.Thread(target=read)
    thread.start()
    theirs.close()
    assert closed.wait(30)
    thread.join(30)
    del ours


def test_a_link_sends_in_order_and_pulls_when_idle(pair: tuple[transport.Channel, transport.Channel]) -> None:
    ours, theirs = pair
    pieces = [b"news"]
    link = transport.Link(ours, "test", pull=lambda: pieces.pop() if pieces else None)
    assert theirs.receive() == b"news"
    link.send(b"1")
    link.send(b"2")
    assert [theirs.receive(), theirs.receive()] == [b"1", b"2"]
    pieces.append(b"more")
    link.nudge()
    assert theirs.receive() == b"more"
    link.send(b"last")
    link.close()
    assert theirs.receive() == b"last"


def test_a_reader_that_does_not_read_is_dropped(pair: tuple[transport.Channel, transport.Channel]) -> None:
    ours, theirs = pair
    link = transport.Link(ours, "test", limit=2_000_000)
    for _ in range(40):
        link.send(bytes(100_000))
    with pytest.raises(transport.ChannelClosed):
        _read_on(theirs)


def _read_on(channel: transport.Channel) -> None:
    while True:
        channel.receive()


def test_pipes_prove_that_they_can_read_the_profile(home: Path) -> None:
    """The code of the named pipe, over a unix socket: the same calls of multiprocessing.connection."""
    proof = os.urandom(32)
    doorway = transport.PipeDoorway(str(home / "p"), "AF_UNIX", proof)
    accepted: list[transport.Channel | None] = []
    thread = threading.Thread(target=lambda: accepted.append(doorway.accept()))
    thread.start()
    ours = transport.PipeChannel(connection.Client(str(home / "p"), "AF_UNIX", authkey=proof))
    thread.join(30)
    theirs = accepted[0]
    assert theirs is not None
    theirs.send(b"hello")
    assert ours.receive() == b"hello"
    stranger = threading.Thread(target=lambda: accepted.append(doorway.accept()))
    stranger.start()
    with pytest.raises(Exception, match="digest"):
        connection.Client(str(home / "p"), "AF_UNIX", authkey=b"guess")
    stranger.join(30)
    assert accepted[1] is None
    ended = threading.Event()

    def wait() -> None:
        with pytest.raises(transport.ChannelClosed):
            doorway.accept()
        ended.set()

    waiting = threading.Thread(target=wait)
    waiting.start()
    doorway.close()
    waiting.join(30)
    assert ended.is_set()
    ours.close()
    with pytest.raises(transport.ChannelClosed):
        theirs.receive()
    theirs.close()
