"""Card: middleware, service, reader, card, PIN tries, dates of its certificates. No PIN is ever asked."""

import contextlib
import sys
from collections.abc import Iterator

import msgspec

from mssclient.access.card import scard
from mssclient.access.card.certificate import expiry_notice
from mssclient.access.card.module import installed_module
from mssclient.access.card.problems import card_absent, no_library, no_reader, pin_blocked
from mssclient.access.card.readers import card_state
from mssclient.access.card.scard import Context
from mssclient.access.card.thread import CardThread
from mssclient.access.card.token import Token, open_tokens
from mssclient.access.clientkey import check_openssl
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.model.cards import CardCertificate, CardState
from mssclient.model.diagnosis import Check
from mssclient.model.errors import MssError
from mssclient.model.language import _, ngettext

__all__ = ["check", "untouched"]


def check(
    world: World, *, needed: bool, module: str = "", thread: CardThread | None = None
) -> Iterator[Check]:
    """``needed``: a BAL is opened by card. ``module``: the setting; ``thread``: the engine's, if it runs.

    Without such a BAL and without a reader there is nothing to look at: one line, skipped; and nothing that
    is wrong with a card is a failure then.
    """
    for line in _lines(world, needed=needed, module=module, thread=thread):
        yield line if needed or line.state != "fail" else msgspec.structs.replace(line, state="warn")


def _lines(world: World, *, needed: bool, module: str, thread: CardThread | None) -> Iterator[Check]:
    lines = Lines("card")
    found = _middleware(module)
    try:
        states = _look()
    except MssError as error:
        if needed:
            yield _library(lines, found)
            check_name = "library" if error.code == "card-no-library" else "service"
            yield lines.problem(check_name, no_library() if error.code == "card-no-library" else error)
        else:
            yield _unused(lines)
        return
    if not states and not needed:
        yield _unused(lines)
        return
    yield _library(lines, found)
    try:
        check_openssl()
    except MssError as error:
        yield lines.problem("openssl", error)
    yield lines.ok("service", _("Le service des cartes à puce répond."))
    yield from _readers(lines, states, needed=needed)
    if any(each.present and not each.mute for each in states):
        own = thread or CardThread("diagnosis-card")
        try:
            yield from _cards(lines, own, module, world)
        finally:
            if thread is None:
                own.close(1.0)


def untouched() -> Iterator[Check]:
    """In a demonstration, which has nothing to do with anybody's card."""
    yield Lines("card").skip("reader", _("La démonstration ne touche pas aux cartes."))


def _unused(lines: Lines) -> Check:
    return lines.skip("reader", _("Aucun lecteur de carte n’est branché, et aucune boîte n’en demande."))


def _middleware(module: str) -> str:
    with contextlib.suppress(MssError):
        path = installed_module(module)
        return path.name if path is not None else ""
    return "?"


def _library(lines: Lines, found: str) -> Check:
    if found == "?":
        return lines.fail(
            "middleware",
            _("Le module de carte choisi dans les réglages est introuvable."),
            _("Choisissez-en un autre, ou effacez ce réglage."),
            code="card-no-library",
        )
    if found:
        return lines.ok(
            "middleware",
            _("La bibliothèque de la carte est installée ({name}).").format(name=found),
            detail=found,
        )
    if scard.available():
        return lines.ok(
            "middleware",
            _("La carte est lue directement, sans la Cryptolib CPS de l’ANS."),
            detail=sys.platform,
        )
    return lines.problem("middleware", no_library())


def _look() -> list[CardState]:
    context = Context()
    try:
        return [card_state(each) for each in context.look()]
    finally:
        context.release()


def _readers(lines: Lines, states: list[CardState], *, needed: bool) -> Iterator[Check]:
    if not states:
        yield lines.problem("reader", no_reader())
        return
    count = len(states)
    yield lines.ok(
        "reader",
        ngettext(
            "{count} lecteur de carte est branché.", "{count} lecteurs de carte sont branchés.", count
        ).format(count=count),
    )
    if not any(each.present for each in states):
        error = card_absent()
        yield lines.problem("card", error) if needed else lines.skip("card", error.sentence)
        return
    for each in states:
        if each.mute:
            yield lines.fail(
                "card",
                _("La carte dans le lecteur ne répond pas."),
                _("Retirez-la, essuyez la puce, et insérez-la puce vers le haut."),
                code="card-mute",
            )
        elif each.busy:
            yield lines.warn(
                "card",
                _("Un autre logiciel garde la carte pour lui seul."),
                _("Terminez l’opération en cours dans l’autre logiciel, puis relancez le diagnostic."),
                code="card-busy",
            )


def _cards(lines: Lines, thread: CardThread, module: str, world: World) -> Iterator[Check]:
    try:
        tokens = open_tokens(thread, module=module, anchors=world.card_anchors)
    except MssError as error:
        yield lines.problem("card", error)
        return
    for token in tokens:
        try:
            yield from _token(lines, token, world)
        except MssError as error:
            yield lines.problem("card", error)
        finally:
            # Not reset: a session of the program may use the same card.
            token.close(reset=False)


def _token(lines: Lines, token: Token, world: World) -> Iterator[Check]:
    kind = token.generation or _("autre carte")
    by = _("par la bibliothèque de l’ANS") if token.route == "module" else _("directement")
    yield lines.ok("card", _("La carte est lue {by} ({kind}).").format(by=by, kind=kind))
    yield _tries(lines, token.tries_left())
    certificates = token.certificates()
    usable = [each for each in certificates if each.usage == "authentication"]
    if not usable:
        yield lines.fail(
            "certificate",
            _("Cette carte ne contient pas de certificat d’authentification."),
            _("Utilisez la carte CPS du titulaire\u202f; sinon, demandez-en une nouvelle à l’ANS."),
            code="card-no-certificate",
        )
    for each in usable:
        yield _certificate(lines, each, int(world.now()))


def _tries(lines: Lines, left: int | None) -> Check:
    if left is None:
        return lines.ok("pin", _("Le code de la carte n’est pas bloqué."))
    if left == 0:
        return lines.problem("pin", pin_blocked())
    words = ngettext(
        "Il reste {count} essai pour le code de la carte.",
        "Il reste {count} essais pour le code de la carte.",
        left,
    ).format(count=left)
    if left == 1:
        remedy = _("Une erreur de plus bloque la carte\u00a0: vérifiez le code avant de le saisir.")
        return lines.warn("pin", words, remedy, code="pin-last-try")
    return lines.ok("pin", words)


def _certificate(lines: Lines, certificate: CardCertificate, now_utc: int) -> Check:
    if certificate.expired(now_utc):
        return lines.fail(
            "certificate",
            _("Le certificat de la carte n’est plus valable à la date de cet ordinateur."),
            _("Vérifiez la date de cet ordinateur. Si elle est juste, demandez une nouvelle carte à l’ANS."),
            code="card-certificate-expired",
        )
    if not certificate.igc_sante:
        return lines.warn(
            "certificate",
            _("Le certificat de la carte ne vient pas d’une autorité de l’IGC-Santé connue de ce programme."),
            _("Vérifiez qu’il s’agit de la carte CPS fournie par l’ANS."),
            code="card-not-igc-sante",
        )
    notice = expiry_notice(certificate, now_utc)
    if notice:
        return lines.warn(
            "certificate", notice, _("Le délai d’envoi est de quelques semaines."), code="card-ends-soon"
        )
    days = (certificate.not_after_utc - now_utc) // 86400
    return lines.ok(
        "certificate",
        ngettext(
            "Le certificat de la carte est valable encore {count} jour.",
            "Le certificat de la carte est valable encore {count} jours.",
            days,
        ).format(count=days),
    )
