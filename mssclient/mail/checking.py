"""The lines of the diagnosis that concern the operator of an account."""

from collections.abc import Iterator

from mssclient.access.credential import Credential
from mssclient.access.open import Patience, open_submission
from mssclient.mail.session import Session, open_session
from mssclient.model.accounts import Account
from mssclient.model.errors import MssError
from mssclient.model.language import _
from mssclient.model.questions import Check
from mssclient.operators.capabilities import table

__all__ = ["failed", "run"]

_AREA = "operator"


def run(account: Account, credential: Credential, patience: Patience | None = None) -> list[Check]:
    """Connect to both services as the workers do, and say what was found. Never raises MssError."""
    return [*_reception(account, credential, patience), *_sending(account, credential, patience)]


def failed(check: str, error: MssError, account: Account) -> Check:
    return Check(
        area=_AREA,
        check=check,
        state="fail",
        sentence=error.sentence,
        remedy=error.remedy,
        account=account.id,
        code=error.code,
        exit_code=error.exit_code,
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
        yield from _quota(session, account)
        yield from _lacking(session, account)
    except MssError as error:
        yield failed("imap", error, account)
    finally:
        session.log_out()


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
            yield _ok(f"capability-{row.field}".replace("_", "-"), row.sentence, account, "warn")


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
    submission.close()
    yield _ok("submission", sentence, account)
