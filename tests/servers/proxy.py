"""A TCP proxy that cuts, delays, stalls and refuses, told live by the test."""

import asyncio
import contextlib
import re
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Coroutine
from typing import Any, Literal, Self

__all__ = ["FaultProxy", "How", "Side"]

Side = Literal["client", "server"]
"""Whose bytes are meant: those that the client sent, or those that the server sent."""
How = Literal["close", "reset"]
"""``close``: both sides see an end of stream. ``reset``: both see ECONNRESET, as after a lost network."""
CHUNK_OCTETS = 65536


class _Cut:
    """One fault to come: where, how, and how many connections it may still hit."""

    def __init__(
        self, side: Side, how: How, times: int | None, octets: int | None, at: re.Pattern[bytes] | None
    ):
        self.side = side
        self.how: How = how
        self.times = times
        self.octets = octets
        self.at = at


class _Link:
    """One connection through the proxy."""

    def __init__(self, client: asyncio.StreamWriter) -> None:
        self.writers = [client]
        self.octets: dict[Side, int] = {"client": 0, "server": 0}
        self.seen: dict[Side, bytes] = {"client": b"", "server": b""}
        self.tasks: list[asyncio.Task[None]] = []

    def end(self, how: How) -> None:
        for writer in self.writers:
            if how == "reset":
                sock: socket.socket = writer.get_extra_info("socket")
                with contextlib.suppress(OSError):
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                _abort(writer)
            else:
                writer.close()


def _abort(writer: asyncio.StreamWriter) -> None:
    # Python 3.11.2 (Debian 12) fails here when TLS on this transport has ended already.
    with contextlib.suppress(AttributeError):
        writer.transport.abort()


class FaultProxy:
    """Listens on ``host:port`` and passes everything to ``127.0.0.1:target`` until told otherwise.

    With ``inside_tls`` = (a server's context, a client's context) it ends the TLS of both sides, so that
    counts and patterns mean the protocol's own bytes; else they mean what is on the wire.
    All methods may be called by any thread, and hold when they return.
    """

    host = "localhost"

    def __init__(
        self, target: int, *, inside_tls: tuple[ssl.SSLContext, ssl.SSLContext] | None = None
    ) -> None:
        self._target = target
        self._tls = inside_tls or (None, None)
        self._loop = asyncio.new_event_loop()
        self._loop.set_exception_handler(lambda _, what: self.errors.append(str(what.get("exception"))))
        self._thread = threading.Thread(target=self._loop.run_forever, name="fault-proxy", daemon=True)
        self._news = threading.Condition()
        self._flowing: dict[Side, asyncio.Event] = {}
        self._links: set[_Link] = set()
        self._writers: list[asyncio.StreamWriter] = []
        self._faults: list[_Cut] = []
        self._delay_s = 0.0
        self._server: asyncio.Server | None = None
        self.port = 0
        self.connections = 0
        """How many were accepted so far."""
        self.cuts = 0
        """How many connections a fault has ended so far."""
        self.octets: dict[Side, int] = {"client": 0, "server": 0}
        """How many bytes went through so far, by the side that sent them."""
        self.errors: list[str] = []
        """What went wrong without being asked for, such as a failed TLS handshake."""

    # -- life ------------------------------------------------------------------------------------

    def __enter__(self) -> Self:
        self._thread.start()
        self._call(self._open)
        return self

    def __exit__(self, *_: object) -> None:
        self._call(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    # -- faults ----------------------------------------------------------------------------------

    def cut_after(
        self, octets: int, side: Side = "server", *, how: How = "close", times: int | None = 1
    ) -> None:
        """End a connection once ``octets`` bytes of one side went through, counted from its beginning.

        The next ``times`` connections that get so far are cut (None: all of them).
        """
        self._call(self._add, _Cut(side, how, times, octets, None))

    def cut_at(
        self, pattern: bytes, side: Side = "client", *, how: How = "close", times: int | None = 1
    ) -> None:
        """End a connection before the bytes of one side that match a regular expression go through.

        Looks at what came in one piece and 1024 octets before it; wants ``inside_tls`` where there is TLS.
        """
        self._call(self._add, _Cut(side, how, times, None, re.compile(pattern, re.DOTALL)))

    def cut_now(self, how: How = "close") -> None:
        """End every connection there is."""
        self._call(self._cut_all, how)

    def delay(self, seconds: float) -> None:
        """Hold back every piece of both sides for so long."""
        self._call(self._set_delay, seconds)

    def stall(self, side: Side | None = None) -> None:
        """Pass nothing more of one side or of both; connections stay open, new ones too."""
        self._call(self._set_flow, side, False)

    def resume(self, side: Side | None = None) -> None:
        """Pass on what :meth:`stall` held back."""
        self._call(self._set_flow, side, True)

    def lead_to(self, target: int) -> None:
        """Later connections go to that port: the server has become another one."""
        self._target = target

    def refuse(self) -> None:
        """Listen no more: connections are refused. Those there are go on."""
        self._call(self._close_door)

    def admit(self) -> None:
        """Listen again, on the same port."""
        self._call(self._open)

    def heal(self) -> None:
        """No fault any more."""
        self.resume()
        self.delay(0)
        self._call(self._forget_faults)
        self.admit()

    def wait_for(self, question: Callable[[Self], bool], within_s: float = 30) -> None:
        """Return as soon as the question about the counters is true; AssertionError when it never is."""
        with self._news:
            assert self._news.wait_for(lambda: question(self), within_s), "the proxy never came to that"

    # -- inside the loop -------------------------------------------------------------------------

    def _call(self, what: Callable[..., Coroutine[Any, Any, None]], *arguments: object) -> None:
        asyncio.run_coroutine_threadsafe(what(*arguments), self._loop).result(15)

    async def _open(self) -> None:
        if not self._flowing:
            self._flowing = {"client": asyncio.Event(), "server": asyncio.Event()}
            await self._set_flow(None, True)
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=self._tls[0])
            self.port = self._server.sockets[0].getsockname()[1]

    async def _close_door(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _end(self) -> None:
        await self._close_door()
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        # Also those that were closed: over TLS one waits half a minute for the other side's goodbye.
        for writer in self._writers:
            _abort(writer)
        await asyncio.gather(
            *tasks, *(writer.wait_closed() for writer in self._writers), return_exceptions=True
        )
        await self._loop.shutdown_default_executor()

    async def _add(self, fault: _Cut) -> None:
        self._faults.append(fault)

    async def _forget_faults(self) -> None:
        self._faults.clear()

    async def _set_delay(self, seconds: float) -> None:
        self._delay_s = seconds

    async def _set_flow(self, side: Side | None, flows: bool) -> None:
        for each, event in self._flowing.items():
            if side in (None, each):
                event.set() if flows else event.clear()

    async def _cut_all(self, how: How) -> None:
        for link in list(self._links):
            self._cut(link, how)

    def _cut(self, link: _Link, how: How) -> None:
        link.end(how)
        self._links.discard(link)
        with self._news:
            self.cuts += 1
            self._news.notify_all()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        link = _Link(writer)
        self._links.add(link)
        self._writers.append(writer)
        with self._news:
            self.connections += 1
            self._news.notify_all()
        task = asyncio.current_task()
        assert task is not None
        link.tasks.append(task)
        try:
            name = "localhost" if self._tls[1] else None
            up_reader, up_writer = await asyncio.open_connection(
                "127.0.0.1", self._target, ssl=self._tls[1], server_hostname=name
            )
            link.writers.append(up_writer)
            self._writers.append(up_writer)
            link.tasks.append(asyncio.create_task(self._pump(link, "server", up_reader, writer)))
            await self._pump(link, "client", reader, up_writer)
            await link.tasks[-1]
        except OSError:
            link.end("reset")
        finally:
            link.end("close")
            self._links.discard(link)

    async def _pump(
        self, link: _Link, side: Side, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        """Carry the bytes of one side over until it ends or a fault strikes."""
        with contextlib.suppress(OSError, ssl.SSLError):
            while data := await reader.read(CHUNK_OCTETS):
                if self._delay_s:
                    await asyncio.sleep(self._delay_s)
                await self._flowing[side].wait()
                if link not in self._links:
                    return
                data, fault = self._strike(link, side, data)
                self._count(link, side, data)
                writer.write(data)
                await writer.drain()
                if fault is not None:
                    self._cut(link, fault.how)
                    return
            if writer.can_write_eof():
                writer.write_eof()
            else:
                writer.close()

    def _count(self, link: _Link, side: Side, data: bytes) -> None:
        link.octets[side] += len(data)
        link.seen[side] = (link.seen[side] + data)[-1024:]
        with self._news:
            self.octets[side] += len(data)
            self._news.notify_all()

    def _strike(self, link: _Link, side: Side, data: bytes) -> tuple[bytes, _Cut | None]:
        """What of ``data`` still goes through, and the fault that stops the rest."""
        best: tuple[int, _Cut] | None = None
        for fault in self._faults:
            if fault.side != side or fault.times == 0:
                continue
            if fault.octets is not None:
                keep = fault.octets - link.octets[side]
            else:
                assert fault.at is not None
                before = link.seen[side]
                found = next((m for m in fault.at.finditer(before + data) if m.end() > len(before)), None)
                keep = len(data) + 1 if found is None else max(0, found.start() - len(before))
            if keep <= len(data) and (best is None or keep < best[0]):
                best = (max(0, keep), fault)
        if best is None:
            return data, None
        keep, fault = best
        if fault.times is not None:
            fault.times -= 1
        return data[:keep], fault
