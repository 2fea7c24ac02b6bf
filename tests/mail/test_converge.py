"""Two sides change the same mail at random; in the end both hold the same, and no message is lost.

``MSSCLIENT_SEEDS`` runs more of them: first seed, and how many.
"""

import os
import random
from collections import Counter
from collections.abc import Callable

import pytest

from mssclient.mail.connector import Connector
from mssclient.mail.courier import Courier
from mssclient.model.errors import MssError
from mssclient.model.wants import Append, Copy, Delete, MarkFlags, Move
from mssclient.store.folders import folder_state
from tests.mail.accounts import Desk, credential_of, field, message
from tests.mail.posting import post, until
from tests.mail.test_torn import in_store, on_server
from tests.servers import ImapServer

pytestmark = [pytest.mark.servers, pytest.mark.timeout(600)]

CONDSTORE = "IMAP4rev1 ENABLE CONDSTORE UIDPLUS MOVE NAMESPACE SPECIAL-USE LIST-EXTENDED LIST-STATUS"
FOLDERS = ("INBOX", "Dossier", "Trash")
_first, _count = (int(word) for word in os.environ.get("MSSCLIENT_SEEDS", "1 3").split())


class Sides:
    """The client, another client by its side, and what must be true in the end."""

    def __init__(self, desk: Desk, dovecot: ImapServer, seed: int) -> None:
        self.desk = desk
        self.dovecot = dovecot
        self.random = random.Random(seed)
        self.made: Counter[str] = Counter()
        """How often each message may be there at most: appended once, and once more for each copy."""
        self.mortal: set[str] = set()
        """Somebody removed one for good: it may be gone."""
        self.other = dovecot.raw_client(desk.user)
        self.courier = Courier(
            desk.account,
            desk.store,
            desk.annotators,
            Connector(desk.account, lambda: credential_of(desk.server, desk.user)),
        )
        self.count = 0

    # the other side

    def they_append(self) -> None:
        self.count += 1
        folder = self.random.choice(FOLDERS)
        self.made[f"<m{self.count}@exemple.fr>"] += 1
        self.dovecot.append(self.desk.user, folder, message(self.count), self.random.choice([[], ["\\Seen"]]))

    def _some_of_theirs(self) -> list[int]:
        self.other.select_folder(self.random.choice(FOLDERS))
        uids = self.other.search("ALL")
        return self.random.sample(uids, min(len(uids), self.random.randint(1, 3)))

    def they_mark(self) -> None:
        if uids := self._some_of_theirs():
            change = self.random.choice([self.other.add_flags, self.other.remove_flags])
            change(uids, self.random.sample(["\\Seen", "\\Flagged", "Urgent", "Classe"], 2))

    def they_remove(self) -> None:
        if uids := self._some_of_theirs():
            for each in self.other.fetch(uids, ["BODY.PEEK[HEADER]"]).values():
                self.mortal.add(field(each[b"BODY[HEADER]"], "Message-ID"))
            self.other.add_flags(uids, ["\\Deleted"])
            self.other.uid_expunge(uids)

    def they_move(self) -> None:
        if uids := self._some_of_theirs():
            self.other.move(uids, self.random.choice(FOLDERS))

    # our side

    def _some_of_ours(self) -> tuple[int, ...]:
        rows = self.desk.view.rows(self.desk.folder(self.random.choice(FOLDERS)), 0, 100)
        return tuple(row.id for row in self.random.sample(rows, min(len(rows), self.random.randint(1, 3))))

    def we_mark(self) -> None:
        if rows := self._some_of_ours():
            names = self.random.sample(["seen", "flagged", "Urgent", "Classe"], 2)
            post(self.desk, MarkFlags(placements=rows, add=(names[0],), remove=(names[1],)))

    def we_move(self) -> None:
        if rows := self._some_of_ours():
            post(self.desk, Move(placements=rows, folder=self.desk.folder(self.random.choice(FOLDERS))))

    def we_copy(self) -> None:
        if rows := self._some_of_ours():
            for each in self.desk.view.placements_of(rows):
                self.made[each.rfc_message_id] += 1
            post(self.desk, Copy(placements=rows, folder=self.desk.folder(self.random.choice(FOLDERS))))

    def we_delete(self) -> None:
        if rows := self._some_of_ours():
            self.mortal |= {
                each.rfc_message_id
                for each in self.desk.view.placements_of(rows)
                if each.folder == self.desk.folder("Trash")
            }
            post(self.desk, Delete(placements=rows))

    def we_append(self) -> None:
        self.count += 1
        ident = f"<m{self.count}@exemple.fr>"
        self.made[ident] += 1
        folder = self.desk.folder(self.random.choice(FOLDERS))
        post(
            self.desk,
            Append(
                account=self.desk.account.id, folder=folder, raw=message(self.count), rfc_message_id=ident
            ),
        )

    # what brings both together

    def we_carry_one(self) -> None:
        self.courier.carry_out_next()

    def we_sync(self) -> None:
        self.desk.sync(self.random.choice(FOLDERS))

    def we_lose_the_connection(self) -> None:
        self.desk.drop()
        self.courier.drop()

    def play(self, steps: int) -> None:
        moves = [
            *[self.they_append, self.they_mark, self.they_move] * 3,
            self.they_remove,
            *[self.we_mark, self.we_move, self.we_copy] * 2,
            self.we_delete,
            self.we_append,
            *[self.we_carry_one, self.we_sync] * 5,
            self.we_lose_the_connection,
        ]
        for _step in range(steps):
            self.random.choice(moves)()

    def come_to_rest(self) -> None:
        """Until nothing is wanted, and nothing is shown that the server does not have."""

        def resting() -> bool:
            while self.courier.carry_out_next():
                pass
            for folder in FOLDERS:
                self.desk.sync(folder)
            states = [folder_state(self.desk.view, self.desk.folder(folder)) for folder in FOLDERS]
            still = all(state is not None and state.messages == state.known for state in states)
            return still and not self.desk.view.wants(("waiting", "doing"))

        until(resting, 15)


@pytest.mark.parametrize("seed", range(_first, _first + _count))
@pytest.mark.parametrize("kind", ["qresync", "condstore", "bare"])
def test_both_sides_agree_in_the_end(
    kind: str, seed: int, dovecot: ImapServer, desk_on: Callable[..., Desk], new_user: tuple[str, str]
) -> None:
    capabilities = {"condstore": CONDSTORE, "bare": "IMAP4rev1"}
    server = dovecot.limited(capabilities[kind]) if kind in capabilities else dovecot
    dovecot.append(new_user[0], "Dossier", message(0))
    desk = desk_on(server, new_user[0])
    desk.tree()
    sides = Sides(desk, dovecot, seed)
    sides.made["<m0@exemple.fr>"] = 1
    for _number in range(5):
        sides.they_append()
    for folder in FOLDERS:
        desk.sync(folder)
    try:
        sides.play(60)
        sides.come_to_rest()
    except MssError as error:
        raise AssertionError(f"{error.code} {error.detail}") from error
    finally:
        sides.courier.end()
    there: Counter[str] = Counter()
    for folder in FOLDERS:
        truth = on_server(dovecot, desk.user, folder)
        assert in_store(desk, folder) == truth, folder
        there.update(ident for ident, _flags in truth.values())
    assert desk.view.wants(("waiting", "doing", "uncertain")) == []
    assert not [
        row for folder in FOLDERS for row in desk.view.rows(desk.folder(folder), 0, 500) if row.pending
    ]
    lost = {ident for ident in sides.made if not there[ident]} - sides.mortal
    doubled = {ident: count for ident, count in there.items() if count > sides.made[ident]}
    assert (lost, doubled) == (set(), {})
