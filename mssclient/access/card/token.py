"""One card or token, whichever way leads to it: what the rest of the program uses. Any thread."""

import contextlib
from collections.abc import Sequence
from functools import partial
from pathlib import Path

from mssclient.access.card import module as modules
from mssclient.access.card import pcsc, scard
from mssclient.access.card.certificate import describe
from mssclient.access.card.module import ModuleRoute
from mssclient.access.card.pcsc import PcscRoute
from mssclient.access.card.problems import card_absent, card_failed, no_library, no_reader, not_cps
from mssclient.access.card.readers import card_state
from mssclient.access.card.route import Route, StoredCertificate
from mssclient.access.card.scard import Context
from mssclient.access.card.thread import CardThread
from mssclient.access.clientkey import Padding
from mssclient.model.cards import CardCertificate
from mssclient.model.errors import WorldError
from mssclient.operators.tls import operator_anchors

__all__ = ["Token", "generations", "open_tokens"]

_SIGN_S = 20.0
_CLOSE_S = 1.0


class Token:
    """A card that stays open until :meth:`close`. Any thread may call; the card thread does the work.

    Every method raises WorldError: card-removed, card-busy (another program held the card for too long),
    card-failed, card-no-service.
    """

    def __init__(self, route: Route, thread: CardThread, anchors: Sequence[bytes]) -> None:
        self._route = route
        self._thread = thread
        self._anchors = tuple(anchors)
        self._stored: dict[str, StoredCertificate] = {}
        self._known: tuple[CardCertificate, ...] | None = None
        self.route = route.name
        """ "pcsc" or "module"."""
        self.reader = route.reader
        self.generation = route.generation
        """ "CPS3", "CPS4", or "" for a token that is no CPS."""
        self.serial = route.serial
        """The printed number, or ""."""

    @property
    def raw(self) -> bool:
        """Can do TLS 1.3."""
        return self._route.raw

    def certificates(self) -> tuple[CardCertificate, ...]:
        """Those that a person may show, the one for authentication first. Read once; needs no PIN."""
        if self._known is None:
            stored = self._thread.call(self._route.certificates)
            between = [each.der for each in stored]
            found: list[CardCertificate] = []
            for each in stored:
                record = describe(each.der, anchors=self._anchors, between=between, label=each.label)
                if record is not None and each.key:
                    self._stored[record.fingerprint] = each
                    found.append(record)
            found.sort(key=lambda record: record.usage != "authentication")
            self._known = tuple(found)
        return self._known

    def der(self, certificate: CardCertificate) -> bytes:
        """Its octets. ``certificate`` comes from :meth:`certificates`."""
        return self._of(certificate).der

    def key_of(self, certificate: CardCertificate) -> bytes:
        """How its token names the certificate and its key (CKA_ID)."""
        return self._of(certificate).key

    def tries_left(self) -> int | None:
        """PIN tries, without consuming one; 0: blocked; None: the card does not say, or none was lost."""
        return self._thread.call(self._route.tries_left)

    def verify(self, pin: bytearray) -> None:
        """Show the PIN to the card, once. ``pin`` is overwritten with zeros before this returns or raises.

        Raises Refused: pin-wrong (its ``tries_left`` says how many remain), pin-blocked, pin-malformed (the
        card did not see it).
        """
        try:
            self._thread.call(partial(self._route.verify, pin))
        finally:
            _erase(pin)
        if not self._known:
            self._known = None  # some tokens show their certificates after the PIN only

    def sign(
        self, certificate: CardCertificate, block: bytes, padding: Padding, pin: bytearray | None = None
    ) -> bytes:
        """The private operation with a certificate's key; see :class:`Padding`.

        With ``pin`` (overwritten with zeros) it is verified in the same transaction, and what :meth:`verify`
        raises may be raised. Raises WorldError("card-reset") when the card wants its PIN again, because it
        was never shown or another program reset the card; Refused("card-tls13-only") when it cannot do
        ``Padding.NONE``.
        """
        key = self._of(certificate).key
        try:
            return self._thread.call(partial(self._route.sign, key, block, padding, pin), within_s=_SIGN_S)
        finally:
            if pin is not None:
                _erase(pin)

    def close(self, reset: bool) -> None:
        """Let the card go. ``reset``: it forgets the PIN, for every program (lock, log-out).

        Never fails, and waits 1 s at most: where another program holds the card, it is done when that ends.
        """
        with contextlib.suppress(WorldError):
            self._thread.call(partial(self._route.close, reset), within_s=_CLOSE_S, whatever=True)

    def _of(self, certificate: CardCertificate) -> StoredCertificate:
        if certificate.fingerprint not in self._stored:
            self.certificates()
        try:
            return self._stored[certificate.fingerprint]
        except KeyError:
            raise card_failed("certificate of another card") from None


def _erase(pin: bytearray) -> None:
    pin[:] = bytes(len(pin))


def open_tokens(
    thread: CardThread,
    *,
    reader: str = "",
    module: str = "",
    route: str = "",
    anchors: Sequence[bytes] | None = None,
) -> tuple[Token, ...]:
    """Every card there is, or the one in ``reader``; by the PKCS#11 module when one is installed, else PC/SC.

    ``module``: the file of the setting; ``route``: "pcsc" or "module" to take no other. ``anchors``: the
    authorities of cards (DER), those of IGC-Santé shipped with the program by default. A module that sees no
    card where PC/SC sees a CPS (too old for a CPS4, say) gives way to it.

    Raises WorldError: card-no-library, card-no-service, card-no-reader, card-absent, card-not-cps, card-busy.
    """
    known = operator_anchors() if anchors is None else tuple(anchors)
    routes = thread.call(partial(_open_routes, reader, module, route))
    return tuple(Token(each, thread, known) for each in routes)


def _open_routes(reader: str, module: str, route: str) -> list[Route]:
    direct = route != "module" and scard.available()
    path = modules.installed_module(module) if route != "pcsc" else None
    if path is None and not direct:
        raise no_library("neither a module nor pyscard" if route != "module" else "no module")
    found: list[Route] = []
    if path is not None:
        try:
            found = _by_module(path, reader)
        except WorldError as error:
            # A module that was asked for by name must work; the ANS's may be half installed.
            if module or not direct or error.code != "card-no-library":
                raise
    if not found and direct:
        found = _by_pcsc(reader)
    if not found:
        raise _nothing()
    return found


def _by_module(path: Path, reader: str) -> list[Route]:
    known = generations()
    routes: list[Route] = []
    for slot in modules.slots(path):
        if reader in ("", slot.reader):
            try:
                routes.append(ModuleRoute(slot, known.get(slot.reader, "")))
            except WorldError as error:
                # Pulled meanwhile, or a token that nobody has initialised.
                if error.code != "card-absent":
                    raise
    return routes


def generations() -> dict[str, str]:
    """Reader → generation of the CPS in it, where PC/SC can tell. Card thread."""
    try:
        context = Context()
    except WorldError:
        return {}
    try:
        return {each.name: card_state(each).generation for each in context.look()}
    except WorldError:
        return {}
    finally:
        context.release()


def _by_pcsc(reader: str) -> list[Route]:
    cards, _all = pcsc.readers_with_cards()
    routes: list[Route] = []
    failure: WorldError | None = None
    for each in cards:
        if reader in ("", each):
            try:
                routes.append(PcscRoute(each))
            except WorldError as error:
                failure = error
    if not routes and failure is not None:
        raise failure
    return routes


def _nothing() -> WorldError:
    """Why there is no card, as precisely as PC/SC can tell."""
    if not scard.available():
        return card_absent("module")
    context = Context()
    try:
        seen = context.look()
    finally:
        context.release()
    if not seen:
        return no_reader()
    return not_cps() if any(each.present for each in seen) else card_absent()
