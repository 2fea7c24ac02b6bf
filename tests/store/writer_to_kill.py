"""Commits numbered rows for ever and prints each number once it is committed. To be killed."""

import sys
from pathlib import Path

from mssclient.model.wants import MarkFlags
from mssclient.store import effects, journal
from mssclient.store.placements import add_incoming
from mssclient.store.settings import set_setting
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction
from tests.store.made import KEY, furnish, incoming


def main() -> None:
    path, start = Path(sys.argv[1]), int(sys.argv[2])
    store = Store.open(path, KEY)
    view = store.view()
    accounts = view.accounts()
    if accounts:
        account, inbox = accounts[0].id, view.folders()[0].id
    else:
        account, folders = furnish(store)
        inbox = folders["INBOX"]
    for number in range(start, start + 1_000_000):

        def work(tx: Transaction, number: int = number) -> None:
            [placement] = add_incoming(tx, inbox, [incoming(number)])
            want = MarkFlags(placements=(placement,), add=("seen",))
            journal.append_want(tx, f"w{number}", want, account, "")
            effects.apply_local(tx, f"w{number}", want)
            if number % 3 == 0:
                journal.set_state(tx, f"w{number}", "done")
            set_setting(tx, "last", str(number))

        store.write(Priority.PERSON if number % 2 else Priority.NEWS, work)
        print(number, flush=True)


main()
