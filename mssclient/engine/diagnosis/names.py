"""Names (DNS): do the servers' hosts resolve, and what does the domain announce (SRV)."""

import socket
from collections.abc import Iterator

from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import Targets, World, hosts_of, is_here
from mssclient.model.accounts import Account
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError, WorldError
from mssclient.model.language import _, ngettext
from mssclient.operators.autoconfig.asking import ask_all
from mssclient.operators.autoconfig.names import Service

__all__ = ["announced", "hosts"]

_HOSTS_S = 10.0
_SRV_S = 13.0
_MAIL = {"_imaps": 0, "_imap": 0, "_submissions": 1, "_submission": 1}
"""Which of the two hosts of an account a service names."""


def _quiet(done: int, total: int) -> None:
    del done, total


def hosts(targets: Targets) -> Iterator[Check]:
    """Every mail server of the accounts, by the computer's own resolver."""
    lines = Lines("dns")
    wanted = targets.hosts()
    answers, _none = ask_all(
        {each: lambda each=each: _resolved(each) for each in wanted}, {}, _HOSTS_S, _quiet
    )
    for host in wanted:
        error = answers[host].exception()
        if error is None:
            count = answers[host].result()
            sentence = ngettext(
                "Le nom «\u00a0{host}\u00a0» est connu ({count} adresse).",
                "Le nom «\u00a0{host}\u00a0» est connu ({count} adresses).",
                count,
            ).format(host=host, count=count)
            yield lines.ok("host", sentence)
            continue
        late = isinstance(error, MssError) or getattr(error, "errno", None) == socket.EAI_AGAIN
        if late:
            yield lines.fail(
                "host",
                _("Le service de noms (DNS) ne répond pas pour «\u00a0{host}\u00a0».").format(host=host),
                _("Vérifiez l’accès à Internet et les réglages DNS de l’ordinateur ou de la box."),
                code="dns-timeout",
            )
        else:
            yield lines.fail(
                "host",
                _("Le nom «\u00a0{host}\u00a0» n’existe pas.").format(host=host),
                _("Vérifiez le nom du serveur dans les réglages de la boîte aux lettres."),
                code="host-unknown",
            )


def _resolved(host: str) -> int:
    try:
        return len({each[4][0] for each in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)})
    except UnicodeError:
        raise socket.gaierror(socket.EAI_NONAME, "malformed") from None


def announced(world: World, account: Account) -> Iterator[Check]:
    """What the account's domain publishes (ECO.1.1.9), against what is configured."""
    lines = Lines("dns", account)
    domain = account.address.rpartition("@")[2].lower()
    if not world.everything and all(is_here(host) for host in hosts_of(account)):
        yield lines.skip("srv", _("Les serveurs sont sur cet ordinateur\u00a0: rien n’est demandé au DNS."))
        return
    found, _none = ask_all(
        {each: lambda each=each: world.names.services(each, domain) for each in _MAIL}, {}, _SRV_S, _quiet
    )
    errors = [each.exception() for each in found.values()]
    problem = next((each for each in errors if isinstance(each, MssError)), None)
    if problem is not None and all(errors):
        if problem.code == "timeout":
            problem = _mute()
        yield lines.problem("srv", problem)
        return
    services = {name: each.result() for name, each in found.items() if each.exception() is None}
    yield _compared(lines, account, services)


def _mute() -> WorldError:
    return WorldError(
        "dns-timeout",
        _("Le service de noms (DNS) ne répond pas."),
        _("Vérifiez l’accès à Internet et les réglages DNS de l’ordinateur ou de la box."),
    )


def _compared(lines: Lines, account: Account, services: dict[str, tuple[Service, ...]]) -> Check:
    named = {name: {each.host for each in found if each.host} for name, found in services.items()}
    if not any(named.values()):
        return lines.skip(
            "srv", _("Le domaine n’annonce pas ses serveurs (SRV)\u00a0: ceux qui sont enregistrés servent.")
        )
    configured = (account.imap.host.lower(), account.smtp.host.lower())
    for name, place in _MAIL.items():
        # Whichever of the two ways (implicit TLS, STARTTLS) is announced, its host should be ours.
        every = {host for each, at in _MAIL.items() if at == place for host in named.get(each, ())}
        if named.get(name) and configured[place] not in every:
            return lines.warn(
                "srv",
                _(
                    "Le domaine annonce un autre serveur («\u00a0{host}\u00a0») que celui qui est enregistré."
                ).format(host=min(every)),
                _("Si la connexion échoue, demandez à l’opérateur si ses serveurs ont changé."),
                code="srv-differs",
            )
    return lines.ok("srv", _("Le domaine annonce les serveurs enregistrés (SRV)."))
