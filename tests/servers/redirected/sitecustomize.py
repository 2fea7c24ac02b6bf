"""Loaded by the interpreter of a program under test: leads its names to the servers of the test.

The program itself has no such door. The file named by MSSCLIENT_TEST_OUTSIDE says where the name server is,
and which ports stand for which hosts. Hosts that it does not name are not found, so nothing leaves.
"""

import json
import os
import socket
from pathlib import Path
from typing import Any


def _redirect(place: dict[str, Any]) -> None:
    import dns.resolver

    genuine = socket.getaddrinfo
    hosts: dict[str, dict[str, int]] = place["hosts"]

    def getaddrinfo(host: Any, port: Any, *arguments: Any, **options: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name in hosts:
            return genuine("127.0.0.1", hosts[name].get(str(port), port), *arguments, **options)
        if name in (None, "", "localhost") or not str(name)[:1].isalpha():
            return genuine(host, port, *arguments, **options)
        raise socket.gaierror(socket.EAI_NONAME, "no such host in this test")

    def read_resolv_conf(resolver: Any, file: Any) -> None:
        del file
        resolver.nameservers, resolver.port = [place["dns"][0]], place["dns"][1]

    socket.getaddrinfo = getaddrinfo
    dns.resolver.BaseResolver.read_resolv_conf = read_resolv_conf


if _place := os.environ.get("MSSCLIENT_TEST_OUTSIDE"):
    _redirect(json.loads(Path(_place).read_text()))
