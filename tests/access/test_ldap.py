"""What a directory may answer: bounded in octets, in depth and in time, or nonsense."""

import ssl
import time
from collections.abc import Callable

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mssclient.access import ldap
from mssclient.access.ldap import Directory, LdapAnswer, LdapResult, read_message
from mssclient.access.passwords import poppassd
from mssclient.access.passwords.changing import PasswordDoor, change
from mssclient.access.stream import Patience
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import MssError
from tests.access.ldap_answers import answer, damaged, examine, wrapped
from tests.planted import seed_secret
from tests.servers import Authority
from tests.servers.scripted import Close, Expect, ScriptedServer, Send, Stall, Step

IMPATIENT = Patience(connect_s=3, reply_s=3)
OLD, NEW = seed_secret("ancien-annuaire"), seed_secret("nouveau-annuaire")


class Unjudged(ScriptedServer):
    def check(self) -> None:
        """A client that leaves in the middle is what is wanted here."""


def test_what_is_read() -> None:
    assert read_message(answer("bindResponse", 49, "refusé", number=3)) == LdapAnswer(
        number=3, operation="bindResponse", result=LdapResult(code=49, message="refusé")
    )
    assert read_message(answer("extendedResp", 0, "")).result == LdapResult(code=0)
    assert len(read_message(answer("extendedResp", 1, "é" * 2000)).result.message) == 500  # pyright: ignore


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x30\x00",
        b"\x30\x80\x00\x00",
        b"\x30\x84\xff\xff\xff\xff",
        b"\x30\x05\x02\x01\x01\x61\x7f",
        wrapped(5000),
        answer("bindResponse", 0, "")[:-3],
        answer("bindResponse", 0, "") + b"\x00",
        answer("bindResponse", 0, "").replace(b"\x61", b"\x62", 1),
        answer("bindResponse", 0, "").replace(b"\x0a\x01", b"\x0a\x00", 1),
    ],
)
def test_what_is_refused(data: bytes) -> None:
    with pytest.raises(MssError) as refusal:
        read_message(data)
    assert refusal.value.code == "protocol-nonsense"


@given(st.binary(max_size=400) | st.integers(0, 10**9).map(damaged))
@example(wrapped(12))
def test_whatever_comes_is_an_answer_or_nonsense(data: bytes) -> None:
    examine(data)


def dialogue(authority: Authority, server_tls: ssl.SSLContext, *script: Step) -> tuple[str, float]:
    with Unjudged(script, tls=server_tls) as server:
        directory = Directory.connect(
            Endpoint(host="localhost", port=server.port), authority.client_context(), IMPATIENT
        )
        begun = time.monotonic()
        try:
            with pytest.raises(MssError) as refusal:
                directory.bind("uid=bob", OLD)
        finally:
            directory.close()
        assert OLD not in f"{refusal.value!r}{refusal.value.detail}"
        return refusal.value.code, time.monotonic() - begun


BOUND = Expect(rb".*", OLD.encode())


@pytest.mark.parametrize(
    "said",
    [
        b"\x30\x84\x7f\xff\xff\xff" + bytes(1000),
        b"\x30\x85\x01\x01\x01\x01\x01",
        b"\x04\x03abc",
        b"HTTP/1.1 400 Bad Request\r\n\r\n",
        answer("extendedResp", 0, "", number=1),
        answer("bindResponse", 0, "", number=0) * 50,
        answer("bindResponse", 0, "", number=1)[:9] + bytes(200),
    ],
    ids=["huge", "length of five octets", "tag", "another protocol", "operation", "notices", "rubbish"],
)
def test_a_hostile_directory(authority: Authority, server_tls: ssl.SSLContext, said: bytes) -> None:
    code, took = dialogue(authority, server_tls, BOUND, Send(said), Stall())
    assert code == "protocol-nonsense"
    assert took < 2


def test_a_directory_that_trickles(
    authority: Authority, server_tls: ssl.SSLContext, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap, "_ANSWER_S", 0.3)
    slow = Send(b"\x30\x82\x30\x00" + bytes(6000), 1)
    code, took = dialogue(authority, server_tls, BOUND, slow, Stall())
    assert (code, took < 3) == ("timeout", True)


@pytest.mark.parametrize(
    ("code", "words", "expected"),
    [
        (49, "", "password-wrong"),
        (32, "", "password-wrong"),
        (53, "account locked", "account-locked"),
        (13, "confidentiality required", "password-change-unavailable"),
        (51, "busy", "server-busy"),
        (52, "shutting down", "server-busy"),
    ],
)
def test_a_bind_that_is_refused_says_why(
    scripted: Callable[..., ScriptedServer],
    authority: Authority,
    server_tls: ssl.SSLContext,
    code: int,
    words: str,
    expected: str,
) -> None:
    server = scripted([BOUND, Send(answer("bindResponse", code, words, number=1)), Stall()], tls=server_tls)
    door = PasswordDoor(
        method="ldap", endpoint=Endpoint(host="localhost", port=server.port), bind_name="uid={login}"
    )
    with pytest.raises(MssError) as refusal:
        change(door, authority.client_context(), "bob", OLD, NEW)
    assert refusal.value.code == expected


def test_poppassd_without_end(authority: Authority, server_tls: ssl.SSLContext) -> None:
    with Unjudged([Send(b"200-encore\r\n" * 500), Stall()], tls=server_tls) as server:
        endpoint = Endpoint(host="localhost", port=server.port)
        with pytest.raises(MssError) as refusal:
            poppassd.change(endpoint, authority.client_context(), "bob", OLD, NEW)
    assert refusal.value.code == "protocol-nonsense"


@pytest.mark.parametrize("status", [404, 405, 501])
def test_a_host_that_is_no_zimbra(
    scripted: Callable[..., ScriptedServer], authority: Authority, server_tls: ssl.SSLContext, status: int
) -> None:
    """Nothing was changed there, and that is known."""
    page = b"HTTP/1.1 %d Non\r\nContent-Type: text/html\r\nContent-Length: 6\r\n\r\n<html>" % status
    asked = Expect(rb"POST /service/soap/ HTTP/1.1\r\n.*", b"\r\n\r\n")
    server = scripted([asked, Send(page), Close()], tls=server_tls)
    door = PasswordDoor(method="zimbra", endpoint=Endpoint(host="localhost", port=server.port))
    with pytest.raises(MssError) as refusal:
        change(door, authority.client_context(), "bob", OLD, NEW)
    assert refusal.value.code == "password-change-unavailable"
