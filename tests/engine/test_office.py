"""Reading, writing, answering, attachments and undo on the demonstration, through the client."""

import os
import stat
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec

from mssclient.engine.client import View
from mssclient.model.accounts import Account, Folder
from mssclient.model.drafts import Draft, DraftAttachment
from mssclient.model.errors import Problem
from mssclient.model.ids import DraftId, PlacementId, new_id
from mssclient.model.messages import MessageView, Person, Row
from mssclient.model.questions import (
    CompleteAddress,
    Completions,
    Diagnose,
    Diagnosis,
    Done,
    DraftAnswer,
    MessageAnswer,
    NewDraft,
    OpenAttachment,
    OutboxAnswer,
    Paths,
    ReadDraft,
    ReadMessage,
    ReadOutbox,
    ReadState,
    Routes,
    RoutesAnswer,
    SaveAttachments,
    StateAnswer,
)
from mssclient.model.wants import (
    Append,
    AttachFile,
    AttachPart,
    DeliverHprim,
    DiscardDraft,
    KeepDraft,
    MarkFlags,
    Move,
    RemoveAccount,
    SetSetting,
    Settle,
    Submit,
    Sync,
    Undo,
)
from tests.engine.ears import Ear

CAMILLE = "camille.aubry@medecin.mssante.fr"
OFFICE = "secretariat@cabinet-tilleuls.mssante.fr"


def _view(ear: Ear) -> View:
    assert ear.client is not None
    return ear.client.view()


def _account(ear: Ear, address: str = CAMILLE) -> Account:
    view = _view(ear)
    found = next(one for one in view.accounts() if one.address == address)
    view.close()
    return found


def _folder(ear: Ear, role: str, address: str = CAMILLE) -> Folder:
    account = _account(ear, address)
    view = _view(ear)
    found = next(one for one in view.folders(account.id) if one.role == role)
    view.close()
    return found


def _rows(ear: Ear, role: str = "inbox", address: str = CAMILLE) -> list[Row]:
    folder = _folder(ear, role, address)
    view = _view(ear)
    rows = view.rows(folder.id, 0, 500)
    view.close()
    return rows


def _read(ear: Ear, placement: PlacementId) -> MessageView:
    answer = ear.ask(ReadMessage(placement=placement))
    assert isinstance(answer, MessageAnswer), answer
    return answer.view


def _opened(ear: Ear) -> list[MessageView]:
    return [_read(ear, row.id) for row in _rows(ear)]


def _until(ear: Ear, fits: Callable[[View], Any]) -> Any:
    """Look at the store after each change until it fits."""
    while True:
        seen = ear.times("changed")  # before the look: a change during it is looked at again
        view = _view(ear)
        found = fits(view)
        view.close()
        if found:
            return found
        ear.wait("changed", count=seen + 1)


def _want_state(ear: Ear, want_id: str, *states: str) -> None:
    _until(
        ear,
        lambda view: any(one.id == want_id and one.state in states for one in view.wants(states)),
    )


def test_every_message_of_the_demonstration_opens(office: Ear) -> None:
    opened = _opened(office)
    assert len(opened) > 5
    assert all(one.downloaded and one.problem is None for one in opened)
    assert all(one.headers for one in opened)
    assert any(one.html is not None for one in opened)
    assert not any(defect.startswith(("html-", "documents-")) for one in opened for defect in one.defects)
    documents = [document for one in opened for document in one.documents]
    assert any(document.lines for document in documents), "a table of results"
    pictures = [key for one in opened if one.html for key in one.html.pictures]
    sources = [s for one in opened if one.html for s in one.html.sources.values() if s.startswith("cid:")]
    assert len(pictures) >= len(set(sources)), "own pictures come with the message"


def test_a_message_that_is_gone(office: Ear) -> None:
    outcome = office.ask(ReadMessage(placement=PlacementId(10**9)))
    assert isinstance(outcome, Problem)
    assert outcome.code == "message-gone"
    assert outcome.remedy


def test_state_routes_completion_and_diagnosis(office: Ear) -> None:
    state = office.ask(ReadState())
    assert isinstance(state, StateAnswer)
    assert state.demo
    assert state.trust_list.origin == "verified"
    assert len(state.accounts) == 3
    assert state.quotas
    account = _account(office)
    routes = office.ask(Routes(account=account.id, addresses=(OFFICE, "x@ailleurs.example", "nothing")))
    assert isinstance(routes, RoutesAnswer)
    assert [one.level for one in routes.routes] == ["mssante", "ordinary", "unknown"]
    assert routes.level == "unknown"
    people = office.ask(CompleteAddress(prefix="labo"))
    assert isinstance(people, Completions)
    assert people.people
    assert len(people.levels) == len(people.people)
    checks = office.ask(Diagnose(account=account.id))
    assert isinstance(checks, Diagnosis)
    assert not [one for one in checks.checks if one.state == "fail"]


# Drafts


def test_a_draft_is_kept_and_found_again(office: Ear) -> None:
    account = _account(office)
    draft = Draft(id=DraftId(new_id()), account=account.id, subject="Brouillon", text="À finir")
    assert office.do(KeepDraft(draft=draft)) == Done()
    assert office.do(KeepDraft(draft=msgspec.structs.replace(draft, text="Fini"))) == Done()
    answer = office.ask(ReadDraft(draft=draft.id))
    assert isinstance(answer, DraftAnswer)
    assert answer.drafts[0].text == "Fini"
    assert answer.drafts[0].kept_utc > 0
    assert draft.id in {one.id for one in office.ask(ReadDraft()).drafts}
    assert office.do(DiscardDraft(draft=draft.id)) == Done()
    gone = office.ask(ReadDraft(draft=draft.id))
    assert isinstance(gone, Problem)
    assert gone.code == "draft-gone"


def test_files_are_copied_in_within_the_limit(office: Ear, home: Path) -> None:
    account = _account(office)
    draft = Draft(id=DraftId(new_id()), account=account.id)
    office.do(KeepDraft(draft=draft))
    (home / "compte rendu.pdf").write_bytes(b"%PDF-1.4 invented")
    done = office.do(AttachFile(draft=draft.id, attachment="a1", path=str(home / "compte rendu.pdf")))
    assert done == Done(text="a1")
    (home / "compte rendu.pdf").unlink()  # it is in the store now
    with (home / "big.bin").open("wb") as file:
        file.truncate(account.attachment_limit_octets + 1)
    big = office.do(AttachFile(draft=draft.id, attachment="a2", path=str(home / "big.bin")))
    assert isinstance(big, Problem)
    assert big.code == "attachment-too-big"
    for path in (str(home), str(home / "none"), "/dev/null"):
        refused = office.do(AttachFile(draft=draft.id, attachment="a3", path=path))
        assert isinstance(refused, Problem)
        assert refused.code == "file-not-read"
    row = next(one for one in _rows(office) if one.attachments)
    part = next(one for one in _read(office, row.id).summary.attachments if not one.inline)
    one = office.do(AttachPart(draft=draft.id, attachment="a4", placement=row.id, part=part.path))
    assert one == Done(text="a4")
    whole = office.do(AttachPart(draft=draft.id, attachment="a5", placement=row.id))
    assert whole == Done(text="a5")
    office.do(DiscardDraft(draft=draft.id))


def test_answers_and_forwards_are_prefilled(office: Ear) -> None:
    account = _account(office)
    row = next(one for one in _rows(office) if one.attachments and one.level == "mssante")
    message = _read(office, row.id)

    def made(action: str) -> Draft:
        answer = office.ask(NewDraft(account=account.id, action=action, placement=row.id))
        assert isinstance(answer, DraftAnswer), answer
        return answer.drafts[0]

    reply = made("reply")
    assert [one.address for one in reply.to] == [message.summary.sender.address]
    assert reply.subject.startswith("Re: ")
    assert reply.in_reply_to == message.summary.rfc_message_id
    assert reply.references[-1] == message.summary.rfc_message_id
    assert "\n> " in reply.text
    assert reply.answers == row.id
    everyone = made("reply-all")
    assert CAMILLE not in {one.address for one in (*everyone.to, *everyone.cc)}
    forward = made("forward")
    listed = [one for one in message.summary.attachments if not one.inline]
    assert [one.octets for one in forward.attachments] == [one.octets for one in listed]
    assert forward.to == ()
    assert forward.subject.startswith("Tr: ")
    new = office.ask(NewDraft(account=account.id, to=(Person(address=OFFICE),), subject="S")).drafts[0]
    assert (new.to[0].address, new.subject, new.action) == (OFFICE, "S", "new")


def test_the_signature_of_the_bal_stands_in_new_messages_and_above_what_is_quoted(office: Ear) -> None:
    account = _account(office)
    row = _rows(office)[0]
    office.do(SetSetting(name=f"signature.{account.id}", value='"Dr Camille ESSAI\\nCabinet"'))
    try:
        new = office.ask(NewDraft(account=account.id)).drafts[0]
        assert new.text == "\n\n-- \nDr Camille ESSAI\nCabinet\n"
        reply = office.ask(NewDraft(account=account.id, action="reply", placement=row.id)).drafts[0]
        assert reply.text.startswith(new.text)
        assert len(reply.text) > len(new.text)
    finally:
        office.do(SetSetting(name=f"signature.{account.id}", value='""'))


def test_an_answer_leaves_once_with_its_file_and_marks_what_it_answers(office: Ear, home: Path) -> None:
    account = _account(office)
    row = next(one for one in _rows(office) if "answered" not in one.flags and one.level == "mssante")
    draft = office.ask(NewDraft(account=account.id, action="reply", placement=row.id)).drafts[0]
    (home / "r.pdf").write_bytes(b"%PDF-1.4 invented " + os.urandom(2000))
    office.do(AttachFile(draft=draft.id, attachment="f1" + draft.id, path=str(home / "r.pdf")))
    attached = msgspec.structs.replace(
        draft,
        to=(Person(name="Secrétariat", address=OFFICE),),
        bcc=(Person(address=CAMILLE),),
        subject="Réponse d’essai",
        text="Bien reçu, merci.",
        attachments=(
            DraftAttachment(id="f1" + draft.id, filename="r.pdf", type="application/pdf", octets=2018),
        ),
    )
    office.do(KeepDraft(draft=attached))
    assert office.client is not None
    want_id = office.client.post(Submit(account=account.id, draft=draft.id))
    done = office.wait("ended", lambda pair: pair[0] == want_id)[1]
    assert isinstance(done, Done)
    assert done.text.startswith("<")
    _want_state(office, want_id, "done")
    assert draft.id not in {one.id for one in office.ask(ReadDraft()).drafts}
    _until(office, lambda view: "answered" in (view.row(row.id) or row).flags)
    item = next(one for one in office.ask(ReadOutbox(all=True)).items if one.want == want_id)
    assert item.queue_id
    _until(office, lambda view: next(one for one in view.outbox(all=True) if one.want == want_id).filed)
    office.do(Sync())
    for role, address in (("sent", CAMILLE), ("inbox", OFFICE), ("inbox", CAMILLE)):
        arrived = [one for one in _rows(office, role, address) if one.subject == "Réponse d’essai"]
        assert len(arrived) == 1, (role, address)
    message = _read(office, arrived[0].id)
    assert message.summary.bcc == ()
    assert [one.filename for one in message.summary.attachments] == ["r.pdf"]
    again = office.client.post(Submit(account=account.id, draft=draft.id), id=want_id)
    assert office.wait("ended", lambda pair: pair[0] == again, count=2)[1] == done, (
        "known: nothing is sent again"
    )
    outcome = office.do(Undo(target=want_id))
    assert isinstance(outcome, Problem)
    assert outcome.code == "already-sent"
    for late in (KeepDraft(draft=attached), Submit(account=account.id, draft=draft.id)):
        outcome = office.do(late)
        assert isinstance(outcome, Problem)
        assert outcome.code == "already-sent"
    drafts = {one.id for one in office.ask(ReadDraft()).drafts}
    assert draft.id not in drafts, "what has left does not come back"


def test_what_was_thrown_away_does_not_come_back(office: Ear, home: Path) -> None:
    account = _account(office)
    draft = Draft(id=DraftId(new_id()), account=account.id, to=(Person(address=OFFICE),), text="x")
    office.do(KeepDraft(draft=draft))
    assert office.do(DiscardDraft(draft=draft.id)) == Done()
    (home / "tard.txt").write_text("invente")
    late = (
        KeepDraft(draft=draft),
        AttachFile(draft=draft.id, attachment="late", path=str(home / "tard.txt")),
        Submit(account=account.id, draft=draft.id, words=draft),
    )
    for want in late:
        outcome = office.do(want)
        assert isinstance(outcome, Problem), want
        assert outcome.code == "draft-gone"
    opened, locked = office.times("opened"), office.times("locked")
    assert office.client is not None
    office.client.lock()
    office.wait("locked", count=locked + 1)
    office.client.unlock()
    office.wait("opened", count=opened + 1)
    assert office.do(KeepDraft(draft=draft)).code == "draft-gone"
    assert draft.id not in {one.id for one in office.ask(ReadDraft()).drafts}


def test_what_stands_in_the_window_leaves_and_files_keep_their_kind(office: Ear, home: Path) -> None:
    account = _account(office)
    draft = Draft(id=DraftId(new_id()), account=account.id, to=(Person(address=OFFICE),), text="ancien")
    office.do(KeepDraft(draft=draft))
    (home / "bilan.pdf").write_bytes(b"%PDF-1.4 invented")
    file = "w" + draft.id
    office.do(AttachFile(draft=draft.id, attachment=file, path=str(home / "bilan.pdf")))
    unsure = DraftAttachment(id=file, filename="bilan.pdf", type="application/octet-stream", octets=17)
    words = msgspec.structs.replace(draft, subject="Mots d’essai", text="nouveau", attachments=(unsure,))
    office.do(KeepDraft(draft=words))
    kept = office.ask(ReadDraft(draft=draft.id)).drafts[0]
    assert kept.attachments[0].type == "application/pdf"
    office.do(KeepDraft(draft=draft))
    assert office.client is not None
    want_id = office.client.post(Submit(account=account.id, draft=draft.id, words=words))
    _want_state(office, want_id, "done")
    office.do(Sync())
    row = next(one for one in _rows(office, "inbox", OFFICE) if one.subject == "Mots d’essai")
    message = _read(office, row.id)
    assert message.summary.text.strip() == "nouveau"
    assert [one.type for one in message.summary.attachments] == ["application/pdf"]


def test_what_cannot_leave_stays_a_draft(office: Ear) -> None:
    account = _account(office)
    draft = Draft(id=DraftId(new_id()), account=account.id, subject="x", text="x")
    office.do(KeepDraft(draft=draft))
    outcome = office.do(Submit(account=account.id, draft=draft.id))
    assert isinstance(outcome, Problem)
    assert outcome.code == "no-recipient"
    bad = msgspec.structs.replace(draft, to=(Person(address="a@b.example\r\nBcc: x@y.example"),))
    office.do(KeepDraft(draft=bad))
    outcome = office.do(Submit(account=account.id, draft=draft.id))
    assert isinstance(outcome, Problem)
    assert outcome.code in ("bad-address", "header-injection")
    assert draft.id in {one.id for one in office.ask(ReadDraft()).drafts}
    assert office.do(Submit(account=account.id, draft=DraftId("unknown"))).code == "draft-gone"
    assert office.do(Settle(target="unknown", outcome="sent")).code == "want-unknown"
    assert office.do(Undo(target="unknown")).code == "want-unknown"
    office.do(DiscardDraft(draft=draft.id))


def test_a_refused_send_is_shown_and_becomes_a_draft_again(office: Ear) -> None:
    account = _account(office)
    draft = Draft(
        id=DraftId(new_id()),
        account=account.id,
        to=(Person(address=OFFICE),),
        bcc=(Person(address="personne@cabinet-tilleuls.mssante.fr"),),
        subject="Refusé",
        text="Texte à garder.",
    )
    office.do(KeepDraft(draft=draft))
    assert office.client is not None
    want_id = office.client.post(Submit(account=account.id, draft=draft.id))
    _want_state(office, want_id, "parked")
    answer = office.ask(ReadOutbox())
    assert isinstance(answer, OutboxAnswer)
    item = next(one for one in answer.items if one.want == want_id)
    assert item.problem is not None
    assert item.problem.sentence
    assert [one.address for one in item.refused] == ["personne@cabinet-tilleuls.mssante.fr"]
    assert office.do(Undo(target=want_id)) == Done()
    back = office.ask(ReadDraft(draft=draft.id)).drafts[0]
    assert back.text.strip() == "Texte à garder."
    assert [one.address for one in back.to] == [OFFICE]
    assert [one.address for one in back.bcc] == ["personne@cabinet-tilleuls.mssante.fr"]
    office.do(DiscardDraft(draft=draft.id))


# Marks, moves, undo


def test_undo_of_what_was_carried_out_is_its_opposite(office: Ear) -> None:
    row = next(one for one in _rows(office) if "flagged" not in one.flags)
    assert office.client is not None
    want_id = office.client.post(MarkFlags(placements=(row.id,), add=("flagged",)))
    _want_state(office, want_id, "done")
    assert office.do(Undo(target=want_id)) == Done()
    _until(office, lambda view: "flagged" not in view.row(row.id).flags)
    archive = _folder(office, "archive")
    move = office.client.post(Move(placements=(row.id,), folder=archive.id))
    _want_state(office, move, "done")
    assert office.do(Undo(target=move)) == Done()
    _until(office, lambda view: view.row(row.id).folder == row.folder)
    _until(office, lambda view: not view.wants(("waiting", "doing")))
    office.do(Sync())
    assert [one.id for one in _rows(office)].count(row.id) == 1


def test_messages_of_two_accounts_are_one_want_for_the_person(office: Ear) -> None:
    mine, theirs = _rows(office)[-1], _rows(office, address=OFFICE)[-1]
    assert office.client is not None
    want_id = office.client.post(MarkFlags(placements=(mine.id, theirs.id), add=("Classe",)))
    office.wait("acknowledged", lambda id: id == want_id)
    _want_state(office, want_id, "done")
    _want_state(office, want_id + ".1", "done")
    assert office.do(Undo(target=want_id)) == Done()
    _until(
        office, lambda view: not any("Classe" in row.keywords for row in view.rows_of((mine.id, theirs.id)))
    )


def test_wants_that_are_refused_say_why(office: Ear) -> None:
    gone = office.do(MarkFlags(placements=(PlacementId(10**9),), add=("seen",)))
    assert isinstance(gone, Problem)
    assert gone.code == "message-gone"
    row = _rows(office)[0]
    elsewhere = office.do(Move(placements=(row.id,), folder=_folder(office, "inbox", OFFICE).id))
    assert isinstance(elsewhere, Problem)
    assert elsewhere.code == "folder-of-another-account"


# Attachments


def test_an_attachment_opens_from_a_private_place(office: Ear, home: Path) -> None:
    row = next(one for one in _rows(office) if one.attachments)
    part = next(one for one in _read(office, row.id).summary.attachments if not one.inline)
    answer = office.ask(OpenAttachment(placement=row.id, part=part.path))
    assert isinstance(answer, Paths), answer
    path = Path(answer.paths[0])
    assert office.client is not None
    assert path.is_relative_to(office.client.profile.open_folder)
    assert path.read_bytes()
    if sys.platform != "win32":
        assert stat.S_IMODE(path.stat().st_mode) == 0o400
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    saved = office.ask(SaveAttachments(placement=row.id, parts=(part.path,), directory=str(home)))
    twice = office.ask(SaveAttachments(placement=row.id, parts=(part.path,), directory=str(home)))
    assert saved.paths != twice.paths
    assert Path(saved.paths[0]).read_bytes() == Path(twice.paths[0]).read_bytes() == path.read_bytes()
    named = office.ask(
        SaveAttachments(placement=row.id, parts=(part.path,), directory=str(home), filename="../x.pdf")
    )
    assert Path(named.paths[0]).parent == home
    nowhere = office.ask(SaveAttachments(placement=row.id, parts=(), directory=str(home / "none")))
    assert nowhere.code == "folder-missing"
    assert office.ask(OpenAttachment(placement=row.id, part="99")).code == "part-unknown"


def test_a_program_is_not_opened(office: Ear, home: Path) -> None:
    account = _account(office)
    folder = _folder(office, "inbox")
    raw = (
        f"From: {OFFICE}\r\nTo: {CAMILLE}\r\nSubject: programme\r\nMIME-Version: 1.0\r\n"
        'Content-Type: application/octet-stream; name="facture.pdf.exe"\r\n'
        "Content-Disposition: attachment\r\nContent-Transfer-Encoding: base64\r\n\r\nTVqQAAMAAAA=\r\n"
    ).encode()
    assert office.client is not None
    want_id = office.client.post(Append(account=account.id, folder=folder.id, raw=raw))
    _want_state(office, want_id, "done")
    row = next(one for one in _rows(office) if one.subject == "programme")
    outcome = office.ask(OpenAttachment(placement=row.id, part="1"))
    assert isinstance(outcome, Problem)
    assert outcome.code == "attachment-executable"
    assert office.ask(SaveAttachments(placement=row.id, parts=("1",), directory=str(home))).paths


# HPRIM


def test_delivery_reports_progress_and_is_cancelled_without_loss(office: Ear, home: Path) -> None:
    directory = home / "hprim"
    directory.mkdir()
    assert office.client is not None
    want_id = office.client.post(DeliverHprim(directory=str(directory)))
    office.client.cancel(want_id)
    first = office.wait("ended", lambda pair: pair[0] == want_id)[1]
    rest = office.do(DeliverHprim(directory=str(directory)))
    ended_early = () if isinstance(first, Problem) else first.delivered
    files = [one.file for one in (*ended_early, *rest.delivered)]
    assert sorted(files) == sorted(path.name for path in directory.iterdir())
    assert len(set(files)) == len(files) > 3
    again = office.do(DeliverHprim(directory=str(directory), again=True))
    assert len(again.delivered) == len(files)
    one = office.do(
        DeliverHprim(directory=str(directory), placements=(rest.delivered[0].message,), again=True)
        if rest.delivered
        else DeliverHprim(directory=str(directory), placements=(again.delivered[0].message,), again=True)
    )
    assert one.delivered
    assert office.times("progress", lambda told: told.total > 0) > 0


def test_lock_empties_the_folder_of_opened_files(office: Ear) -> None:
    row = next(one for one in _rows(office) if one.attachments and one.subject != "programme")
    part = next(one for one in _read(office, row.id).summary.attachments if not one.inline)
    path = Path(office.ask(OpenAttachment(placement=row.id, part=part.path)).paths[0])
    assert path.exists()
    assert office.client is not None
    opened, locked = office.times("opened"), office.times("locked")
    office.client.lock()
    office.wait("locked", count=locked + 1)
    assert not path.exists()
    office.client.unlock()
    office.wait("opened", count=opened + 1)
    assert _rows(office)


def test_an_account_of_the_demonstration_can_go_and_stays_away(office: Ear) -> None:
    account = _account(office, OFFICE)
    assert office.do(RemoveAccount(account=account.id)) == Done()
    assert OFFICE not in {one.address for one in office.ask(ReadState()).accounts}
    outcome = office.do(Sync(account=account.id))
    assert isinstance(outcome, Problem)
    assert outcome.code == "account-unknown"
