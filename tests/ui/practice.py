# ruff: noqa: E501 — a table of letters, one a line
"""An invented practice in a real store, and a door to it in place of an engine.

``StoreDoor`` does what the engine does at once (effects on the store, search, settings); nothing reaches a
server. It lets the window be tested and looked at on real rows without any other process.
"""

import time
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mssclient.engine.client import Listener, View
from mssclient.model.accounts import Account, AccountState, Endpoint, Quota
from mssclient.model.changes import Changed, Opened
from mssclient.model.documents import DocumentMatch, Patient
from mssclient.model.drafts import Draft
from mssclient.model.errors import MssError, Problem
from mssclient.model.ids import AccountId, DraftId, FolderId, QuestionId, WantId, new_id
from mssclient.model.messages import Annotation, AttachmentInfo, Person, Summary
from mssclient.model.prompts import PromptAnswer
from mssclient.model.questions import (
    DeliveryReport,
    Done,
    DraftAnswer,
    NewDraft,
    OutboxAnswer,
    ReadDraft,
    ReadOutbox,
    ReadState,
    Search,
    StateAnswer,
    SyncReport,
)
from mssclient.model.verdicts import Reason, Verdict
from mssclient.model.wants import (
    Copy,
    Delete,
    DeliverHprim,
    MarkFlags,
    Move,
    Retry,
    SetSetting,
    Settle,
    Sync,
    Undo,
)
from mssclient.store import effects, journal, settings
from mssclient.store.accounts import add_account, set_quota
from mssclient.store.folders import ServerFolder, find_folder, sync_folder_list
from mssclient.store.placements import Incoming, add_incoming
from mssclient.store.store import Priority, Store
from ui.theme.words import zone

KEY = bytes(range(32))

PERSONAL = (
    ("INBOX", "inbox"),
    ("INBOX/Biologie", ""),
    ("INBOX/Comptes rendus", ""),
    ("Drafts", "drafts"),
    ("Sent", "sent"),
    ("Archives", "archive"),
    ("Junk", "junk"),
    ("Trash", "trash"),
)
SHARED = (("INBOX", "inbox"), ("INBOX/Rendez-vous", ""), ("Sent", "sent"), ("Trash", "trash"))

# level, sender, address, subject, days ago, time, unread, kind, keywords, (abnormal, critical), clip, flag, replied
LETTERS: tuple[tuple[Any, ...], ...] = (
    ("mssante", "Laboratoire Valvert", "resultats@labo-valvert.mssante.fr", "Résultats – Mme LEROUX Jeanne", 0, "14:05", 1, "hprim-medecin", (), (4, 1), 1, 0, 0),
    ("mssante", "Dr Hugo Sauvignet", "hugo.sauvignet@cardio.mssante.fr", "Avis cardio – M. PERRET André", 0, "11:42", 1, "cda", ("Urgent",), (0, 0), 1, 1, 0),
    ("patient", "Nadia BELLOIR", "nadia.belloir@patient.mssante.fr", "Renouvellement d’ordonnance", 0, "10:18", 1, "", ("A_rappeler",), (0, 0), 0, 0, 0),
    ("mssante", "CH de la Vallée – Pneumologie", "pneumologie@ch-vallee.mssante.fr", "CR hospitalisation – M. TISSOT", 0, "09:30", 0, "cda", (), (0, 0), 1, 0, 1),
    ("apicrypt", "Imagerie Saint-Clair", "imagerie@saint-clair.apicrypt.org", "Scanner thoracique – Mme ODIN", 0, "08:55", 1, "pdf", (), (0, 0), 1, 0, 0),
    ("mssante", "Laboratoire Valvert", "resultats@labo-valvert.mssante.fr", "Résultats – M. GARNAUD Yves", 1, "18:40", 0, "hprim-sante", ("Classe",), (0, 0), 1, 0, 0),
    ("ordinary", "Pharmacie du Marché", "contact@pharmacie-marche.example", "Question sur une posologie", 1, "17:12", 0, "", (), (0, 0), 0, 0, 1),
    ("doubtful", "Service MSSante", "no-reply@mssante-verif.example", "Votre boîte va être suspendue", 1, "12:03", 1, "", (), (0, 0), 0, 0, 0),
    ("mssante", "Mathilde Coursan, IDE", "mathilde.coursan@ide.mssante.fr", "Pansements – Mme ROUVIÈRE", 4, "09:12", 0, "", ("Domicile",), (0, 0), 1, 0, 0),
    ("mssante", "Laboratoire des Deux Rives", "bio@deux-rives.mssante.fr", "Résultats – Mme KELLER Inès", 5, "16:20", 0, "hprim-medecin", (), (1, 0), 1, 0, 0),
    ("unknown", "", "inconnu@ailleurs.example", "", 12, "08:01", 0, "", ("A_verifier", "Secretariat"), (0, 0), 0, 0, 0),
)  # fmt: skip


def _annotation(number: int, letter: tuple[Any, ...]) -> Annotation:
    level, name, address, subject, *_when, kind, _words, (abnormal, critical), clip, _flag, _replied = letter
    suffix = {"hprim-medecin": "hpr", "hprim-sante": "hpr", "cda": "xml", "pdf": "pdf"}.get(kind, "pdf")
    media = {"hpr": "text/plain", "xml": "text/xml"}.get(suffix, "application/pdf")
    found = ()
    if clip:
        found = (AttachmentInfo(path="2", filename=f"document.{suffix}", type=media, octets=8_200),)
    matches = ()
    if kind:
        matches = (
            DocumentMatch(
                kind=kind,
                part="2",
                results=8 if abnormal else 0,
                abnormal=abnormal,
                critical=critical,
                patients=(Patient(family="LEROUX", given="Jeanne"),),
            ),
        )
    summary = Summary(
        subject=subject,
        sender=Person(name=name, address=address),
        to=(Person(name="Dr Camille Aubry", address="camille.aubry@medecin.mssante.fr"),),
        rfc_message_id=f"<{number}@practice.example>",
        attachments=found,
        text=f"Bonjour Docteur, veuillez trouver ci-joint {subject}.",
        snippet="Bonjour Docteur, veuillez trouver ci-joint",
    )
    good = level == "mssante"
    verdict = Verdict(level=level, reasons=(Reason(rule="r", sentence="Raison inventée", good=good),))
    return Annotation(summary=summary, verdict=verdict, matches=matches)


def _incoming(uid: int, number: int, letter: tuple[Any, ...], today: datetime) -> Incoming:
    days, clock, unread, _kind, keywords, _abnormal, _clip, flagged, replied = letter[4:]
    hours, minutes = clock.split(":")
    when = today.replace(hour=int(hours), minute=int(minutes)) - timedelta(days=days)
    flags = [name for on, name in ((not unread, "seen"), (flagged, "flagged"), (replied, "answered")) if on]
    return Incoming(
        uid=uid,
        internal_date_utc=int(when.timestamp()),
        octets=9_000,
        flags=tuple(flags),
        keywords=keywords,
        annotation=_annotation(number, letter),
        raw=f"Message-ID: <{number}@practice.example>\r\nSubject: n\r\n\r\nBonjour".encode(),
    )


def fill(store: Store, today: datetime | None = None, extra: int = 0) -> dict[str, Any]:
    """The practice of the pictures; ``extra`` older messages more. Account ids and folders by path."""
    now = (today or datetime.now(zone())).replace(second=0, microsecond=0)
    made: dict[str, Any] = {}

    def work(tx: Any) -> None:
        number = 1
        for name, address, kind, folders in (
            ("Dr Camille Aubry", "camille.aubry@medecin.mssante.fr", "personal", PERSONAL),
            ("Cabinet des Tilleuls", "secretariat@cabinet-tilleuls.mssante.fr", "organisational", SHARED),
        ):
            end = Endpoint(host="127.0.0.1", port=1993)
            account = add_account(
                tx, Account(id=AccountId(0), address=address, name=name, kind=kind, imap=end, smtp=end)
            )
            sync_folder_list(tx, account.id, [ServerFolder(path=path, role=role) for path, role in folders])
            limit = 2_000_000_000 if kind == "personal" else 5_000_000_000
            share = 0.7 if kind == "personal" else 0.92
            set_quota(tx, account.id, Quota(used_octets=int(limit * share), limit_octets=limit))
            ids = {path: find_folder(tx, account.id, path) for path, _role in folders}
            made[address] = {"account": account.id, "folders": ids}
            inbox, items = ids["INBOX"], []
            for uid, letter in enumerate(LETTERS, 1):
                items.append(_incoming(uid, number, letter, now))
                number += 1
            if kind == "personal":
                for each in range(extra):
                    letter = list(LETTERS[each % len(LETTERS)])
                    letter[3] = f"{letter[3]} ({each})"
                    letter[4], letter[6] = 20 + each // 40, 0
                    items.append(_incoming(100 + each, number, tuple(letter), now))
                    number += 1
            for start in range(0, len(items), 500):
                add_incoming(tx, inbox, items[start : start + 500])
            for path in ids:
                if path in ("INBOX/Biologie", "INBOX/Comptes rendus", "INBOX/Rendez-vous", "Sent"):
                    add_incoming(tx, ids[path], [_incoming(1, number, LETTERS[number % 4], now)])
                    number += 1

    store.write(Priority.UPKEEP, work)
    return made


class StoreDoor:
    """A door over a store of this process. Every want and question is kept in ``said``."""

    def __init__(self, folder: Path, listener: Listener, extra: int = 0) -> None:
        self.listener = listener
        self.store = Store.open(folder / "store.db", KEY, self._changed)
        self._path = str(folder / "store.db")
        self.made: dict[str, Any] = {}
        self._extra = extra
        self._quiet = False
        self._next_uid = 500_000
        self.said: list[Any] = []
        self.locked = False
        self.refuse: Problem | None = None
        """What the next question or want ends with."""

    def _changed(self, changed: Changed) -> None:
        if not self._quiet:
            self.listener.changed(changed)

    def fill(self) -> None:
        self._quiet = True
        self.made = fill(self.store, extra=self._extra)
        self._quiet = False

    def open(self) -> None:
        self.listener.opened(Opened(schema=1, key=KEY, path=self._path, demo=True))

    def start(self) -> None:
        self.open()

    def view(self) -> View:
        return View(self._path, KEY)

    def unacknowledged(self) -> int:
        return 0

    def lock(self) -> None:
        self.locked = True
        self.listener.locked()

    def unlock(self) -> None:
        self.locked = False
        self.open()

    def answer(self, answer: PromptAnswer) -> None:
        self.said.append(answer)

    def cancel(self, id: str) -> None:
        self.said.append(("cancel", id))

    def close(self, timeout: float = 5.0) -> None:
        self.store.close()

    def news(self, path: str = "INBOX", count: int = 1, address: str = "") -> None:
        """New mail arrives."""
        box = self.made[address or next(iter(self.made))]
        start = self._next_uid
        self._next_uid += count
        now = datetime.now(zone())
        letter = list(LETTERS[0])
        letter[5] = now.strftime("%H:%M")
        items = [_incoming(start + n, start + n, tuple(letter), now) for n in range(count)]
        self.store.write(Priority.NEWS, lambda tx: add_incoming(tx, box["folders"][path], items))

    # Wants

    def post(self, want: Any, id: str | None = None) -> WantId:
        want_id = id or new_id()
        self.said.append(want)
        if self.refuse is not None:
            problem, self.refuse = self.refuse, None
            self.listener.ended(want_id, problem)
            return WantId(want_id)
        try:
            answer = self._carry_out(want_id, want)
        except MssError as error:
            self.listener.ended(want_id, error.problem)
            return WantId(want_id)
        self.listener.acknowledged(want_id)
        if answer is not None:
            self.listener.ended(want_id, answer)
        return WantId(want_id)

    def _carry_out(self, want_id: str, want: Any) -> Any:
        if isinstance(want, MarkFlags | Move | Copy | Delete):

            def work(tx: Any) -> None:
                account = next(iter(self.made.values()))["account"]
                journal.append_want(tx, want_id, want, account, "Essai")
                effects.apply_local(tx, want_id, want)

            self.store.write(Priority.PERSON, work)
            return None
        if isinstance(want, Undo):
            self.store.write(Priority.PERSON, lambda tx: journal.set_state(tx, want.target, "undone"))
        elif isinstance(want, SetSetting):
            self.store.write(Priority.PERSON, lambda tx: settings.set_setting(tx, want.name, want.value))
        elif isinstance(want, Retry | Settle):
            self.store.write(Priority.PERSON, lambda tx: journal.set_state(tx, want.target, "waiting"))
        elif isinstance(want, Sync):
            return SyncReport()
        elif isinstance(want, DeliverHprim):
            return DeliveryReport()
        return Done()

    # Questions

    def ask(self, question: Any) -> QuestionId:
        question_id = new_id()
        self.said.append(question)
        if self.refuse is not None:
            answer, self.refuse = self.refuse, None
        else:
            answer = self._answer(question)
        self.listener.answered(question_id, answer)
        return QuestionId(question_id)

    def _answer(self, question: Any) -> Any:
        view = self.store.view()
        try:
            if isinstance(question, Search):
                return view.search(question.query, question.limit, question.account, question.folder)
            if isinstance(question, ReadState):
                states = [
                    AccountState(account=each.id, state="online", last_sync_utc=int(time.time()))
                    for each in view.accounts()
                ]
                return StateAnswer(
                    accounts=tuple(view.accounts()),
                    folders=tuple(view.folders()),
                    states=tuple(states),
                    demo=True,
                )
            if isinstance(question, ReadOutbox):
                return OutboxAnswer(items=tuple(view.outbox(question.all)))
            if isinstance(question, NewDraft):
                draft = Draft(id=DraftId(new_id()), account=question.account, action=question.action)
                return DraftAnswer(drafts=(draft,))
            if isinstance(question, ReadDraft):
                return DraftAnswer(drafts=tuple(view.drafts()))
            return Problem(code="not-here", sentence="Pas dans cet essai.")
        finally:
            view.close()


def folder_of(door: StoreDoor, path: str = "INBOX", account: int = 0) -> FolderId:
    box = list(door.made.values())[account]
    return box["folders"][path]
