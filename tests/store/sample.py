"""A big store quickly: invented people, letters and laboratory results of a practice.

``fill(store, messages=100_000)`` writes list rows, annotations and counters in a few seconds;
``words=120`` adds a text to the search index, ``bodies=True`` the raw messages too.
"""

import argparse
import random
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from pathlib import Path
from typing import NamedTuple

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.documents import DocumentMatch, Patient
from mssclient.model.ids import AccountId, FolderId
from mssclient.model.messages import Annotation, AttachmentInfo, Person, Summary
from mssclient.model.records import to_wire
from mssclient.model.verdicts import Reason, TrustListState, Verdict
from mssclient.store.accounts import add_account
from mssclient.store.bodies import pack
from mssclient.store.folders import ServerFolder, find_folder, set_folder_state, sync_folder_list
from mssclient.store.index import DOCIDS_PER_HOUR
from mssclient.store.store import Priority, Store
from mssclient.store.transaction import Transaction, Words

END_UTC = 1_763_960_000
SLICE = 2_000


def _words(text: str) -> list[str]:
    return text.split()


GIVEN = _words(
    "Hélène Paul Zoé Karim Léa François Aïcha Benoît Chloé Émile Fatou Gaël Inès Jérôme Maëlle Noël "
    "Odile Rémi Solène Théo Yasmine Camille Élise Mathéo Nadège "
)
FAMILY = _words(
    "Martin Dubois Lefèvre Nguyen Benali Müller Garcia Petit Roux Fournier Girard Bonnet Lambert "
    "Rousseau Vincent Faure Mercier Blanchard Guérin Boyer Chevalier Haddad Traoré Le_Gall Masson Colin "
    "Perrot "
)
PLACES = (
    "hopital-sud.mssante.fr",
    "labo-des-lys.mssante.fr",
    "cabinet-mer.mssante.fr",
    "clinique-nord.mssante.fr",
)
SUBJECTS = (
    "Compte rendu de consultation",
    "Résultats de biologie",
    "Lettre de sortie d’hospitalisation",
    "Demande d’avis cardiologique",
    "Ordonnance de kinésithérapie",
    "Compte rendu d’échographie",
    "Bilan annuel de diabète",
    "Courrier d’adressage",
    "Réunion pluriprofessionnelle de jeudi",
    "Suite de notre échange téléphonique",
)
TEXT = _words(
    "madame monsieur patient patiente bilan glycémie hémoglobine créatinine tension artérielle "
    "traitement posologie contrôle trimestre consultation examen clinique cardiaque pulmonaire "
    "abdominal échographie radiographie scanner résultat normal anormal surveillance ordonnance "
    "renouvellement kinésithérapie diabète insuline cholestérol allergie vaccin douleur fatigue fièvre "
    "sommeil poids taille suivi avis confrère cordialement hospitalisation sortie chirurgie anesthésie "
    "infirmière domicile pharmacie "
)
FOLDERS = (
    ServerFolder(path="INBOX"),
    ServerFolder(path="Drafts", role="drafts"),
    ServerFolder(path="Sent", role="sent"),
    ServerFolder(path="Archive", role="archive"),
    ServerFolder(path="Junk", role="junk"),
    ServerFolder(path="Trash", role="trash"),
    ServerFolder(path="Archive/Laboratoires"),
)
KEYWORDS = ("Urgent", "A_rappeler", "Classe", "Domicile")


class Sample(NamedTuple):
    account: AccountId
    folders: dict[str, FolderId]
    """Path → id."""


def fill(
    store: Store,
    messages: int = 100_000,
    seed: int = 1,
    *,
    address: str = "dr.helene.martin@cabinet-mer.mssante.fr",
    years: float = 3.0,
    share: float = 0.9,
    words: int = 0,
    bodies: bool = False,
) -> Sample:
    """Add an account with this many messages; a part ``share`` of them lies in INBOX, the rest in Archive.

    The same arguments give the same rows. Everything is as after a complete synchronisation, UIDs from 1.
    """
    chance = random.Random(seed)

    def begin(tx: Transaction) -> Sample:
        endpoint = Endpoint(host="127.0.0.1", port=1)
        made = Account(
            id=AccountId(0), address=address, name="Dr Hélène Martin", imap=endpoint, smtp=endpoint
        )
        account = add_account(tx, made)
        sync_folder_list(tx, account.id, FOLDERS)
        found = {item.path: find_folder(tx, account.id, item.path) for item in FOLDERS}
        return Sample(account.id, {path: id for path, id in found.items() if id is not None})

    sample = store.write(Priority.PERSON, begin)
    targets = ((sample.folders["INBOX"], share), (sample.folders["Archive"], 1.0))
    uids = {folder: 0 for folder, _share in targets}
    span = int(years * 365.25 * 86_400)
    for start in range(0, messages, SLICE):
        numbers = range(start, min(start + SLICE, messages))

        def one_slice(tx: Transaction, numbers: range = numbers) -> None:
            placed: list[tuple[FolderId, int, int]] = []
            for number in numbers:
                folder = next(id for id, below in targets if chance.random() < below)
                uids[folder] += 1
                date = END_UTC - span + span * number // max(messages, 1) + chance.randrange(60)
                placed.append((folder, uids[folder], date))
            annotations = [_annotation(chance, number, words) for number in numbers]
            _write(tx, sample.account, chance, placed, annotations, numbers, words=words, bodies=bodies)

        store.write(Priority.NEWS, one_slice)

    def end(tx: Transaction) -> None:
        for folder in sample.folders.values():
            set_folder_state(
                tx, folder, uidvalidity=7, uidnext=uids.get(folder, 0) + 1, modseq=1, synced=True
            )

    store.write(Priority.PERSON, end)
    return sample


def _annotation(chance: random.Random, number: int, words: int) -> Annotation:
    given, family = chance.choice(GIVEN), chance.choice(FAMILY).replace("_", " ")
    place = chance.choice(PLACES)
    patient = Patient(family=chance.choice(FAMILY).upper(), given=chance.choice(GIVEN), birth="1961-03-12")
    sender = Person(
        name=f"Dr {given} {family}", address=f"{given[0]}.{family.replace(' ', '')}@{place}".lower()
    )
    laboratory = number % 5 == 0
    attachments = (
        AttachmentInfo(path="2", filename=f"resultats-{number}.hpr", type="text/plain", octets=4_000),
    )
    text = " ".join(chance.choices(TEXT, k=words)) + f" dossier{number}" if words else ""
    summary = Summary(
        subject=f"{chance.choice(SUBJECTS)} – {patient.family} {patient.given}",
        sender=sender,
        to=(Person(name="Dr Hélène Martin", address="dr.helene.martin@cabinet-mer.mssante.fr"),),
        date_utc=END_UTC - number,
        rfc_message_id=f"<{number}.{chance.getrandbits(32):08x}@{place}>",
        attachments=attachments if laboratory else (),
        text=text,
        snippet=(text or "Madame, Monsieur, veuillez trouver ci-joint le document annoncé.")[:140],
        complete=True,
    )
    match = DocumentMatch(
        kind="hprim-medecin",
        part="2",
        patients=(patient,),
        results=12,
        abnormal=chance.randrange(4),
        critical=int(number % 100 == 0),
        octets=4_000,
    )
    level = chance.choices(("mssante", "ordinary", "patient", "doubtful"), weights=(90, 7, 2, 1))[0]
    verdict = Verdict(
        level=level,
        reasons=(Reason(rule="from-listed", sentence="Le domaine est dans la liste blanche.", good=True),),
        trust_list=TrustListState(origin="verified", generated_utc=END_UTC, domains=500),
    )
    return Annotation(summary=summary, verdict=verdict, matches=(match,) if laboratory else ())


def _write(
    tx: Transaction,
    account: AccountId,
    chance: random.Random,
    placed: Sequence[tuple[FolderId, int, int]],
    annotations: Sequence[Annotation],
    numbers: range,
    *,
    words: int,
    bodies: bool,
) -> None:
    """Past add_incoming, in a third of its time: the columns of schema/0001.sql as it fills them."""
    row = tx.connection.execute("SELECT coalesce(max(id), 0) FROM message").fetchone()
    first = row[0] + 1 if row else 1
    contents = [_raw(one).as_bytes() if bodies else b"" for one in annotations]
    facts = [
        (
            int(bool(one.summary.attachments)),
            one.matches[0].kind if one.matches else "",
            int(bool(one.matches)),
            sum(match.abnormal for match in one.matches),
        )
        for one in annotations
    ]
    sizes = [len(content) or chance.randrange(2_000, 200_000) for content in contents]
    hours: dict[int, int] = {}

    def message_rows() -> Iterator[tuple[object, ...]]:
        for position, one in enumerate(annotations):
            hour = placed[position][2] // 3600
            taken = hours.get(hour)
            if taken is None:
                last = tx.connection.execute(
                    "SELECT max(docid) FROM message WHERE docid >= ? AND docid < ?",
                    (hour * DOCIDS_PER_HOUR, (hour + 1) * DOCIDS_PER_HOUR),
                ).fetchone()
                taken = last[0] % DOCIDS_PER_HOUR + 1 if last and last[0] is not None else 0
            hours[hour] = taken + 1
            summary = one.summary
            yield (
                account,
                first + position,
                summary.rfc_message_id,
                sizes[position],
                hour * DOCIDS_PER_HOUR + taken,
                2,
                1,
                summary.sender.name,
                summary.sender.address,
                summary.to[0].name,
                summary.subject,
                summary.snippet,
                one.verdict.level,
                0,
                int(any(match.critical for match in one.matches)),
                *facts[position],
            )

    execute = tx.connection.executemany
    execute(
        "INSERT INTO message (account, id, rfc_message_id, octets, docid, indexed, has_body, sender, address,"
        " recipients, subject, snippet, level, provisional, critical, attachments, document, bio, abnormal)"
        f" VALUES ({', '.join('?' * 19)})",
        list(message_rows()),
    )
    states = [
        (int(chance.random() < 0.93) | (2 if chance.random() < 0.2 else 0) | (4 if number % 40 == 0 else 0))
        for number in numbers
    ]
    tags = [chance.choice(KEYWORDS) if number % 25 == 0 else "" for number in numbers]
    execute(
        "INSERT INTO placement (message, folder, server_folder, uid, internal_date_utc, flags, server_flags,"
        " keywords, server_keywords, octets, attachments, document, bio, abnormal)"
        " VALUES (?1, ?2, ?2, ?3, ?4, ?5, ?5, ?6, ?6, ?7, ?8, ?9, ?10, ?11)",
        [
            (first + position, *place, states[position], tags[position], sizes[position], *facts[position])
            for position, place in enumerate(placed)
        ],
    )
    execute(
        "INSERT INTO annotation (message, summary, verdict, matches) VALUES (?, ?, ?, ?)",
        [
            (first + position, to_wire(one.summary), to_wire(one.verdict), to_wire(one.matches))
            for position, one in enumerate(annotations)
        ],
    )
    if bodies:
        execute(
            "INSERT INTO body (message, content) VALUES (?, ?)",
            [(first + position, pack(content)) for position, content in enumerate(contents)],
        )
    if words:
        docids = tx.connection.execute(
            "SELECT docid FROM message WHERE id >= ? ORDER BY id", (first,)
        ).fetchall()
        tx.words.update(
            (docid, Words(one, again=False)) for (docid,), one in zip(docids, annotations, strict=True)
        )
    for folder in {place[0] for place in placed}:
        tx.touch(folder=folder)


def _raw(annotation: Annotation) -> EmailMessage:
    summary = annotation.summary
    message = EmailMessage()
    message["From"] = f"{summary.sender.name} <{summary.sender.address}>"
    message["To"] = f"{summary.to[0].name} <{summary.to[0].address}>"
    message["Subject"] = summary.subject
    message["Message-ID"] = summary.rfc_message_id
    message.set_content(summary.text or summary.snippet)
    return message


def main() -> None:
    """``python -m tests.store.sample PROFILE --messages 100000``: a demonstration-like profile to look at."""
    from mssclient.store.key import load_key
    from mssclient.store.profile import Profile

    arguments = argparse.ArgumentParser(description=main.__doc__)
    arguments.add_argument("profile", type=Path)
    arguments.add_argument("--messages", type=int, default=100_000)
    arguments.add_argument("--words", type=int, default=0)
    arguments.add_argument("--bodies", action="store_true")
    given = arguments.parse_args()
    profile = Profile(given.profile, demo=True)
    store = Store.open(profile.store_path, load_key(profile, ask=None, passphrase=None))
    fill(store, given.messages, words=given.words, bodies=given.bodies)
    store.close()


if __name__ == "__main__":
    main()
