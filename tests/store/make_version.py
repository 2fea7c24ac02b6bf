"""Write ``versions/NNNN.db`` for the version of the schema in use: once, when a version is released.

``python -m tests.store.make_version``. It is never changed afterwards; test_versions.py opens every one.
"""

import shutil
import tempfile
from pathlib import Path

from mssclient.model.drafts import Draft, DraftAttachment
from mssclient.model.ids import DraftId
from mssclient.model.messages import Person
from mssclient.model.wants import Move, Submit
from mssclient.store import drafts, effects, journal, ledger, outbox, settings
from mssclient.store.placements import add_incoming
from mssclient.store.store import Priority, Store
from mssclient.store.trace import trace
from mssclient.store.transaction import Transaction
from tests.store.made import KEY, furnish, incoming, lab

VERSIONS = Path(__file__).with_name("versions")


def fill(store: Store) -> None:
    """A little of everything; invented people."""
    account, folders = furnish(store)

    def work(tx: Transaction) -> None:
        items = [incoming(1, flags=("seen",), keywords=("Urgent",)), incoming(2, 2, annotation=lab(2))]
        ids = add_incoming(tx, folders["INBOX"], [*items, incoming(3, 3, body=False)])
        want = Move(placements=(ids[0],), folder=folders["Archives"])
        journal.append_want(tx, "move", want, account, "Déplacer 1 message vers Archives")
        effects.apply_local(tx, "move", want)
        journal.append_want(tx, "send", Submit(account=account, draft=DraftId("d1")), account, "Envoyer")
        outbox.freeze(
            tx, "send", account, b"Subject: x\r\n\r\ny", "<f@x>", "a@x", ["b@x"], "Objet", DraftId("d1")
        )
        attachment = DraftAttachment(id="f1", filename="a.txt", type="text/plain", octets=3)
        person = Person(name="Zoé", address="zoe@x.fr")
        drafts.keep(tx, Draft(id=DraftId("d1"), account=account, to=(person,), attachments=(attachment,)))
        drafts.add_attachment(tx, DraftId("d1"), attachment, b"abc")
        settings.set_setting(tx, "theme", '"sombre"')
        ledger.record_delivery(tx, ledger.Delivery(sha256=bytes(32), kind="hprim-medecin", number="42"))
        trace(tx, account, "login")

    store.write(Priority.PERSON, work)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        store = Store.open(Path(folder) / "store.db", KEY)
        fill(store)
        store.close()
        VERSIONS.mkdir(exist_ok=True)
        target = VERSIONS / f"{store.schema:04}.db"
        if target.exists():
            raise SystemExit(f"{target.name} is there: a released version does not change")
        shutil.copy(store.path, target)


if __name__ == "__main__":
    main()
