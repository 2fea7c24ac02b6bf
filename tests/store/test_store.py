from mssclient.model.wants import Move
from mssclient.store import effects, journal
from mssclient.store.placements import add_incoming, uids
from mssclient.store.store import Priority, Store
from tests.store.made import KEY, furnish, incoming


def test_first_use(tmp_path):
    changes = []
    store = Store.open(tmp_path / "store.db", KEY, changes.append)
    account, folders = furnish(store)
    ids = store.write(
        Priority.NEWS, lambda tx: add_incoming(tx, folders["INBOX"], [incoming(1), incoming(2)])
    )
    view = store.view()
    assert [row.id for row in view.rows(folders["INBOX"], 0, 10)] == [ids[1], ids[0]]
    assert view.folder(folders["INBOX"]).unread == 2
    assert view.raw(view.placement(ids[0]).message) == incoming(1).raw
    assert [row.id for row in view.search("glyc").rows] == [ids[1], ids[0]]

    def move(tx):
        want = Move(placements=(ids[0],), folder=folders["Archives"])
        assert journal.append_want(tx, "w1", want, account, "Déplacer")
        assert effects.apply_local(tx, "w1", want) == 1

    store.write(Priority.PERSON, move)
    assert view.placement(ids[0]).folder == folders["Archives"]
    assert uids(view, folders["INBOX"]) == [1, 2]
    assert view.row(ids[0]).pending
    store.write(Priority.PERSON, lambda tx: journal.set_state(tx, "w1", "undone"))
    assert view.placement(ids[0]).folder == folders["INBOX"]
    view.close()
    store.close()
    assert changes
