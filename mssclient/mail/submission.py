"""Handing one frozen message to the operator, at most once (RFC 5321, RFC 6409).

The own dialogue, not smtplib: each phase is committed before the command it announces. After an
interruption the phase tells what may have happened: before ``data_started`` nothing was given to the
server and the whole may be said again; from there on only looking can tell.
"""

import re
from collections.abc import Callable, Sequence

from mssclient.access.failures import nonsense, server_busy
from mssclient.access.smtp import Reply, Submission
from mssclient.model.drafts import PHASES, RefusedRecipient
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _
from mssclient.model.records import Record
from mssclient.store.outbox import Frozen

__all__ = ["Outcome", "Rejected", "Submitted", "Uncertain", "dot_stuffed", "submit", "was_begun"]

_QUEUE_ID = re.compile(r"(?i)\bqueued as ([A-Za-z0-9._<>@+-]{1,200})|\bid[= ]([A-Za-z0-9._-]{4,200})")
_BARE_LINE_END = re.compile(rb"(?<!\r)\n|\r(?!\n)")
DATA_PATIENCE_S = 600.0
"""For the reply to the final dot (RFC 5321 §4.5.3.2.6)."""
_CHUNK_OCTETS = 1 << 16


class Submitted(Record, frozen=True, kw_only=True):
    """250 after the final dot: the operator has it."""

    queue_id: str = ""


class Rejected(Record, frozen=True, kw_only=True):
    """The server said no, and nobody received anything."""

    error: MssError
    passing: bool = False
    """4xx: it may be tried again later."""
    recipients: tuple[RefusedRecipient, ...] = ()


class Uncertain(Record, frozen=True, kw_only=True):
    """No answer after DATA began (RFC 1047). Only looking may decide, never a second ``submit``."""


Outcome = Submitted | Rejected | Uncertain


def was_begun(phase: str) -> bool:
    """Whether a message found in this phase may have been received."""
    return phase in PHASES and PHASES.index(phase) >= PHASES.index("data_started")


def submit(message: Frozen, session: Submission, commit: Callable[[str], None]) -> Outcome:
    """Hand one frozen message to the operator, at most once.

    The stored octets go out unchanged. ``commit(phase)`` writes the phase down and returns when that is
    safe; it is called before each step, so a crash shows afterwards how far it went.

    Raises WorldError when nothing was sent: the caller may try later. Thread: the courier. Blocks up to
    ten minutes.
    """
    if _BARE_LINE_END.search(message.raw):
        # Servers that take a bare LF for a line end can be made to see two messages in one
        # ("SMTP smuggling", 2023): such octets never leave.
        return Rejected(error=_malformed())
    commit("connected")
    too_big = _too_big(message, session)
    if too_big is not None:
        return too_big
    refusal = _envelope(message, session)
    if refusal is not None:
        return refusal
    commit("recipients_accepted")
    reply = session.command(b"DATA")
    if reply.code != 354:
        return _rejected(reply, "message-refused")
    commit("data_started")
    # From here on only an explicit answer is an answer.
    try:
        _send_content(message.raw, session)
        commit("data_ended")
        session.stream.patience_for_reply(DATA_PATIENCE_S)
        session.stream.write(b".\r\n")
        reply = session.read_reply(DATA_PATIENCE_S)
    except WorldError:
        session.close()
        return Uncertain()
    finally:
        session.stream.patience_for_reply(None)
    if 200 <= reply.code < 300:
        return Submitted(queue_id=_queue_id(reply))
    if 400 <= reply.code < 600:
        return _rejected(reply, "message-refused")
    session.close()
    return Uncertain()


def _too_big(message: Frozen, session: Submission) -> Rejected | None:
    limit = session.size_limit_octets
    if not limit or len(message.raw) <= limit:
        return None
    error = WorldError(
        "message-too-big",
        _("Le message dépasse la taille acceptée par le serveur\u00a0: {limit}\u00a0Mo.").format(
            limit=max(1, limit // 1_000_000)
        ),
        _("Retirez une pièce jointe ou envoyez-la en plusieurs fois."),
    )
    return Rejected(error=error)


def _envelope(message: Frozen, session: Submission) -> Rejected | None:
    """MAIL FROM, then RCPT for each; one refused recipient takes all back (RSET)."""
    parameters = b""
    if "SIZE" in session.extensions:
        parameters += b" SIZE=%d" % len(message.raw)
    if "8BITMIME" in session.extensions and not message.raw.isascii():
        parameters += b" BODY=8BITMIME"
    addresses = [message.envelope_from, *message.recipients]
    if any(not address.isascii() for address in addresses):
        if "SMTPUTF8" not in session.extensions:
            return Rejected(error=_not_ascii())
        parameters += b" SMTPUTF8"
    if any(not _sendable(address) for address in addresses):
        return Rejected(error=_not_ascii())
    reply = session.command(b"MAIL FROM:<" + message.envelope_from.encode() + b">" + parameters)
    if not reply.good:
        return _rejected(reply, "sender-refused")
    refused: list[RefusedRecipient] = []
    passing = crowded = True
    replies = _recipients(message.recipients, session)
    accepted = sum(answer.good for answer in replies)
    for address, answer in zip(message.recipients, replies, strict=True):
        if not answer.good:
            refused.append(RefusedRecipient(address=address, code=answer.code, sentence=_said(answer)))
            passing = passing and answer.code < 500
            crowded = crowded and _is_too_many(answer, accepted)
    if not refused:
        return None
    try:
        session.command(b"RSET")
    except WorldError:
        session.close()  # who was refused is known all the same, and nothing was sent
    if crowded:
        return Rejected(error=_too_many(accepted), recipients=tuple(refused))
    error = Refused(
        "recipients-refused",
        _("Le serveur a refusé des destinataires\u00a0: rien n’a été envoyé."),
        _("Corrigez ou retirez ces adresses, puis envoyez à nouveau."),
        f"{len(refused)}/{len(message.recipients)} {refused[0].code}",
    )
    return Rejected(error=error, passing=passing, recipients=tuple(refused))


_PIPELINE = 50


def _recipients(recipients: Sequence[str], session: Submission) -> list[Reply]:
    """One RCPT each; in groups where the server takes several at once (PIPELINING, RFC 2920)."""
    size = _PIPELINE if "PIPELINING" in session.extensions else 1
    replies: list[Reply] = []
    for start in range(0, len(recipients), size):
        group = recipients[start : start + size]
        session.stream.write(b"".join(b"RCPT TO:<" + each.encode() + b">\r\n" for each in group))
        for _each in group:
            reply = session.read_reply()
            if reply.code == 421:
                raise server_busy("RCPT 421")
            replies.append(reply)
    return replies


_RECIPIENTS_LEAST = 100
"""Every server takes so many (RFC 5321 §4.5.3.1.8)."""


def _is_too_many(reply: Reply, accepted: int) -> bool:
    """452 4.5.3, 552 5.5.3 (RFC 5321 §4.5.3.1.10, RFC 3463); also said without the enhanced code."""
    if reply.enhanced:
        return reply.enhanced in ("4.5.3", "5.5.3")
    return reply.code in (452, 552) and accepted >= _RECIPIENTS_LEAST


def _too_many(accepted: int) -> Refused:
    return Refused(
        "too-many-recipients",
        _(
            "Le serveur n’accepte pas plus de {count} destinataires par message\u00a0: rien n’a été envoyé."
        ).format(count=accepted),
        _("Répartissez les destinataires sur plusieurs messages."),
    )


def _sendable(address: str) -> bool:
    return bool(address) and not re.search(r"[\x00-\x20<>\x7f]", address)


def _malformed() -> Refused:
    return Refused(
        "message-refused",
        _("Le message est mal formé (fins de ligne)\u00a0: il n’a pas été envoyé."),
        _("Enregistrez-le à nouveau avec le logiciel qui l’a produit, puis réessayez."),
    )


def _not_ascii() -> Refused:
    return Refused(
        "recipients-refused",
        _("Une adresse contient un caractère que le serveur d’envoi n’accepte pas."),
        _("Vérifiez les adresses (accents, espaces)."),
    )


def _send_content(raw: bytes, session: Submission) -> None:
    data = dot_stuffed(raw)
    view = memoryview(data)
    for start in range(0, len(data), _CHUNK_OCTETS):
        session.stream.write(view[start : start + _CHUNK_OCTETS])


def dot_stuffed(raw: bytes) -> bytes:
    """The octets between DATA and the final dot (RFC 5321 §4.5.2): a line that begins with a dot gets
    another, and the last line is ended. ``raw`` has CRLF line ends and is otherwise unchanged."""
    data = raw.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    return data if data.endswith(b"\r\n") or not data else data + b"\r\n"


def _queue_id(reply: Reply) -> str:
    found = _QUEUE_ID.search(reply.text)
    return next((group for group in found.groups() if group), "") if found else ""


def _rejected(reply: Reply, code: str) -> Rejected:
    if not 400 <= reply.code < 600:
        raise nonsense(f"SMTP {reply.code}")
    sentence = {
        "sender-refused": _("Le serveur a refusé l’adresse d’expédition."),
        "message-refused": _("Le serveur a refusé le message\u00a0: il n’a pas été envoyé."),
    }[code]
    # 552 5.3.4 and 552 5.2.3: too big; 5.2.2: full.
    if reply.enhanced in ("5.3.4", "5.2.3"):
        code, sentence = "message-too-big", _("Le message dépasse la taille acceptée par le serveur.")
    error = Refused(
        code,
        sentence,
        _("Le message est resté ici\u00a0: corrigez-le ou réessayez plus tard."),
        f"{reply.code} {reply.enhanced}".strip(),
    )
    return Rejected(error=error, passing=reply.code < 500)


def _said(reply: Reply) -> str:
    """Why a recipient was refused, in French; the server's own words are English and may hold anything."""
    by_enhanced = {
        "5.1.1": _("Adresse inconnue ou fermée."),
        "5.1.2": _("Domaine inconnu ou non autorisé."),
        "5.1.6": _("Adresse inconnue ou fermée."),
        "5.2.1": _("Adresse inconnue ou fermée."),
        "4.2.2": _("Boîte aux lettres pleine."),
        "5.2.2": _("Boîte aux lettres pleine."),
        "4.5.3": _("Trop de destinataires pour un seul message."),
        "5.5.3": _("Trop de destinataires pour un seul message."),
    }
    by_code = {
        550: _("Adresse inconnue ou fermée."),
        551: _("Adresse inconnue ou fermée."),
        553: _("Adresse inconnue ou fermée."),
        452: _("Boîte aux lettres pleine."),
        552: _("Boîte aux lettres pleine."),
    }
    if reply.enhanced in by_enhanced:
        return by_enhanced[reply.enhanced]
    if reply.code in by_code:
        return by_code[reply.code]
    return _("Refus momentané.") if reply.code < 500 else _("Refusée par le serveur.")
