"""A synchronisation torn at every point: the store stays consistent, the next turn converges."""

import itertools
from collections.abc import Callable

import pytest

from mssclient.mail.session import open_session
from mssclient.model.accounts import Endpoint
from mssclient.model.errors import WorldError
from mssclient.store.placements import flags_of
from tests.mail.accounts import Desk, credential_of, field, message
from tests.mail.posting import post_send, state_of, until
from tests.servers import ImapServer
from tests.servers.proxy import FaultProxy, How

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]


def on_server(server: ImapServer, user: str, folder: str) -> dict[int, tuple[str, frozenset[str]]]:
    """UID → Message-ID and flags, as the server has them."""
    client = server.raw_client(user)
    client.select_folder(folder, readonly=True)
    found = client.fetch(client.search("ALL"), ["FLAGS", "BODY.PEEK[HEADER]"]) if client.search("ALL") else {}
    return {
        uid: (
            field(each[b"BODY[HEADER]"], "Message-ID"),
            frozenset(flag.decode().lstrip("\\").lower() for flag in each[b"FLAGS"]) - {"recent"},
        )
        for uid, each in found.items()
    }


def in_store(desk: Desk, folder: str) -> dict[int, tuple[str, frozenset[str]]]:
    """The same from the store, by what the list shows."""
    ident = desk.folder(folder)
    held = flags_of(desk.view, ident)
    found: dict[int, tuple[str, frozenset[str]]] = {}
    for row in desk.view.rows(ident, 0, 10_000):
        place = desk.view.placement(row.id)
        assert place is not None
        assert place.uid is not None
        flags = frozenset(row.flags) | frozenset(keyword.lower() for keyword in row.keywords)
        found[place.uid] = (place.rfc_message_id, flags)
    assert set(found) == set(held)
    return found


def point(desk: Desk, port: int) -> None:
    """Let the desk's next session go through this port."""
    import msgspec

    desk.drop()
    desk.account = msgspec.structs.replace(desk.account, imap=Endpoint(host="localhost", port=port))


@pytest.fixture(params=["qresync", "bare"])
def server(request: pytest.FixtureRequest, dovecot: ImapServer) -> ImapServer:
    return dovecot if request.param == "qresync" else dovecot.limited("IMAP4rev1")


@pytest.mark.parametrize("stride", [97, pytest.param(11, marks=pytest.mark.slow)])
@pytest.mark.parametrize("how", ["close", "reset"])
def test_torn_after_so_many_octets(
    server: ImapServer,
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    new_user: tuple[str, str],
    fault_proxy: Callable[..., FaultProxy],
    how: How,
    stride: int,
) -> None:
    """A store that knows an older state is brought up to date, torn once at each point."""
    user = new_user[0]
    dovecot.append_all(user, "INBOX", [(message(n), [], None) for n in range(4)])
    proxy = fault_proxy(server.port_tls, inside_tls=True)
    other = dovecot.raw_client(user)
    other.select_folder("INBOX")
    torn = 0
    for octets in itertools.count(60 if how == "close" else 60 + stride // 2, stride):
        desk = desk_on(server, user)
        desk.tree()
        if octets % 2:  # half of them begin with nothing
            desk.sync()
        uids = other.search("ALL")
        other.set_flags(uids[0], ["\\Seen", f"tag{octets}"])
        other.delete_messages(uids[1])
        other.uid_expunge(uids[1])
        dovecot.append(user, "INBOX", message(1000 + octets))
        point(desk, proxy.port)
        proxy.cut_after(octets, how=how)
        code = ""
        try:
            desk.tree()
            desk.sync()
        except WorldError as error:
            code = error.code
        assert code in ("", "connection-lost", "server-busy"), octets
        proxy.heal()
        point(desk, server.port_tls)
        truth = on_server(dovecot, user, "INBOX")
        for uid, (message_id, _flags) in in_store(desk, "INBOX").items():
            # What is here is right, though it may not be all, and not the newest.
            assert message_id == truth.get(uid, (message_id,))[0], octets
        desk.sync()
        assert in_store(desk, "INBOX") == truth, octets
        desk.close()
        dovecot.close_clients()
        other = dovecot.raw_client(user)
        other.select_folder("INBOX")
        if not code:
            break  # the dialogue was shorter than that
        torn += 1
    assert torn > 5


@pytest.mark.parametrize(
    "pattern", [b"EHLO", b"AUTH", b"MAIL FROM", b"RCPT TO", b"DATA", b"Bonjour", rb"\r\n\.\r\n"]
)
def test_a_submission_torn_before_each_command(
    dovecot: ImapServer,
    desk_on: Callable[..., Desk],
    new_user: tuple[str, str],
    fault_proxy: Callable[..., FaultProxy],
    pattern: bytes,
) -> None:
    import msgspec

    bob = dovecot.new_user(f"dechire{new_user[0].split('@')[0]}")[0]
    desk = desk_on(dovecot, new_user[0])
    proxy = fault_proxy(dovecot.submission_tls, inside_tls=True)
    account = msgspec.structs.replace(desk.account, smtp=Endpoint(host="localhost", port=proxy.port))
    box = desk.mailbox(account)
    box.sync_now()
    proxy.cut_at(pattern)
    want = post_send(desk, message(1), [bob])
    box.sync_now()
    first = state_of(desk, want)
    assert proxy.cuts == 1
    if pattern in (b"Bonjour", rb"\r\n\.\r\n"):
        assert first == "uncertain send-uncertain"
    else:
        assert first.startswith("waiting")
    proxy.heal()

    def again() -> bool:
        box.sync_now()
        return state_of(desk, want) in ("done", "uncertain send-uncertain")

    until(again, 20)
    if first.startswith("waiting"):
        until(lambda: len(dovecot.uids(bob)) == 1)
        assert len(dovecot.uids(desk.user, "Sent")) == 1
    else:
        assert state_of(desk, want) == first
        assert dovecot.uids(bob) == []
        assert dovecot.uids(desk.user, "Sent") == []


def test_a_server_that_says_nothing_is_left_in_time(
    dovecot: ImapServer,
    new_user: tuple[str, str],
    fault_proxy: Callable[..., FaultProxy],
    desk_on: Callable[..., Desk],
) -> None:
    from mssclient.access.open import Patience

    desk = desk_on(dovecot, new_user[0])
    proxy = fault_proxy(dovecot.port_tls)
    point(desk, proxy.port)
    proxy.stall()
    with pytest.raises(WorldError) as caught:
        open_session(desk.account, credential_of(dovecot, desk.user), Patience(connect_s=0.5, reply_s=0.5))
    assert caught.value.code == "timeout"
