"""Every area at once, each in a thread with an end in time: what hangs keeps nobody else waiting."""

import contextlib
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from mssclient.engine.diagnosis import accounts as accounts_
from mssclient.engine.diagnosis import card, computer, directory, keeping, names, servers, sieve
from mssclient.engine.diagnosis.export import make_text
from mssclient.engine.diagnosis.requirements import requirements
from mssclient.engine.diagnosis.support import support
from mssclient.engine.diagnosis.world import Targets, World
from mssclient.engine.tickets import locked
from mssclient.model.accounts import Account
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _
from mssclient.model.questions import Diagnose, Diagnosis
from mssclient.operators.revocation import Revocation

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["Group", "diagnose", "run"]

_log = logging.getLogger(__name__)
_TICK_S = 0.1
_AT_ONCE = 12
"""Threads under way; operators count connections, and so does a small computer."""


class Group(NamedTuple):
    """What is looked at together, one line after the other."""

    area: str
    account: Account | None
    title: str
    """French, for the progress."""
    work: Callable[[], Iterable[Check]]
    after: str = ""
    """The area of the same account that must have come to its end before."""


def diagnose(desk: "Desk", question: Diagnose, ticket: "Ticket", world: World | None = None) -> Diagnosis:
    """Every check; a failing one does not keep the others. Raises account-unknown, cancelled.

    Blocks up to ``world.limit_s`` for each area; areas run side by side. Thread: any.
    """
    here = world or World()
    if question.account is not None:
        desk.account(question.account)
    looked_at = [one for one in desk.accounts() if question.account in (None, one.id)]
    targets = Targets(looked_at, desk.profile.operators_folder, known=not desk.profile.demo)
    groups = _groups(desk, here, targets, whole=question.account is None)
    checks = run(groups, here.limit_s, ticket, desk.closing)
    answer = Diagnosis(
        checks=tuple(checks),
        requirements=requirements() if question.requirements else (),
        support=support(targets),
    )
    return Diagnosis(
        checks=answer.checks,
        requirements=answer.requirements,
        support=answer.support,
        text=make_text(answer, targets, here.now()),
    )


def _groups(desk: "Desk", world: World, targets: Targets, *, whole: bool) -> list[Group]:
    groups: list[Group] = []
    if whole:
        needed = any(each.auth == "cps" for each in targets.accounts)
        with desk.reading() as view:
            module = str(view.setting("card.module", "") or "")
        signed_utc = desk.trust.state.generated_utc
        looking = partial(card.check, world, needed=needed, module=module, thread=desk.engine.cards.thread)
        if desk.profile.demo:
            looking = card.untouched
        groups += [
            Group("network", None, _("Réseau"), partial(computer.network, world, targets)),
            Group("proxy", None, _("Proxy"), partial(computer.proxy, world, targets)),
            Group("clock", None, _("Horloge"), partial(computer.clock, world, targets, signed_utc)),
            Group("card", None, _("Carte"), looking),
        ]
    if targets.accounts:
        groups.append(Group("dns", None, _("Noms"), partial(names.hosts, targets)))
    revocation = world.revocation() or Revocation(desk.profile.folder / "revocation")
    for account in targets.accounts:
        groups += _of_account(desk, world, targets, account, revocation)
    if not targets.accounts and whole:
        groups.append(Group("account", None, _("Boîtes aux lettres"), accounts_.nothing))
    if whole:
        groups += [
            Group("trust", None, _("Liste blanche"), partial(keeping.trust, desk.trust, world)),
            Group("store", None, _("Base de messages"), partial(keeping.store, desk)),
            Group("hprim", None, _("Dossier HPRIM"), partial(keeping.hprim, desk)),
            Group("wants", None, _("Actions en attente"), partial(keeping.wants, desk)),
        ]
    return groups


def _of_account(
    desk: "Desk", world: World, targets: Targets, account: Account, revocation: Revocation
) -> list[Group]:
    filters = targets.sieve(account)
    told: list[Check] = []
    groups = [Group("dns", account, _("Noms"), partial(names.announced, world, account))]
    groups += [
        Group("tls", account, _("Certificats"), partial(servers.check, account, server, world, revocation))
        for server in servers.servers_of(account, filters)
    ]
    return [
        *groups,
        Group(
            "operator", account, _("Connexion"), partial(_kept, accounts_.login(desk, account, world), told)
        ),
        Group("account", account, _("Dossiers"), partial(accounts_.folders, desk, account)),
        Group(
            "directory",
            account,
            _("Annuaire"),
            partial(directory.check, account, targets.ldap(account), world),
        ),
        Group(
            "sieve",
            account,
            _("Filtres"),
            partial(sieve.check, desk, account, filters, world, told),
            after="operator",
        ),
    ]


def _kept(checks: Iterable[Check], told: list[Check]) -> Iterator[Check]:
    """``checks``, each put into ``told`` too."""
    for check in checks:
        told.append(check)
        yield check


def run(
    groups: Sequence[Group], limit_s: float, ticket: "Ticket", closing: threading.Event | None = None
) -> list[Check]:
    """The lines of all groups in their order. Raises WorldError: cancelled as soon as somebody cancels,
    store-locked as soon as ``closing`` is set.

    What a group gave before its time was over is kept; the threads of late ones are left behind (daemons).
    """
    found: list[list[Check]] = [[] for _group in groups]
    open_groups = set(range(len(groups)))
    waiting, running, limits = list(range(len(groups))), set[int](), dict[int, float]()
    arrived: queue.SimpleQueue[tuple[int, Check | None]] = queue.SimpleQueue()
    while open_groups:
        if closing is not None and closing.is_set():
            raise locked()
        ready = [each for each in waiting if not _must_wait(groups, each, open_groups)]
        for number in ready[: _AT_ONCE - len(running)]:
            waiting.remove(number)
            running.add(number)
            limits[number] = time.monotonic() + limit_s
            _start(number, groups[number], arrived)
        ticket.progress(len(groups) - len(open_groups), len(groups), _title(groups, running))
        with contextlib.suppress(queue.Empty):
            number, check = arrived.get(timeout=_TICK_S)
            while True:
                if number in open_groups:
                    if check is None:
                        open_groups.discard(number)
                        running.discard(number)
                    else:
                        found[number].append(check)
                        if check.code == "internal":
                            _log.error("the diagnosis of %s failed: %s", check.area, check.detail)
                number, check = arrived.get_nowait()
        for number in [each for each in running if time.monotonic() > limits[each]]:
            open_groups.discard(number)
            running.discard(number)
            found[number].append(_late(groups[number]))
    ticket.progress(len(groups), len(groups), _("Diagnostic"))
    return [check for each in found for check in each]


def _must_wait(groups: Sequence[Group], number: int, open_groups: set[int]) -> bool:
    group = groups[number]
    before = (group.after, group.account)
    return bool(group.after) and any(groups[each][:2] == before for each in open_groups)


def _title(groups: Sequence[Group], running: set[int]) -> str:
    return groups[min(running)].title if running else _("Diagnostic")


def _start(number: int, group: Group, arrived: "queue.SimpleQueue[tuple[int, Check | None]]") -> None:
    def work() -> None:
        try:
            for check in group.work():
                arrived.put((number, check))
        except MssError as error:
            arrived.put((number, _failed(group, error)))
        except Exception as error:  # noqa: BLE001 - one area's bug is told in its place; the others go on
            arrived.put((number, _broken(group, error)))
        finally:
            arrived.put((number, None))

    threading.Thread(target=work, name=f"diagnosis-{group.area}", daemon=True).start()


def _failed(group: Group, error: MssError) -> Check:
    return Check(
        area=group.area,
        check=group.area,
        state="fail",
        sentence=error.sentence,
        remedy=error.remedy,
        account=group.account.id if group.account is not None else None,
        code=error.code,
        exit_code=error.exit_code,
        detail=error.detail,
    )


def _broken(group: Group, error: Exception) -> Check:
    return Check(
        area=group.area,
        check=group.area,
        state="fail",
        sentence=_("Une erreur du programme a empêché cette vérification."),
        remedy=_("Relancez le diagnostic. Si cela dure, signalez-le à l’assistance."),
        account=group.account.id if group.account is not None else None,
        code="internal",
        exit_code=5,
        detail=type(error).__name__,
    )


def _late(group: Group) -> Check:
    return Check(
        area=group.area,
        check=group.area,
        state="fail",
        sentence=_("«\u00a0{title}\u00a0»\u00a0: pas de réponse à temps.").format(title=group.title),
        remedy=_("Relancez le diagnostic. Si cela dure, vérifiez l’accès à Internet."),
        account=group.account.id if group.account is not None else None,
        code="timeout",
    )
