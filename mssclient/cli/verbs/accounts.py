"""``account``, ``sync``, ``folders``."""

import json
from argparse import Namespace
from pathlib import Path
from typing import Any

import msgspec

from mssclient.cli.arguments import UsageError
from mssclient.cli.describing import account_json, folder_json, problem_json
from mssclient.cli.output import Output, octets_text, table
from mssclient.cli.session import Session, Told, with_remedy
from mssclient.cli.verbs.doctor import tell_checks
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import BugError, WorldError
from mssclient.model.language import _, ngettext
from mssclient.model.questions import (
    Check,
    Diagnose,
    Diagnosis,
    Discover,
    DiscoveryAnswer,
    Done,
    SyncReport,
)
from mssclient.model.secrets import Secret
from mssclient.model.wants import AddAccount, LogIn, RemoveAccount, SetSetting, Sync

__all__ = ["account", "folders", "sync"]

_CA_LIMIT_OCTETS = 1_000_000


def account(options: Namespace, session: Session, output: Output) -> int:
    match options.action:
        case "add":
            return _add(options, session, output)
        case "list":
            return _list(session, output)
        case "remove":
            return _remove(options, session, output)
        case "login":
            return _login(options, session, output)
        case _:
            return _test(options, session, output)


def _known(session: Session, name: str) -> Account:
    found = session.account(name)
    assert found is not None
    return found


def _add(options: Namespace, session: Session, output: Output) -> int:
    auth = _way_in(options) or _offered(options, session)
    want = AddAccount(
        address=options.address,
        name=options.name,
        login=options.login,
        imap=_endpoint(options.imap, options.security),
        smtp=_endpoint(options.smtp, options.security),
        auth=auth,
        ca_pem=_authority(options.ca),
        secret=_secret(options.address, session) if auth in ("password", "pkcs12") else Secret(),
        new_secret=session.secrets.new_passwords.get(options.address.casefold(), Secret()),
        operator=options.operator,
        confirmed_hosts=tuple(options.accept_host),
        certificate=options.certificate.replace(":", "").lower(),
        pkcs12=str(options.pkcs12.absolute()) if options.pkcs12 else "",
        pkcs11=options.pkcs11 or "",
        national_id=options.national_id,
        psc_way=options.psc_way,
    )
    if options.card_module is not None:
        from mssclient.engine.cards import CARD_MODULE

        module = json.dumps(str(options.card_module.absolute()))
        session.do(SetSetting(name=CARD_MODULE, value=module))
    added = session.do(want, Done).account
    if added is None:
        raise BugError("internal", _("La boîte aux lettres n’a pas été enregistrée."))
    output.document = account_json(added)
    output.line(_("La boîte aux lettres est ajoutée."))
    return 0


def _way_in(options: Namespace) -> str:
    """``Account.auth``; "" when the call does not say. A software certificate is "pkcs12" to whoever types;
    what holds it decides."""
    if options.pkcs11 and options.auth in (None, "pkcs11", "pkcs12"):
        return "pkcs11"
    auth = options.auth or ("pkcs12" if options.pkcs12 else "")
    if auth == "pkcs12" and options.pkcs12 is None:
        raise UsageError(
            _("Donnez le fichier du certificat par --pkcs12, ou son adresse dans un module par --pkcs11.")
        )
    if auth == "pkcs11":
        raise UsageError(_("Donnez l’adresse du certificat par --pkcs11."))
    return auth


def _offered(options: Namespace, session: Session) -> str:
    """By password, unless none is given and the operator takes none: then the first way that it offers."""
    if session.profile.demo or options.address.casefold() in session.secrets.passwords:
        return "password"
    question = Discover(address=options.address, operator=options.operator, ca_pem=_authority(options.ca))
    found = session.ask(question, DiscoveryAnswer).discovery
    best = found.proposal or found.guess
    offered = best.authentications if best is not None else ()
    return "password" if "password" in offered or not offered else offered[0]


def _login(options: Namespace, session: Session, output: Output) -> int:
    found = _known(session, options.account)
    session.do(LogIn(account=found.id, way=options.psc_way), Done)
    output.document = account_json(_known(session, options.account))
    output.line(_("Vous êtes identifié."))
    return 0


def _remove(options: Namespace, session: Session, output: Output) -> int:
    found = _known(session, options.account)
    try:
        session.do(RemoveAccount(account=found.id, drop_unsent=options.drop_unsent))
    except Told as told:
        if told.problem.code == "account-unsent":
            remedy = _("Terminez-le d’abord, ou ajoutez --drop-unsent pour y renoncer.")
            raise Told(msgspec.structs.replace(told.problem, remedy=remedy)) from None
        raise
    output.document = {"account": found.address, "address": found.address, "removed": True}
    output.line(_("La boîte aux lettres est retirée de cet ordinateur."))
    return 0


def _endpoint(pair: tuple[str, int] | None, security: str) -> Endpoint | None:
    return None if pair is None else Endpoint(host=pair[0], port=pair[1], security=security)


def _authority(path: Path | None) -> str:
    if path is None:
        return ""
    try:
        with path.open("rb") as file:
            data = file.read(_CA_LIMIT_OCTETS)
    except OSError as error:
        raise WorldError(
            "file-not-read",
            _("Le fichier de l’autorité n’a pas pu être lu."),
            _("Vérifiez son chemin et ses droits."),
            type(error).__name__,
        ) from error
    if b"-----BEGIN" in data:
        return data.decode("ascii", "replace")
    import ssl

    return ssl.DER_cert_to_PEM_cert(data)


def _secret(address: str, session: Session) -> Secret:
    known = session.secrets.passwords.get(address.casefold())
    if known is not None:
        return known
    if session.may_ask:
        return session.ask_password(address)
    raise WorldError(
        "password-missing",
        _("Le mot de passe de cette boîte aux lettres n’a pas été donné."),
        _('Donnez-le par --secrets, sous [accounts."adresse"].'),
    )


def _list(session: Session, output: Output) -> int:
    accounts = session.view.accounts()
    output.document = {"accounts": [account_json(one) for one in accounts]}
    if not accounts:
        output.line(_("Aucune boîte aux lettres n’est configurée."))
        return 0
    rows = [(one.address, one.name, f"{one.imap.host}:{one.imap.port}", one.auth) for one in accounts]
    output.text += table((_("ADRESSE"), _("NOM"), _("SERVEUR"), _("IDENTIFICATION")), rows)
    return 0


def _test(options: Namespace, session: Session, output: Output) -> int:
    found = _known(session, options.account)
    checks = [one for one in _diagnosis(session, found) if one.account == found.id]
    output.document = {
        "account": found.address,
        "checks": [
            {"check": one.check, "ok": one.state != "fail", "sentence": one.sentence, "remedy": one.remedy}
            for one in checks
        ],
    }
    return tell_checks(checks, output)


def _diagnosis(session: Session, account: Account | None) -> list[Check]:
    question = Diagnose(account=account.id if account else None)
    return list(session.ask(question, Diagnosis).checks)


def sync(options: Namespace, session: Session, output: Output) -> int:
    """0 when all went well, 1 when some did, else the code of what is in the way."""
    account = session.account(options.account)
    folder = session.folders(options.folder, account)[0] if options.folder else None
    want = Sync(
        account=account.id if account else folder.account if folder else None,
        folder=folder.id if folder else None,
        headers_only=options.headers_only,
    )
    report = session.do(want, SyncReport)
    accounts = [one for one in session.view.accounts() if want.account is None or one.id == want.account]
    output.document = {
        "accounts": [_account_report(one, report) for one in accounts],
        "wants": report.wants,
    }
    for one in accounts:
        mine = [line for line in report.folders if line.account == one.id]
        fresh = sum(line.added for line in mine)
        output.line(
            ngettext(
                "{address}\u00a0: {count} nouveau message",
                "{address}\u00a0: {count} nouveaux messages",
                fresh,
            ).format(address=one.address, count=fresh)
        )
        for line in mine:
            if line.problem is not None:
                output.line(f"    «\u00a0{line.folder}\u00a0»\u00a0: {line.problem.sentence}")
                output.fail(line.problem)
        if (problem := report.problems.get(one.id)) is not None:
            output.line(f"    {problem.sentence}")
            output.fail(with_remedy(problem))
    if not report.problems:
        return 1 if any(line.problem is not None for line in report.folders) else 0
    return (
        1 if len(report.problems) < len(accounts) else max(one.exit_code for one in report.problems.values())
    )


def _account_report(account: Account, report: SyncReport) -> dict[str, Any]:
    told: dict[str, Any] = {
        "account": account.address,
        "folders": [
            {
                "folder": line.folder,
                "messages": line.messages,
                "added": line.added,
                "changed": line.changed,
                "vanished": line.vanished,
                "seconds": round(line.seconds, 3),
                **({"error": problem_json(line.problem)} if line.problem is not None else {}),
            }
            for line in report.folders
            if line.account == account.id
        ],
    }
    if (problem := report.problems.get(account.id)) is not None:
        told["error"] = problem_json(with_remedy(problem))
    return told


def folders(options: Namespace, session: Session, output: Output) -> int:
    account = session.account(options.account)
    names = {one.id: one.address for one in session.view.accounts()}
    found = session.view.folders(account.id if account else None)
    output.document = {"folders": [folder_json(one, names[one.account]) for one in found]}
    rows = [
        (names[one.account], one.path, one.role, str(one.messages), str(one.unread), octets_text(one.octets))
        for one in found
    ]
    output.text += table(
        (_("BOÎTE"), _("DOSSIER"), _("RÔLE"), _("MESSAGES"), _("NON LUS"), _("TAILLE")), rows
    )
    return 0
