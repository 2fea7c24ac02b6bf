"""Invented messages and an opened store for the tests of the store."""

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.documents import DocumentMatch, Patient
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Annotation, AttachmentInfo, Person, Summary
from mssclient.model.verdicts import Verdict
from mssclient.store.accounts import add_account
from mssclient.store.folders import ServerFolder, find_folder, sync_folder_list
from mssclient.store.placements import Incoming
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction

KEY = bytes(range(32))
DAY = 86_400
T0 = 1_750_000_000


def account(address: str = "dr.martin@cabinet.mssante.fr") -> Account:
    endpoint = Endpoint(host="127.0.0.1", port=1993)
    return Account(id=AccountId(0), address=address, imap=endpoint, smtp=endpoint)


def annotation(number: int = 1, *, complete: bool = True, **changes: object) -> Annotation:
    values: dict[str, object] = {
        "subject": f"Compte rendu numéro {number}",
        "sender": Person(name="Dr Hélène Dubois", address="h.dubois@hopital.mssante.fr"),
        "to": (Person(name="Dr Paul Martin", address="dr.martin@cabinet.mssante.fr"),),
        "rfc_message_id": f"<{number}@hopital.mssante.fr>",
        "text": f"Madame, voici le résultat de glycémie numéro{number}" if complete else "",
        "snippet": "Madame, voici" if complete else "",
        "complete": complete,
    }
    values.update(changes)
    return Annotation(summary=Summary(**values), verdict=Verdict(level="mssante", provisional=not complete))  # type: ignore[arg-type]


def lab(number: int, abnormal: int = 2) -> Annotation:
    made = annotation(
        number,
        attachments=(AttachmentInfo(path="2", filename="résultats.hpr", type="text/plain", octets=900),),
    )
    match = DocumentMatch(
        kind="hprim-medecin",
        part="2",
        results=12,
        abnormal=abnormal,
        patients=(Patient(family="LEFÈVRE", given="Zoé"),),
    )
    return Annotation(summary=made.summary, verdict=made.verdict, matches=(match,))


def raw(number: int, size: int = 300) -> bytes:
    return (
        f"Message-ID: <{number}@hopital.mssante.fr>\r\nSubject: n{number}\r\n\r\n" + "mot " * (size // 4)
    ).encode()


def incoming(uid: int, number: int | None = None, *, body: bool = True, **changes: object) -> Incoming:
    number = uid if number is None else number
    content = raw(number)
    values: dict[str, object] = {
        "uid": uid,
        "internal_date_utc": T0 + number * 600,
        "octets": len(content),
        "annotation": annotation(number, complete=body),
        "raw": content if body else None,
    }
    values.update(changes)
    return Incoming(**values)  # type: ignore[arg-type]


FOLDERS = (
    ServerFolder(path="INBOX"),
    ServerFolder(path="Sent", role="sent"),
    ServerFolder(path="Archives", role="archive"),
    ServerFolder(path="Trash", role="trash"),
)


def furnish(
    store: Store, address: str = "dr.martin@cabinet.mssante.fr"
) -> tuple[AccountId, dict[str, FolderId]]:
    """An account with the usual folders: its id, and path → folder."""

    def work(tx: Transaction) -> tuple[AccountId, dict[str, FolderId]]:
        added = add_account(tx, account(address))
        sync_folder_list(tx, added.id, FOLDERS)
        found = {item.path: find_folder(tx, added.id, item.path) for item in FOLDERS}
        return added.id, {path: id for path, id in found.items() if id is not None}

    return store.write(Priority.PERSON, work)
