"""The lines of the diagnosis that concern the operator of an account."""

import contextlib
from collections.abc import Iterator

from mssclient.access.credential import Credential
from mssclient.access.open import Patience, open_submission
from mssclient.access.refusals import LOGIN_REFUSALS
from mssclient.access.smtp import Submission
from mssclient.mail.session import Session, open_session
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError
from mssclient.model.language import _, ngettext
from mssclient.model.questions import Check
from mssclient.operators.capabilities import table

__all__ = ["failed", "of_service", "run"]

_AREA = "operator"


def run(account: Account, credential: Credential, patience: Patience | None = None) -> list[Check]:
    """Connect to both services as the workers do, and say what was found. Never raises MssError.

    A login that was refused is not shown a second time: operators count, and lock the account.
    """
    reception = list(_reception(account, credential, patience))
    if any(each.code in LOGIN_REFUSALS for each in reception):
        sentence = _("L’envoi n’est pas essayé\u00a0: l’opérateur compterait un refus de plus.")
        return [*reception, _ok("submission", sentence, account, "skip")]
    return [*reception, *_sending(account, credential, patience)]


def of_service(check: str, sentence: str) -> str:
    """« Réception : le serveur ne répond pas. »: which of an account's services a sentence is about."""
    names = {
        "imap": _("Réception"),
        "submission": _("Envoi"),
        "smtp": _("Envoi"),
        "sender": _("Envoi"),
        "sieve": _("Filtres"),
    }
    name = names.get(check)
    if name is None:
        return sentence
    if sentence[1:2].islower() or sentence[1:2] in " ’":
        sentence = sentence[:1].lower() + sentence[1:]
    return f"{name}\u00a0: {sentence}"


def failed(check: str, error: MssError, account: Account) -> Check:
    return Check(
        area=_AREA,
        check=check,
        state="fail",
        sentence=of_service(check, error.sentence),
        remedy=error.remedy,
        account=account.id,
        code=error.code,
        exit_code=error.exit_code,
        detail=error.detail,
    )


def _ok(check: str, sentence: str, account: Account, state: str = "ok", remedy: str = "") -> Check:
    return Check(area=_AREA, check=check, state=state, sentence=sentence, remedy=remedy, account=account.id)


def _reception(account: Account, credential: Credential, patience: Patience | None) -> Iterator[Check]:
    try:
        session = open_session(account, credential, patience)
    except MssError as error:
        yield failed("imap", error, account)
        return
    try:
        version = session.stream.tls_version
        yield _ok(
            "imap", _("Réception\u00a0: connexion chiffrée ({version}).").format(version=version), account
        )
        yield from _folders(session, account)
        yield from _quota(session, account)
        yield from _lacking(session, account)
    except MssError as error:
        yield failed("imap", error, account)
    finally:
        session.log_out()


def _folders(session: Session, account: Account) -> Iterator[Check]:
    folders = session.list_folders()
    if not any(each.path == "INBOX" for each in folders):
        yield Check(
            area=_AREA,
            check="folders",
            state="fail",
            sentence=_("Le serveur ne montre pas de boîte de réception."),
            remedy=_(
                "Appelez l’assistance de l’opérateur\u00a0: la boîte n’est peut-être pas encore ouverte."
            ),
            account=account.id,
            code="inbox-missing",
        )
        return
    sentence = ngettext(
        "Le serveur montre {count} dossier.", "Le serveur montre {count} dossiers.", len(folders)
    )
    yield _ok("folders", sentence.format(count=len(folders)), account)


def _quota(session: Session, account: Account) -> Iterator[Check]:
    quota = session.quota()
    if quota is None or not quota.limit_octets:
        return
    percent = quota.used_octets * 100 // quota.limit_octets
    sentence = _("La boîte aux lettres est remplie à {percent}\u202f%.").format(percent=percent)
    if percent >= 90:
        remedy = _("Supprimez ou archivez des messages.")
        yield _ok("quota", sentence, account, "warn", remedy)
    else:
        yield _ok("quota", sentence, account)


def _lacking(session: Session, account: Account) -> Iterator[Check]:
    for row in table():
        if row.sentence and not getattr(session.capabilities, row.field):
            # Nothing that a person could do about it: said, not warned about.
            yield _ok(f"capability-{row.field}".replace("_", "-"), row.sentence, account, "skip")


def _sending(account: Account, credential: Credential, patience: Patience | None) -> Iterator[Check]:
    try:
        submission = open_submission(account, credential, patience)
    except MssError as error:
        yield failed("submission", error, account)
        return
    version = submission.stream.tls_version
    sentence = _("Envoi\u00a0: connexion chiffrée ({version}).").format(version=version)
    if submission.size_limit_octets:
        sentence += " " + _("Taille maximale\u00a0: {size}\u00a0Mo.").format(
            size=submission.size_limit_octets // 1_000_000
        )
    yield _ok("submission", sentence, account)
    yield from _sender(submission, account)


def _sender(submission: Submission, account: Account) -> Iterator[Check]:
    """Whether the operator takes our address: MAIL FROM, taken back at once (RFC 5321 §4.1.1.5)."""
    if (
        not account.address.isascii()
        or not account.address.isprintable()
        or set("<> ") & set(account.address)
    ):
        submission.close()
        return
    try:
        reply = submission.command(f"MAIL FROM:<{account.address}>".encode())
        submission.command(b"RSET")
        with contextlib.suppress(MssError):
            submission.command(b"QUIT")
    except MssError as error:
        yield failed("sender", error, account)
        return
    finally:
        submission.close()
    if reply.good:
        yield _ok("sender", _("L’opérateur accepte votre adresse comme expéditeur."), account)
        return
    passing = 400 <= reply.code < 500
    yield Check(
        area=_AREA,
        check="sender",
        state="warn" if passing else "fail",
        sentence=_("L’opérateur n’accepte pas votre adresse comme expéditeur pour l’instant.")
        if passing
        else _("L’opérateur refuse votre adresse comme expéditeur."),
        remedy=_("Relancez le diagnostic plus tard.")
        if passing
        else _(
            "Vérifiez l’adresse de la boîte\u202f; si elle est juste, appelez l’assistance de l’opérateur."
        ),
        account=account.id,
        code="server-busy" if passing else "sender-refused",
        exit_code=3 if passing else 4,
        detail=f"{reply.code} {reply.enhanced}".strip(),
    )
