"""A name server on the loopback that knows what a test tells it, over UDP and TCP."""

import contextlib
import socketserver
import threading
from typing import Self

import dns.flags
import dns.message
import dns.rcode
import dns.rdatatype
import dns.rrset

__all__ = ["NameServer"]


class NameServer:
    """``records`` maps a name to SRV lines ("10 5 993 imap.x.fr."), "*" to those of all other names;
    ``failing`` names get SERVFAIL, all when "*" is among them; when ``mute`` there is no answer at all.
    Names in ``zones`` and those with something below them exist; others do not.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.records: dict[str, list[str]] = {}
        self.zones: set[str] = set()
        self.failing: set[str] = set()
        self.mute = False
        self.asked: list[str] = []
        provider = self

        class Datagram(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                data, sock = self.request
                answer = provider._answer(data)
                if answer is not None:
                    sock.sendto(answer, self.client_address)

        class Stream(socketserver.BaseRequestHandler):
            def handle(self) -> None:
                with contextlib.suppress(OSError, ValueError):
                    length = int.from_bytes(self.request.recv(2), "big")
                    answer = provider._answer(self.request.recv(length))
                    if answer is not None:
                        self.request.sendall(len(answer).to_bytes(2, "big") + answer)

        self._udp, self._tcp = _two_servers(self.host, Datagram, Stream)
        self.port: int = self._udp.server_address[1]
        for server in (self._udp, self._tcp):
            server.daemon_threads = True

    def __enter__(self) -> Self:
        for server in (self._udp, self._tcp):
            threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        for server in (self._udp, self._tcp):
            server.shutdown()
            server.server_close()

    def serve(self, domain: str, **services: str) -> None:
        """``serve("x.fr", imaps="0 1 993 imap.x.fr.")``."""
        for name, line in services.items():
            self.records[f"_{name}._tcp.{domain}"] = [line]

    def _answer(self, data: bytes) -> bytes | None:
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text(omit_final_dot=True).lower()
        self.asked.append(name)
        if self.mute:
            return None
        answer = dns.message.make_response(question, recursion_available=True)
        answer.flags |= dns.flags.AA
        asks_srv = question.question[0].rdtype == dns.rdatatype.SRV
        if self.failing & {name, "*"}:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif asks_srv and (lines := self.records.get(name) or self.records.get("*")):
            answer.answer.append(dns.rrset.from_text(f"{name}.", 60, "IN", "SRV", *lines))
        elif name not in self.zones and not any(each.endswith(f".{name}") for each in self.records):
            answer.set_rcode(dns.rcode.NXDOMAIN)
        return answer.to_wire()


def _two_servers(
    host: str,
    datagram: type[socketserver.BaseRequestHandler],
    stream: type[socketserver.BaseRequestHandler],
) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
    """On one port that is free for both."""
    while True:
        udp = socketserver.ThreadingUDPServer((host, 0), datagram)
        try:
            return udp, socketserver.ThreadingTCPServer((host, udp.server_address[1]), stream)
        except OSError:  # free for datagrams only
            udp.server_close()
