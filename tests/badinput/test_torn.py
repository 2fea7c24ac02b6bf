"""A connection that breaks at any octet of the first synchronisation: told, nothing lost, and the next turn
brings what was missing, once."""

from collections.abc import Iterator

import pytest

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.wants import MarkFlags
from tests.badinput.practice import Practice, letter, practice
from tests.servers import FaultProxy, ImapServer
from tests.servers.proxy import How, Side

pytestmark = pytest.mark.servers

FOLDERS = {"INBOX": 24, "Archives": 6, "Dossier/Été & co": 3}
POINTS = 36
"""How many octet counts of the server's side are tried, besides the first lines."""


class Torn:
    """A BAL with mail in it, reached through a proxy that can break off."""

    def __init__(self, desk: Practice, server: ImapServer, user: str, proxy: FaultProxy) -> None:
        self.desk = desk
        self.server = server
        self.user = user
        self.proxy = proxy
        self.truth: dict[str, list[bytes]] = {}
        for path, count in FOLDERS.items():
            mail = [letter(n, "Résultat joint. " * (40 * n), subject=f"{path} {n}") for n in range(count)]
            flags = [["\\Seen"] if n % 2 else ["Urgent"] for n in range(count)]
            server.append_all(user, path, [(m, f, None) for m, f in zip(mail, flags, strict=True)])
            self.truth[path] = mail

    def join(self) -> Account:
        imap = Endpoint(host="localhost", port=self.proxy.port)
        return self.desk.joined(self.server, self.user, imap=imap)

    def whole_turn(self) -> dict[Side, int]:
        """Octets of a first synchronisation that nothing disturbs, by side."""
        account = self.join()
        before = dict(self.proxy.octets)
        self.desk.synced()
        spent = {side: self.proxy.octets[side] - before[side] for side in self.proxy.octets}
        self.converged()
        self.desk.remove(account)
        return spent  # type: ignore[return-value]

    def converged(self) -> None:
        """The store holds what the server holds: each message once, whole, with its flags."""
        for path, mail in self.truth.items():
            assert sorted(raw or b"" for raw in self.desk.held(path)) == sorted(mail), path
            rows = self.desk.rows(path)
            assert sum("seen" in row.flags for row in rows) == len(mail) // 2
            assert sum("Urgent" in row.keywords for row in rows) == (len(mail) + 1) // 2


@pytest.fixture(scope="module")
def torn(desk: Practice, dovecot: ImapServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Torn]:
    user, _password = dovecot.new_user("dechire")
    authority = dovecot._authority
    folder = tmp_path_factory.mktemp("proxy")
    contexts = (authority.server().server_context(folder), authority.client_context())
    with FaultProxy(dovecot.port_tls, inside_tls=contexts) as proxy:
        yield Torn(desk, dovecot, user, proxy)


def tear(torn: Torn, octets: int, side: Side, how: How) -> bool:
    """Whether the cut was in the way: one in the farewell is not."""
    account = torn.join()
    cuts = torn.proxy.cuts
    torn.proxy.cut_after(octets, side, how=how)
    report = torn.desk.sync()
    torn.proxy.heal()
    assert torn.proxy.cuts == cuts + 1, "nothing was cut"
    if report.problems:
        torn.desk.problem(report, "connection-lost", "protocol-nonsense")
        torn.desk.synced()
    torn.converged()
    again = torn.desk.synced()
    assert not sum(each.added + each.changed + each.vanished for each in again.folders)
    torn.desk.remove(account)
    return bool(report.problems)


@pytest.fixture(scope="module")
def lengths(torn: Torn) -> dict[Side, int]:
    return torn.whole_turn()


def points(total: int, count: int) -> list[int]:
    """Octet counts spread over a dialogue, denser at its beginning, none on a round number."""
    return sorted({int((n / count) ** 2 * (total - 200)) + 7 * n % 13 + 1 for n in range(count)})


@pytest.mark.parametrize("part", range(4))
def test_the_server_breaks_off(torn: Torn, lengths: dict[Side, int], part: int) -> None:
    mine = points(lengths["server"], POINTS)[part::4]
    told = [tear(torn, octets, "server", "reset" if n % 2 else "close") for n, octets in enumerate(mine)]
    assert sum(told) >= len(mine) - 1


def test_the_connection_breaks_under_a_command(torn: Torn, lengths: dict[Side, int]) -> None:
    mine = points(lengths["client"], 14)
    told = [tear(torn, octets, "client", "close" if n % 2 else "reset") for n, octets in enumerate(mine)]
    assert sum(told) >= len(mine) - 1


def test_it_breaks_again_and_again(torn: Torn, lengths: dict[Side, int]) -> None:
    """Each turn comes a little further, and the last one is whole."""
    account = torn.join()
    torn.proxy.cut_after(lengths["server"] // 6, times=None)
    held = -1
    for _ in range(3):
        torn.desk.problem(torn.desk.sync(), "connection-lost")
        now = sum(raw is not None for path in FOLDERS for raw in known(torn.desk, path))
        assert now >= held
        held = now
    torn.proxy.heal()
    torn.desk.synced()
    torn.converged()
    torn.desk.remove(account)


def known(desk: Practice, path: str) -> list[bytes | None]:
    if not any(folder.path == path for folder in desk.view.folders()):
        return []
    return desk.held(path)


def test_a_later_turn_breaks_off_with_wants_waiting(torn: Torn, lengths: dict[Side, int]) -> None:
    """What the person did meanwhile is neither lost nor undone by what comes in."""
    account = torn.join()
    torn.desk.synced()
    rows = torn.desk.rows()
    for number, octets in enumerate((1, 300, 900, 1500, 2200, 2600)):
        row = rows[number]
        seen = "seen" in row.flags
        change = {"remove" if seen else "add": ("seen",)}
        torn.proxy.cut_after(octets)
        torn.desk.post(MarkFlags(placements=(row.id,), **change))  # type: ignore[arg-type]
        torn.desk.sync()
        assert ("seen" in torn.desk.view.rows_of([row.id])[0].flags) != seen
        torn.proxy.heal()
        torn.desk.synced()
        assert ("seen" in torn.desk.view.rows_of([row.id])[0].flags) != seen
        assert not torn.desk.view.wants(("waiting", "doing", "parked", "uncertain"))
    judge = torn.server.raw_client(torn.user)
    judge.select_folder("INBOX", readonly=True)
    on_server = {uid: b"\\Seen" in flags for uid, flags in judge.get_flags(judge.search("ALL")).items()}
    assert sum(on_server.values()) == sum("seen" in row.flags for row in torn.desk.rows())
    for row in rows[:6]:  # as it was, for the other tests
        change = {"add" if "seen" in row.flags else "remove": ("seen",)}
        torn.desk.post(MarkFlags(placements=(row.id,), **change))  # type: ignore[arg-type]
    torn.desk.synced()
    torn.desk.remove(account)


def test_the_window_finds_back_by_itself(
    tmp_path_factory: pytest.TempPathFactory, torn: Torn, lengths: dict[Side, int]
) -> None:
    """With the workers running: every connection is cut for a while, then all is there unasked."""
    with practice(tmp_path_factory.mktemp("w") / "profil", background=True) as desk:
        imap = Endpoint(host="localhost", port=torn.proxy.port)
        torn.proxy.cut_after(lengths["server"] // 3, times=2)
        desk.joined(torn.server, torn.user, imap=imap)
        desk.ear.wait("changed", lambda changed: any(s.state == "online" for s in changed.states))
        desk.until(lambda: all(raw is not None for path in FOLDERS for raw in desk.held(path)))
        torn.proxy.heal()
        told = [s.problem for name, value in desk.ear.heard if name == "changed" for s in value.states]
        assert all(problem is None or problem.code == "connection-lost" for problem in told)
        here = Torn.__new__(Torn)
        here.desk, here.truth = desk, torn.truth
        here.converged()
