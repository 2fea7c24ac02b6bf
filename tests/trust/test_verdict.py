"""The padlock over a table of messages: true ones have it, no spoof ever does."""

import time
from dataclasses import dataclass

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mssclient.mime.reading import read
from mssclient.model.verdicts import LEVELS, TrustListState, Verdict
from mssclient.trust.verdict import RULES, judge
from mssclient.trust.whitelist import NO_LIST, TrustList, shipped

LISTED = frozenset(
    (
        "cabinet.mssante.fr",
        "hopital.mssante.fr",
        "labo.mssante.fr",
        "patient.mssante.fr",
        "mssante.apicrypt.org",
        "sante-ouest.example",
    )
)
NOW = 1_772_000_000
STATE = TrustListState(origin="verified", generated_utc=NOW - 86_400, domains=len(LISTED))
VERIFIED = TrustList(STATE, LISTED, "alb.mssante.fr", NOW + 86_400)
UNSIGNED = TrustList(TrustListState(origin="shipped", generated_utc=1_740_757_327, domains=6), LISTED)
INS = "279035121518989"


def judged(
    headers: str | bytes, trust: TrustList = VERIFIED, account: str = "cabinet.mssante.fr", at: int = NOW
) -> Verdict:
    raw = headers.encode() if isinstance(headers, str) else headers
    return judge(read(raw + b"\nSubject: essai\n\nBonjour\n"), trust, account, at)


@dataclass(frozen=True)
class Case:
    headers: str | bytes
    level: str
    rule: str
    """The reason that is told first."""


TRUE = [
    Case("From: Dr Vasseur <vasseur@hopital.mssante.fr>", "mssante", "from-listed"),
    Case("From: vasseur@hopital.mssante.fr", "mssante", "from-listed"),
    Case("From: <vasseur@HOPITAL.MSSante.FR>", "mssante", "from-listed"),
    Case("From: =?utf-8?q?Dr_=C3=89lodie_Vasseur?= <vasseur@hopital.mssante.fr>", "mssante", "from-listed"),
    Case('From: "VASSEUR, Paul (Dr)" <vasseur@hopital.mssante.fr>', "mssante", "from-listed"),
    Case("From: Secrétariat MSSanté sécurisé <s@hopital.mssante.fr>", "mssante", "from-listed"),
    Case('From: "a@labo.mssante.fr" <a@labo.mssante.fr>', "mssante", "from-listed"),
    Case("From: labo.mssante.fr <a@labo.mssante.fr>", "mssante", "from-listed"),
    Case("Return-Path: <a@labo.mssante.fr>\nFrom: a@labo.mssante.fr", "mssante", "from-listed"),
    Case("Return-Path: <serveur@hopital.mssante.fr>\nFrom: a@labo.mssante.fr", "mssante", "from-listed"),
    Case("From: a@labo.mssante.fr\nSender: b@labo.mssante.fr", "mssante", "from-listed"),
    Case("From: a@labo.mssante.fr\nReply-To: b@hopital.mssante.fr", "mssante", "from-listed"),
    Case(
        "Return-Path: <>\nFrom: postmaster@labo.mssante.fr\nContent-Type: multipart/report; boundary=x",
        "mssante",
        "from-listed",
    ),
    Case("From: a@labo.mssante.fr\nList-Id: <equipe.hopital.mssante.fr>", "mssante", "from-listed"),
    Case(
        "From: a@labo.mssante.fr\nList-Post: <mailto:equipe.soins@hopital.mssante.fr>",
        "mssante",
        "from-listed",
    ),
    Case("From: a@cabinet.mssante.fr\nTo: b@labo.mssante.fr", "mssante", "from-listed"),
    Case(
        "From: a@cabinet.mssante.fr\nTo: "
        + ", ".join(f'"Dr Confrère {n} (Service de cardiologie)" <b{n}@labo.mssante.fr>' for n in range(100)),
        "mssante",
        "from-listed",
    ),
    Case(
        "From: =?utf-8?q?Dr_=C3=89lodie_a=40labo=2Emssante=2Efr?= <a@labo.mssante.fr>",
        "mssante",
        "from-listed",
    ),
    Case("From: a@labo.mssante.fr (a@labo.mssante.fr)", "mssante", "from-listed"),
    Case("From: a@labo.mssante.fr\nTo: x@example.org", "mssante", "from-listed"),
    Case("From: Santé Ouest <a@sante-ouest.example>", "mssante", "from-listed"),
    Case(f"From: Mme Marchand <{INS}@patient.mssante.fr>", "patient", "from-listed"),
    Case("From: 1850920004123 <185092A00412345@patient.mssante.fr>", "patient", "from-listed"),
    Case("From: Imagerie <imagerie@mssante.apicrypt.org>", "apicrypt", "from-listed"),
]

ORDINARY = [
    Case("From: ami@example.org", "ordinary", "from-not-listed"),
    Case("From: Hôpital <contact@hopital.fr>", "ordinary", "from-not-listed"),
    Case("From: nouveau@pas-encore.mssante.fr", "ordinary", "from-not-listed"),
    Case("From: x@sous.hopital.mssante.fr", "ordinary", "from-not-listed"),
    Case("From: x@mssante.fr", "ordinary", "from-not-listed"),
    Case("From: info@mssante.esante.gouv.fr", "ordinary", "from-not-listed"),
    Case("From: paul@medical74.apicrypt.org", "ordinary", "from-apicrypt-not-listed"),
    Case("From: lettre@revue.example\nReply-To: x@autre.example", "ordinary", "from-not-listed"),
    Case("From: Sécurité sociale <x@caisse.example>", "ordinary", "from-not-listed"),
    Case("From: x@cabinet-santé.example", "ordinary", "from-not-listed"),
    Case(
        "From: a@cabinet.mssante.fr\nTo: b@labo.mssante.fr\nCc: x@example.org",
        "ordinary",
        "recipient-not-listed",
    ),
    Case("Return-Path: <>\nFrom: robot@labo.mssante.fr", "ordinary", "return-path-empty"),
]

SPOOFS = [
    Case("From: a@labo.mssante.fr\nFrom: b@evil.example", "doubtful", "from-several"),
    Case("From: a@evil.example\nFROM: b@labo.mssante.fr", "doubtful", "from-several"),
    Case("From: a@labo.mssante.fr, b@evil.example", "doubtful", "from-several"),
    Case("From: a@labo.mssante.fr, b@labo.mssante.fr", "doubtful", "from-several"),
    Case("From: <a@evil.example> <b@labo.mssante.fr>", "doubtful", "from-several"),
    Case("From: groupe: a@labo.mssante.fr, b@evil.example;", "doubtful", "from-several"),
    Case("To: a@labo.mssante.fr", "doubtful", "from-missing"),
    Case("From: ", "doubtful", "from-missing"),
    Case("From: Dr Vasseur", "doubtful", "from-missing"),
    Case("From: =?utf-8?q?a=40labo=2Emssante=2Efr?=", "doubtful", "from-missing"),
    Case("From: undisclosed:;", "doubtful", "from-missing"),
    Case("From: a@labo.mssante.fr@evil.example", "doubtful", "from-odd-address"),
    Case("From: a@evil.example@labo.mssante.fr", "doubtful", "from-odd-address"),
    Case('From: "a@evil.example"@labo.mssante.fr', "doubtful", "from-odd-address"),
    Case("From: <a@[127.0.0.1]>", "doubtful", "from-odd-address"),
    Case("From: Dr (b@evil.example) <a@labo.mssante.fr>", "doubtful", "from-odd-address"),
    Case(
        "From: =?utf-8?q?a=40labo=2Emssante=2Efr?= (b@evil.example) <a@labo.mssante.fr>",
        "doubtful",
        "from-odd-address",
    ),
    Case(
        "From: =?utf-8?q?a=40labo=2Emssante=2Efr?= <@evil.example:a@labo.mssante.fr>",
        "doubtful",
        "from-odd-address",
    ),
    Case(
        'From: "=?utf-8?q?a=40labo=2Emssante=2Efr?=" (b@evil.example) <a@labo.mssante.fr>',
        "doubtful",
        "from-odd-address",
    ),
    Case(
        'From: "b@evil.example": =?utf-8?q?a=40labo=2Emssante=2Efr?= <a@labo.mssante.fr>;',
        "doubtful",
        "from-odd-address",
    ),
    Case("From: <a@labo..mssante.fr>", "doubtful", "from-odd-address"),
    Case("From: <@evil.example:a@labo.mssante.fr,>", "doubtful", ""),
    Case("From: a@lab\u200bo.mssante.fr", "doubtful", "from-hidden-characters"),
    Case("From: a@\u202erf.etnassm.obal", "doubtful", "from-hidden-characters"),
    Case(b"From: a@labo.mssante.fr\x00.evil.example", "doubtful", ""),
    Case(b"From: a@labo.mssante.fr\rX: evil", "doubtful", ""),
    Case("From: a\u0430@labo.mssante.fr", "doubtful", "from-odd-address"),
    Case("From: a@l\u0430bo.mssante.fr", "doubtful", "from-odd-address"),
    Case("From: é@labo.mssante.fr", "doubtful", "from-odd-address"),
    Case("From: a@ｌabo.mssante.fr", "doubtful", "from-odd-address"),
    Case("From: a@labo.mssante.fr.evil.example", "doubtful", "from-lookalike"),
    Case("From: a@mssante.fr.evil.example", "doubtful", "from-lookalike"),
    Case("From: a@mssante-fr.example", "doubtful", "from-lookalike"),
    Case("From: a@ms-sante.fr", "doubtful", "from-lookalike"),
    Case("From: a@rnssante.fr", "doubtful", "from-lookalike"),
    Case("From: a@mssantè.fr", "doubtful", "from-lookalike"),
    Case("From: a@mssant3.fr", "doubtful", "from-lookalike"),
    Case("From: a@labo.mssnate.fr", "doubtful", "from-lookalike"),
    Case("From: a@labo.msssante.fr", "doubtful", "from-lookalike"),
    Case("From: a@labo.mssante.fr-secure.example", "doubtful", "from-lookalike"),
    Case("From: a@xn--mssnte-5nf.fr", "doubtful", "from-lookalike"),
    Case("From: a@xn--\u00e9.mssante-x.example", "doubtful", ""),
    Case("From: a@xn--999999999.labo-mssante.example", "doubtful", "from-lookalike"),
    Case("From: a@sante-0uest.example", "doubtful", "from-lookalike"),
    Case("From: a@sante-ouest.example.evil.example", "doubtful", "from-lookalike"),
    Case('From: "a@labo.mssante.fr" <x@evil.example>', "doubtful", "name-other-address"),
    Case("From: a@labo.mssante.fr <x@evil.example>", "doubtful", "name-other-address"),
    Case("From: Dr A (a@labo.mssante.fr) <x@evil.example>", "doubtful", ""),
    Case("From: x@evil.example (a@labo.mssante.fr)", "doubtful", "name-other-address"),
    Case("From: =?utf-8?q?a=40labo=2Emssante=2Efr?= <x@evil.example>", "doubtful", "name-other-address"),
    Case(
        "From: =?utf-8?q?=3Ca=40labo=2Emssante=2Efr=3E?= <x@evil.example>", "doubtful", "name-other-address"
    ),
    Case('From: "a＠labo.mssante.fr" <x@evil.example>', "doubtful", "name-other-address"),
    Case('From: "b@labo.mssante.fr" <a@labo.mssante.fr>', "doubtful", "name-other-address"),
    Case("From: labo.mssante.fr <x@evil.example>", "doubtful", "name-other-domain"),
    Case("From: hopital.mssante.fr <a@labo.mssante.fr>", "doubtful", "name-other-domain"),
    Case("From: Labo MSSanté <x@evil.example>", "doubtful", "name-claims"),
    Case("From: Labo MS Santé <x@evil.example>", "doubtful", "name-claims"),
    Case("From: Messagerie sécurisée <x@evil.example>", "doubtful", "name-claims"),
    Case("From: Mon espace santé <x@evil.example>", "doubtful", "name-claims"),
    Case("From: \U0001f512 Dr Vasseur <x@evil.example>", "doubtful", "name-claims"),
    Case("From: Labo М\u0455Santé <x@evil.example>", "doubtful", ""),
    Case("From: Dr V\u0430sseur <x@evil.example>", "doubtful", "name-odd-letters"),
    Case("From: Dr Vas\u200bseur <a@labo.mssante.fr>", "doubtful", ""),
    Case("From: =?utf-8?q?Dr_Vas=E2=80=8Bseur?= <a@labo.mssante.fr>", "doubtful", "name-odd-letters"),
    Case("From: a@labo.mssante.fr\nSender: x@evil.example", "doubtful", "sender-other"),
    Case("From: a@labo.mssante.fr\nSender: x@hopital.mssante.fr", "doubtful", "sender-other"),
    Case(
        "From: a@labo.mssante.fr\nSender: a@labo.mssante.fr\nSender: a@labo.mssante.fr",
        "doubtful",
        "sender-other",
    ),
    Case("From: a@labo.mssante.fr\nSender:", "doubtful", "sender-other"),
    Case("From: a@labo.mssante.fr\nReply-To: x@evil.example", "doubtful", "reply-to-elsewhere"),
    Case(
        "From: a@labo.mssante.fr\nReply-To: a@labo.mssante.fr, x@evil.example",
        "doubtful",
        "reply-to-elsewhere",
    ),
    Case(
        "From: a@labo.mssante.fr\nReply-To: " + "a@labo.mssante.fr, " * 60 + "x@evil.example",
        "doubtful",
        "reply-to-elsewhere",
    ),
    Case(
        "From: a@labo.mssante.fr\n" + "Reply-To: a@labo.mssante.fr\n" * 60 + "Reply-To: x@evil.example",
        "doubtful",
        "reply-to-elsewhere",
    ),
    Case("Return-Path: <x@evil.example>\nFrom: a@labo.mssante.fr", "doubtful", "return-path-elsewhere"),
    Case(
        "Return-Path: <a@labo.mssante.fr>\nReturn-Path: <x@evil.example>\nFrom: a@labo.mssante.fr",
        "doubtful",
        "",
    ),
    Case("From: a@labo.mssante.fr\nResent-From: x@evil.example", "doubtful", "resent"),
    Case("From: a@labo.mssante.fr\nResent-To: x@hopital.mssante.fr", "doubtful", "resent"),
    Case("From: a@labo.mssante.fr\nList-Id: <liste.evil.example>", "doubtful", "mailing-list"),
    Case("From: a@labo.mssante.fr\nList-Unsubscribe: <https://evil.example/u>", "doubtful", "mailing-list"),
    Case("From: a@labo.mssante.fr\nList-Help: <mailto:x>", "doubtful", "mailing-list"),
    Case(
        f"From: a@labo.mssante.fr\nList-Id: {'x.labo.mssante.fr ' * 300}liste.evil.example",
        "doubtful",
        "mailing-list",
    ),
    Case("From : a@labo.mssante.fr", "doubtful", ""),
    Case("From: a@labo.mssante.fr\nX-Champ bizarre: x", "doubtful", "headers-torn"),
    Case("From: dupont@patient.mssante.fr", "doubtful", "patient-odd-address"),
    Case("From: 123@patient.mssante.fr", "doubtful", "patient-odd-address"),
    Case(f"From: {INS}@patient.mssante.fr.evil.example", "doubtful", "from-lookalike"),
    Case(f'From: "{INS}@patient.mssante.fr" <x@evil.example>', "doubtful", "name-other-address"),
]


def test_the_table_is_large() -> None:
    assert len(TRUE + ORDINARY + SPOOFS) >= 60


@pytest.mark.parametrize("case", TRUE + ORDINARY + SPOOFS, ids=lambda case: repr(case.headers)[:70])
def test_the_table(case: Case) -> None:
    verdict = judged(case.headers)
    assert verdict.level == case.level, [reason.rule for reason in verdict.reasons]
    if case.rule:
        assert verdict.reasons[0].rule == case.rule
    assert all(reason.sentence for reason in verdict.reasons)
    assert verdict.trust_list == STATE


@pytest.mark.parametrize("case", TRUE, ids=lambda case: repr(case.headers)[:70])
def test_no_padlock_without_proof(case: Case) -> None:
    """An unsigned, an expired and no list: never secured, and said so."""
    for trust, rule in ((UNSIGNED, "list-unverified"), (NO_LIST, None)):
        verdict = judged(case.headers, trust)
        assert verdict.level in ("unknown", "doubtful")
        if rule:
            assert verdict.reasons[0].rule == rule
    late = judged(case.headers, at=NOW + 90_000)
    assert late.level == "unknown"
    assert late.reasons[0].rule == "list-expired"
    assert late.trust_list.expired


@pytest.mark.parametrize("case", SPOOFS, ids=lambda case: repr(case.headers)[:70])
@pytest.mark.parametrize("trust", [UNSIGNED, NO_LIST], ids=["unsigned", "none"])
def test_no_spoof_with_another_list(case: Case, trust: TrustList) -> None:
    assert judged(case.headers, trust).level not in ("mssante", "patient", "apicrypt")


@pytest.mark.parametrize("account", ["example.org", "", "sous.cabinet.mssante.fr", "mssante.fr"])
def test_no_padlock_outside_a_mssante_account(account: str) -> None:
    for case in TRUE:
        verdict = judged(case.headers, account=account)
        assert verdict.level == "ordinary"
        assert verdict.reasons[0].rule in ("account-not-mssante", "account-unknown")


def test_the_sentence_of_an_unsigned_list_names_its_date() -> None:
    verdict = judged("From: a@labo.mssante.fr", UNSIGNED)
    assert verdict.reasons[0].sentence == "Non vérifié, liste du 28/02/2025."


def test_the_shipped_names_never_give_the_padlock() -> None:
    verdict = judged("From: a@15-20.mssante.fr", shipped(), account="esantepdl.mssante.fr")
    assert verdict.level == "unknown"
    assert not verdict.trust_list.expired


def test_provisional_is_kept() -> None:
    reading = read(b"From: a@labo.mssante.fr\n\n")
    assert judge(reading, VERIFIED, "cabinet.mssante.fr", NOW, provisional=True).provisional


def test_every_rule_speaks_somewhere() -> None:
    """A rule that no case wakes is not tested."""
    seen: set[str] = set()
    for case in TRUE + ORDINARY + SPOOFS:
        seen.update(reason.rule for reason in judged(case.headers).reasons)
    wanted = {
        "from-several", "from-missing", "from-odd-address", "from-hidden-characters", "from-listed",
        "from-not-listed", "from-apicrypt-not-listed", "from-lookalike", "patient-address",
        "patient-odd-address", "name-other-address", "name-other-domain", "name-claims", "name-odd-letters",
        "sender-same", "sender-other", "reply-to-listed", "reply-to-elsewhere", "return-path-listed",
        "return-path-elsewhere", "return-path-empty", "resent", "mailing-list", "headers-torn",
        "account-mssante", "list-verified", "recipient-not-listed",
    }  # fmt: skip
    assert wanted <= seen
    assert len(RULES) == 17


_WORDS = st.sampled_from(
    ["a@labo.mssante.fr", "x@evil.example", "<", ">", '"', ",", ";", ":", "(", ")", "\\", " ", "@", "\t",
     "=?utf-8?q?", "?=", "=?utf-8?q?a=40labo=2Emssante=2Efr?=", "labo.mssante.fr", "evil.example", "Dr",
     "\u200b", "é", "\n ", "[", "]", "\x00"]
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(st.lists(_WORDS, max_size=12))
@example(["<", "a@labo.mssante.fr", ",", "x@evil.example", ">"])
@example(['"', "a@labo.mssante.fr", '"', "@", "evil.example"])
def test_anything_in_from(words: list[str]) -> None:
    """Whatever From holds: judged without an error, and an outside address in it never passes."""
    text = "".join(words)
    verdict = judged(f"From: {text}")
    assert verdict.level in LEVELS
    if verdict.level == "mssante":
        assert "x@evil.example" not in text


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300))
def test_any_message_is_judged(raw: bytes) -> None:
    verdict = judge(read(raw), VERIFIED, "cabinet.mssante.fr", NOW)
    assert verdict.level in LEVELS
    assert verdict.reasons


def test_a_header_of_a_megabyte_and_many_mailboxes() -> None:
    started = time.perf_counter()
    assert judged("From: " + "a@labo.mssante.fr, " * 50_000).level == "doubtful"
    assert judged("From: " + "(" * 900_000 + "a@labo.mssante.fr").level in ("doubtful", "ordinary")
    assert judged("From: a@" + "x." * 400_000 + "mssante.fr").level == "doubtful"
    assert time.perf_counter() - started < 6


def test_it_is_quick() -> None:
    """P13 asks for 0.2 ms and it takes 0.06; the bound leaves room for a shared machine and a tracer."""
    reading = read(
        b"Return-Path: <a@labo.mssante.fr>\nReceived: from x\nReceived: from y\n"
        b"From: =?utf-8?q?Dr_=C3=89lodie_Vasseur?= <a@labo.mssante.fr>\nSender: b@labo.mssante.fr\n"
        b"Reply-To: a@labo.mssante.fr\nTo: dr@cabinet.mssante.fr\nSubject: x\n\nBonjour\n"
    )
    best = 1.0
    for _turn in range(5):
        started = time.process_time()
        for _count in range(200):
            judge(reading, VERIFIED, "cabinet.mssante.fr", NOW)
        best = min(best, (time.process_time() - started) / 200)
    assert best < 0.001
