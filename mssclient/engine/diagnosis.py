"""The one-page diagnosis: what works, what does not, what to do. It names no patient and no subject."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from mssclient.model.accounts import Account
from mssclient.model.errors import MssError
from mssclient.model.ids import AccountId
from mssclient.model.language import _, ngettext
from mssclient.model.questions import Check, Diagnose, Diagnosis
from mssclient.trust.whitelist import TrustList

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["diagnose"]

_LOW_DISK_OCTETS = 500_000_000
_OLD_LIST_DAYS = 14
_EARLIEST_UTC = 1_735_689_600
"""1 January 2025: an earlier clock was never set."""
_DAY_S = 86_400


def diagnose(desk: "Desk", question: Diagnose, ticket: "Ticket") -> Diagnosis:
    """Every check, one after the other; a failing one does not keep the others. Raises account-unknown."""
    if question.account is not None:
        desk.account(question.account)
    accounts = [one for one in desk.accounts() if question.account in (None, one.id)]
    groups: list[tuple[str, AccountId | None, Callable[[], Iterator[Check]]]] = []
    if question.account is None:
        groups += [
            ("store", None, lambda: _store(desk)),
            ("clock", None, _clock),
            ("trust", None, lambda: _trust(desk.trust)),
            ("hprim", None, lambda: _hprim(desk)),
            ("wants", None, lambda: _wants(desk)),
        ]
    groups += [("account", one.id, lambda one=one: _account(desk, one)) for one in accounts]
    if not accounts and question.account is None:
        groups.append(("account", None, _no_account))
    checks: list[Check] = []
    for number, (area, account, group) in enumerate(groups):
        ticket.progress(number, len(groups), _("Diagnostic"))
        try:
            checks.extend(group())
        except MssError as error:
            checks.append(
                Check(
                    area=area,
                    check=area,
                    state="fail",
                    sentence=error.sentence,
                    remedy=error.remedy,
                    account=account,
                    code=error.code,
                    exit_code=error.exit_code,
                )
            )
    return Diagnosis(checks=tuple(checks))


def _store(desk: "Desk") -> Iterator[Check]:
    yield Check(
        area="store",
        check="open",
        state="ok",
        sentence=_("La base de messages est ouverte et chiffrée (version {schema}).").format(
            schema=desk.store.schema
        ),
    )
    try:
        free = shutil.disk_usage(desk.profile.folder).free
    except OSError:
        yield Check(
            area="store", check="disk", state="warn", sentence=_("L’espace libre du disque est inconnu.")
        )
        return
    low = free < _LOW_DISK_OCTETS
    yield Check(
        area="store",
        check="disk",
        state="warn" if low else "ok",
        sentence=_("{free}\u00a0Mo sont libres sur le disque.").format(free=free // 1_000_000),
        remedy=_("Libérez de la place sur le disque.") if low else "",
    )


def _clock() -> Iterator[Check]:
    wrong = time.time() < _EARLIEST_UTC
    yield Check(
        area="clock",
        check="date",
        state="fail" if wrong else "ok",
        sentence=_("La date de l’ordinateur est fausse.")
        if wrong
        else _("La date de l’ordinateur est plausible."),
        remedy=_("Réglez la date et l’heure de l’ordinateur.") if wrong else "",
    )


def _trust(trust: TrustList) -> Iterator[Check]:
    now = int(time.time())
    state = trust.state_at(now)
    date = time.strftime("%d/%m/%Y", time.gmtime(state.generated_utc))
    if state.origin != "verified":
        yield Check(
            area="trust",
            check="whitelist",
            state="warn",
            sentence=_(
                "Aucune liste blanche vérifiée\u00a0: les messages restent «\u00a0non vérifiés\u00a0»."
            ),
            remedy=_("La liste livrée avec le programme date du {date}.").format(date=date),
        )
        return
    old = state.expired or now - state.generated_utc > _OLD_LIST_DAYS * _DAY_S
    yield Check(
        area="trust",
        check="whitelist",
        state="warn" if old else "ok",
        sentence=ngettext(
            "La liste blanche du {date} est vérifiée\u00a0: {count} domaine.",
            "La liste blanche du {date} est vérifiée\u00a0: {count} domaines.",
            state.domains,
        ).format(date=date, count=state.domains),
        remedy=_("Mettez à jour la liste blanche.") if old else "",
    )


def _hprim(desk: "Desk") -> Iterator[Check]:
    with desk.reading() as view:
        directory = view.setting("hprim.directory", "")
    if not directory:
        yield Check(
            area="hprim",
            check="directory",
            state="skip",
            sentence=_("Aucun dossier n’est choisi pour les fichiers HPRIM."),
        )
        return
    usable = os.path.isdir(directory) and os.access(directory, os.W_OK)
    yield Check(
        area="hprim",
        check="directory",
        state="ok" if usable else "fail",
        sentence=_("Le dossier des fichiers HPRIM peut être écrit.")
        if usable
        else _("Le dossier des fichiers HPRIM n’existe pas ou ne peut pas être écrit."),
        remedy="" if usable else _("Choisissez un autre dossier dans les réglages."),
    )


def _wants(desk: "Desk") -> Iterator[Check]:
    with desk.reading() as view:
        stuck = view.wants(states=("parked", "uncertain"))
    yield Check(
        area="wants",
        check="journal",
        state="warn" if stuck else "ok",
        sentence=ngettext(
            "{count} action attend une décision.", "{count} actions attendent une décision.", len(stuck)
        ).format(count=len(stuck))
        if stuck
        else _("Aucune action n’est en souffrance."),
        remedy=_("Ouvrez la liste des actions en attente.") if stuck else "",
    )


def _account(desk: "Desk", account: Account) -> Iterator[Check]:
    yield from desk.mailbox(account.id).test()
    with desk.reading() as view:
        folders = view.folders(account.id)
    inbox = any(folder.role == "inbox" for folder in folders)
    missing = [role for role in ("sent", "trash") if not any(folder.role == role for folder in folders)]
    yield Check(
        area="account",
        check="folders",
        state="fail" if folders and not inbox else "warn" if missing or not folders else "ok",
        sentence=ngettext("{count} dossier est connu.", "{count} dossiers sont connus.", len(folders)).format(
            count=len(folders)
        ),
        remedy=_("Relevez la boîte aux lettres, puis désignez les dossiers Envoyés et Corbeille.")
        if missing or not inbox
        else "",
        account=account.id,
    )


def _no_account() -> Iterator[Check]:
    yield Check(
        area="account",
        check="accounts",
        state="skip",
        sentence=_("Aucune boîte aux lettres n’est configurée."),
        remedy=_("Ajoutez une boîte aux lettres."),
    )
