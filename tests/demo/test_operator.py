"""The demonstration operator seen by its users: IMAP and submission over TLS."""

import email
import json
import signal
import smtplib
import subprocess
import sys
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError

from mssclient.demo import launch
from mssclient.model.errors import WorldError
from tests.demo.connections import FILES, REFERENCE, Desk, hear, letter
from tests.reference import REPOSITORY

AUBRY, VALADE, OFFICE = (
    "camille.aubry@medecin.mssante.fr",
    "ninon.valade@medecin.mssante.fr",
    "secretariat@cabinet-tilleuls.mssante.fr",
)
SHARED = "Partagés/Cabinet des Tilleuls"


def test_starts_quickly(folder: Path) -> None:
    began = time.monotonic()
    with launch(folder) as operator:
        took = time.monotonic() - began
        assert [a.address for a in operator.accounts] == [AUBRY, VALADE, OFFICE]
    # the aim is 1.5 s; the limit leaves room for a loaded machine
    assert took < 6


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc to see that the operator is gone")
def test_ends_with_its_parent(folder: Path) -> None:
    program = (
        "import pathlib, sys\nfrom mssclient.demo import launch\n"
        f"operator = launch(pathlib.Path({str(folder)!r}), small=True)\n"
        "print(operator.pid, flush=True)\nimport os\nos._exit(9)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=REPOSITORY, timeout=60)
    pid = int(done.stdout)
    end = time.monotonic() + 10
    while _alive(pid) and time.monotonic() < end:
        time.sleep(0.02)
    assert not _alive(pid)


def _alive(pid: int) -> bool:
    try:
        return "mssclient.demo" in Path(f"/proc/{pid}/cmdline").read_text("utf-8")
    except OSError:
        return False


def test_prints_one_line_then_serves_until_its_input_ends(folder: Path) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "mssclient.demo", "--folder", str(folder), "--small"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=REPOSITORY,
    )
    assert process.stdin
    assert process.stdout
    ready = json.loads(process.stdout.readline())
    assert {"imap_port", "imap_starttls_port", "submission_port", "submission_starttls_port"} <= set(ready)
    assert {"ca_pem", "whitelist", "whitelist_ca_pem", "accounts", "uidvalidity"} <= set(ready)
    assert set(ready["accounts"][0]) == {"address", "login", "password", "display_name", "kind"}
    process.stdin.close()
    assert process.stdout.read() == b""
    assert process.wait(10) == 0
    process.stdout.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
def test_ends_well_on_sigterm(folder: Path) -> None:
    command = [sys.executable, "-m", "mssclient.demo", "--folder", str(folder), "--small"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, cwd=REPOSITORY) as process:
        assert process.stdout
        assert process.stdout.readline().startswith(b"{")
        process.send_signal(signal.SIGTERM)
        assert process.wait(10) == 0


def test_a_failed_start_is_said(folder: Path) -> None:
    with pytest.raises(WorldError, match="demonstration-unavailable") as refused:
        launch(folder, small=True, reference="pas une date")
    assert "--reference" in refused.value.detail


def test_writes_in_its_folder_only_and_leaves_no_key(folder: Path) -> None:
    with launch(folder, small=True):
        assert {p.name for p in folder.iterdir()} == FILES


def test_the_caller_imports_nothing_heavy() -> None:
    program = (
        "import sys, mssclient.demo\n"
        "print(*sorted({'pymap','aiosmtpd','lxml','cryptography','PySide6','asyncio'} & set(sys.modules)))"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, cwd=REPOSITORY, timeout=60)
    assert out.stdout.split() == []


class TestDoors:
    def test_wrong_password_is_refused(self, desk: Desk) -> None:
        with pytest.raises(LoginError):
            desk.imap(AUBRY, password="faux")
        with pytest.raises(LoginError):
            desk.imap("personne@medecin.mssante.fr", password="faux")

    def test_without_its_authority_the_certificate_is_refused(self, desk: Desk) -> None:
        import ssl

        with pytest.raises(ssl.SSLError):
            IMAPClient("localhost", desk.operator.imap_port, ssl=True, timeout=5)

    def test_no_login_before_starttls(self, desk: Desk) -> None:
        client = IMAPClient("localhost", desk.operator.imap_starttls_port, ssl=False, timeout=5)
        try:
            assert {b"STARTTLS", b"LOGINDISABLED"} <= set(client.capabilities())
            with pytest.raises(LoginError):
                client.login(AUBRY, desk.passwords[AUBRY])
        finally:
            client.shutdown()

    def test_starttls_then_login(self, desk: Desk) -> None:
        client = desk.imap(AUBRY, starttls=True)
        assert b"STARTTLS" not in client.capabilities()
        assert client.select_folder("INBOX", readonly=True)[b"EXISTS"] > 0

    def test_submission_needs_a_login_and_tls(self, desk: Desk) -> None:
        with smtplib.SMTP("localhost", desk.operator.submission_starttls_port, timeout=5) as client:
            client.ehlo()
            assert not client.has_extn("auth")
            assert client.mail(AUBRY)[0] == 530
        with smtplib.SMTP_SSL(
            "localhost", desk.operator.submission_port, context=desk.tls, timeout=5
        ) as client:
            client.ehlo()
            assert client.mail(AUBRY)[0] == 530
            with pytest.raises(smtplib.SMTPAuthenticationError):
                client.login(AUBRY, "faux")


class TestCapabilities:
    def test_what_is_announced(self, desk: Desk) -> None:
        said = set(desk.imap(AUBRY).capabilities())
        assert {b"IDLE", b"MOVE", b"UIDPLUS", b"SPECIAL-USE", b"QUOTA", b"NAMESPACE", b"UNSELECT"} <= said
        assert not said & {b"STARTTLS", b"CONDSTORE", b"QRESYNC", b"ESEARCH"}

    def test_folders_and_special_use(self, desk: Desk) -> None:
        client = desk.imap(AUBRY)
        folders = {name: set(flags) for flags, _, name in client.list_folders()}
        assert {"INBOX", "INBOX/Biologie", "INBOX/Comptes rendus", "Archives"} <= set(folders)
        for name, use in (
            ("Envoyés", b"\\Sent"),
            ("Brouillons", b"\\Drafts"),
            ("Corbeille", b"\\Trash"),
            ("Indésirables", b"\\Junk"),
            ("Archives", b"\\Archive"),
        ):
            assert use in folders[name]
        assert "Envoyés" in {name for _, _, name in client.list_sub_folders()}

    def test_shared_mailbox_has_a_namespace(self, desk: Desk) -> None:
        client = desk.imap(VALADE)
        assert client.namespace().shared == (("Partagés/", "/"),)
        names = {name for _, _, name in client.list_folders()}
        assert {SHARED, f"{SHARED}/INBOX/Rendez-vous"} & names
        for login in (AUBRY, OFFICE):
            assert desk.imap(login).namespace().shared is None

    def test_quota_gauges(self, desk: Desk) -> None:
        for login, low, high in ((AUBRY, 0.68, 0.72), (OFFICE, 0.90, 0.94)):
            root, quotas = desk.imap(login).get_quota_root("INBOX")
            storage = next(q for q in quotas if q.resource == "STORAGE")
            assert root.quota_roots == [login]
            assert low < storage.usage / storage.limit < high

    def test_over_quota(self, desk: Desk) -> None:
        client, big = desk.imap(OFFICE), letter(OFFICE, OFFICE, "gros", "z" * 9_000_000)
        uid = _appended(client.append("Archives", big))
        with pytest.raises(IMAPClientError, match="OVERQUOTA"):
            client.append("Archives", big)
        client.select_folder("Archives")
        with pytest.raises(IMAPClientError, match="OVERQUOTA"):
            client.copy([uid], "INBOX")
        client.delete_messages([uid])
        client.expunge([uid])


def _appended(answer: bytes) -> int:
    return int(answer.split(b"]")[0].split()[-1])


class TestFlags:
    def test_keywords_are_kept_and_shared(self, desk: Desk) -> None:
        client, other = desk.imap(AUBRY), desk.imap(AUBRY)
        selected = client.select_folder("INBOX")
        assert b"\\*" in selected[b"PERMANENTFLAGS"]
        assert b"\\*" not in selected[b"FLAGS"]
        assert {b"Urgent", b"A_rappeler", b"Classe", b"Domicile"} <= set(selected[b"FLAGS"])
        uid = client.search(["KEYWORD", "A_rappeler"])[0]
        other.select_folder("INBOX")
        other.idle()
        client.add_flags([uid], ["Essai"])
        assert hear(other, lambda line: line[1] == b"FETCH" and b"Essai" in line[2][1])
        other.idle_done()
        client.add_flags([uid], ["essai"])
        assert set(other.fetch([uid], ["FLAGS"])[uid][b"FLAGS"]) - {b"\\Seen"} == {b"A_rappeler", b"Essai"}
        client.remove_flags([uid], ["Essai"])
        again = desk.imap(AUBRY)
        again.select_folder("INBOX", readonly=True)
        assert set(again.fetch([uid], ["FLAGS"])[uid][b"FLAGS"]) - {b"\\Seen"} == {b"A_rappeler"}

    def test_append_keeps_flags_and_date(self, desk: Desk) -> None:
        client = desk.imap(AUBRY)
        client.normalise_times = False
        when = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)
        uid = _appended(client.append("Archives", letter(AUBRY, AUBRY, "x"), [b"\\Seen", b"Perso"], when))
        client.select_folder("Archives")
        found = client.fetch([uid], ["FLAGS", "INTERNALDATE"])[uid]
        assert {b"\\Seen", b"Perso"} <= set(found[b"FLAGS"])
        assert found[b"INTERNALDATE"] == when

    def test_folder_names_of_all_kinds(self, desk: Desk) -> None:
        client = desk.imap(VALADE)
        names = ("Dossiers/Étés à Noël/2024", "Santé&Travail", "日本&語", 'A "guillemets" \\ B')
        for name in names:
            client.create_folder(name)
        assert set(names) <= {name for _, _, name in client.list_folders()}
        client.rename_folder("Dossiers", "Classés")
        client.delete_folder("Santé&Travail")
        left = {name for _, _, name in client.list_folders()}
        assert "Classés/Étés à Noël/2024" in left
        assert "Santé&Travail" not in left


class TestParts:
    """Section numbers and sizes as RFC 3501 has them, also inside a forwarded message."""

    def test_sections_of_a_forwarded_message(self, desk: Desk) -> None:
        client = desk.imap(AUBRY)
        client.select_folder("INBOX", readonly=True)
        uid = client.search(["SUBJECT", "Tr : R"])[0]
        raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        inner = email.message_from_bytes(raw).get_payload()[1].get_payload()[0]
        for number, part in enumerate(inner.get_payload(), 1):
            name = f"BODY[2.{number}]"
            got = client.fetch([uid], [f"BODY.PEEK[2.{number}]"])[uid][name.encode()]
            assert got.splitlines() == part.get_payload().encode("ascii", "surrogateescape").splitlines()
            row = client.fetch([uid], [f"BODY.PEEK[2.{number}.MIME]"])[uid]
            mime = row[f"BODY[2.{number}.MIME]".encode()]
            assert part.get_content_type().encode() in mime

    def test_sizes_are_those_of_the_bodies(self, desk: Desk) -> None:
        client = desk.imap(AUBRY)
        client.select_folder("INBOX", readonly=True)
        uid = client.search(["SUBJECT", "LEROUX"])[0]
        structure = client.fetch([uid], ["BODYSTRUCTURE"])[uid][b"BODYSTRUCTURE"]
        parts = structure[0]
        assert len(parts) == 4
        for number, part in enumerate(parts, 1):
            body = client.fetch([uid], [f"BODY.PEEK[{number}]"])[uid][f"BODY[{number}]".encode()]
            assert part[6] == len(body)


class TestDelivery:
    @pytest.mark.parametrize("starttls", [False, True])
    def test_mail_arrives_and_is_heard(self, desk: Desk, starttls: bool) -> None:
        client = desk.imap(VALADE)
        before = client.select_folder("INBOX")[b"EXISTS"]
        client.idle()
        desk.send(AUBRY, [VALADE], letter(AUBRY, VALADE, "Essai"), starttls=starttls)
        assert hear(client, lambda line: line == (before + 1, b"EXISTS"))
        client.idle_done()
        uid = client.search(["SUBJECT", "Essai"])[-1]
        raw = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
        assert raw.startswith(b"Return-Path: <" + AUBRY.encode())
        assert b"with ESMTPSA" in raw

    def test_office_is_heard_by_both_logins(self, desk: Desk) -> None:
        office, member = desk.imap(OFFICE), desk.imap(VALADE)
        before = office.select_folder("INBOX")[b"EXISTS"]
        member.select_folder(SHARED)
        office.idle()
        member.idle()
        desk.send(AUBRY, [OFFICE], letter(AUBRY, OFFICE, "guichet"))
        for client in (office, member):
            assert hear(client, lambda line: line == (before + 1, b"EXISTS"))
            client.idle_done()
        uids = member.search(["SUBJECT", "guichet"])
        member.add_flags(uids, ["EnCours"])
        office.noop()
        assert b"EnCours" in office.fetch(uids, ["FLAGS"])[uids[0]][b"FLAGS"]
        member.move(uids, f"{SHARED}/Archives")
        office.noop()
        assert office.search(["SUBJECT", "guichet"]) == []

    def test_who_may_send_as_whom(self, desk: Desk) -> None:
        with desk.smtp(AUBRY) as client:
            assert client.sendmail(OFFICE, [VALADE], letter(OFFICE, VALADE, "au nom du cabinet")) == {}
        with desk.smtp(AUBRY) as client:
            assert client.mail(VALADE)[0] == 550

    def test_unknown_known_and_outside_recipients(self, desk: Desk) -> None:
        with desk.smtp(AUBRY) as client:
            client.mail(AUBRY)
            code, words = client.rcpt("inconnu@cabinet-tilleuls.mssante.fr")
            assert code == 550
            assert words.startswith(b"5.1.1")
            assert client.rcpt("inconnue@medecin.mssante.fr")[0] == 550
            assert client.rcpt("hugo.sauvignet@medecin.mssante.fr")[0] == 250
            assert client.rcpt("quelquun@ailleurs.example")[0] == 250
            assert client.data(letter(AUBRY, "x@ailleurs.example", "dehors"))[0] == 250

    def test_size_limit(self, desk: Desk) -> None:
        limit = 15 * 1024 * 1024
        with desk.smtp(AUBRY) as client:
            assert int(client.esmtp_features["size"]) == limit
            assert client.mail(AUBRY, [f"SIZE={limit + 1}"])[0] == 552
        with desk.smtp(AUBRY) as client:
            client.mail(AUBRY)
            client.rcpt(VALADE)
            assert client.data(letter(AUBRY, VALADE, "trop", ("z" * 78 + "\r\n") * (limit // 79)))[0] == 552


class TestSameMailAtEachStart:
    def test_uids_validity_and_bytes_hold(self, folder: Path, tmp_path: Path) -> None:
        first = self._seen(folder, REFERENCE)
        again = self._seen(folder, "2027-03-01T09:00:00")
        assert first == again
        other_day = self._seen(tmp_path / "later", "2027-03-01T09:00:00")
        assert self._without_bytes(first) == self._without_bytes(other_day)

    @staticmethod
    def _seen(folder: Path, reference: str) -> dict[str, dict[int, tuple[bytes, bytes, bytes]]]:
        with launch(folder, reference=reference) as operator:
            desk, seen = Desk(operator), {}
            for login in desk.addresses:
                client = desk.imap(login)
                for _, _, name in client.list_folders():
                    if name.startswith("Partagés"):
                        continue
                    selected = client.select_folder(name, readonly=True)
                    assert selected[b"UIDVALIDITY"] == operator.uidvalidity[login][name] < 2**31
                    uids = client.search("ALL")
                    parts = ["BODY.PEEK[]", "EMAILID", "BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)]"]
                    got = client.fetch(uids, parts) if uids else {}
                    seen[f"{login}/{name}/{selected[b'UIDVALIDITY']}"] = {
                        uid: (row[b"BODY[HEADER.FIELDS (MESSAGE-ID)]"], row[b"BODY[]"], str(row[b"EMAILID"]))
                        for uid, row in got.items()
                    }
            desk.close()
        return seen

    @staticmethod
    def _without_bytes(seen: dict) -> dict:
        return {place: {uid: row[0] for uid, row in rows.items()} for place, rows in seen.items()}

    def test_new_mail_never_takes_a_uid_of_an_earlier_run(self, folder: Path) -> None:
        highest = 0
        for _ in range(2):
            with launch(folder, small=True) as operator:
                desk = Desk(operator)
                desk.send(AUBRY, [AUBRY], letter(AUBRY, AUBRY, "à moi"))
                client = desk.imap(AUBRY)
                client.select_folder("INBOX")
                uid = max(client.search("ALL"))
                assert highest < uid < 2**31
                highest = uid
                desk.close()
