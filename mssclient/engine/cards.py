"""Readers and cards of one engine: who comes, who goes, and the card that unlocks.

One :class:`CardThread` and one watch for the whole engine, begun when an account with a card is opened, when
a profile opens with a card, or when a window asks :class:`ReadCards`; before that the card service is not
spoken to at all. It outlives a lock, because the card is what
unlocks; a card once unlocked is held by ``identities`` for as long as the store is open.
"""

import logging
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import msgspec

from mssclient.engine.crew import Crew
from mssclient.model.cards import (
    CardCertificate,
    CardEvent,
    CardInserted,
    CardRemoved,
    CardState,
    ReaderRemoved,
)
from mssclient.model.changes import Changed
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.ids import PromptId, new_id
from mssclient.model.language import _
from mssclient.model.prompts import TOKEN_PIN_LENGTHS, Prompt, PromptAnswer
from mssclient.model.questions import CardsAnswer

if TYPE_CHECKING:
    from mssclient.access.card.identity import CardIdentity
    from mssclient.access.card.readers import Watch
    from mssclient.access.card.thread import CardThread
    from mssclient.access.card.token import Token

__all__ = ["CARD_MODULE", "Cards", "holder_name"]

_log = logging.getLogger(__name__)
CARD_MODULE = "card.module"
"""Setting: the file of a PKCS#11 module to use before any other."""
Fits = Callable[[CardCertificate], bool]
Asking = Callable[[Prompt], PromptAnswer]


class Cards:
    """Any thread. ``publish`` tells windows. ``pulled`` hears at once, on the watch's thread, from which
    reader a card went, and the fingerprints of its certificates as far as they were read; ``seen`` the
    certificates of one that came, on a thread that may wait.
    """

    def __init__(
        self,
        publish: Callable[[Changed], None],
        pulled: Callable[[str, frozenset[str]], None],
        seen: Callable[[tuple[CardCertificate, ...]], None],
    ) -> None:
        self._publish = publish
        self._pulled = pulled
        self._seen = seen
        self.module = ""
        """File of the PKCS#11 module of the setting; "" = the ANS's where it is installed, else PC/SC."""
        self._guard = threading.RLock()
        self._thread: CardThread | None = None
        self._watch: Watch | None = None
        self._known: dict[str, tuple[CardCertificate, ...]] = {}
        """By reader, of the card that is in it now."""
        self._serials: dict[str, str] = {}
        self._goings: dict[str, int] = {}
        """How often a card went from each reader: what was read of the one before is not the next one's."""
        self._unlocked: dict[str, int] = {}
        """The same count when the card in each reader last took its PIN."""
        self._prompted: dict[PromptId, str] = {}
        """Prompts that wait for a PIN → the reader they are about."""
        self._withdraw: Callable[[str], None] = lambda _prompt: None
        self._crew = Crew("cards", 1)
        self._closed = False

    @property
    def thread(self) -> "CardThread":
        """The one thread that every call to a card runs on."""
        with self._guard:
            if self._thread is None:
                from mssclient.access.card.thread import CardThread

                self._thread = CardThread()
            return self._thread

    @property
    def begun(self) -> bool:
        return self._watch is not None

    def begin(self) -> None:
        """Watch from now on; harmless when it is begun, or where PC/SC cannot be spoken to."""
        with self._guard:
            if self._watch is not None or self._closed:
                return
            from mssclient.access.card.readers import Watch

            watch = Watch(self._heard)
            try:
                watch.start()
            except WorldError as error:
                _log.info("no card watch: %s", error.code)
                return
            self._watch = watch

    def close(self) -> None:
        """Watch and thread end."""
        with self._guard:
            self._closed = True
            watch, self._watch = self._watch, None
            thread = self._thread
        self._crew.close()
        if watch is not None:
            watch.stop()
        if thread is not None:
            thread.close(within_s=1.0)

    # What comes and goes (the watch's thread)

    def _heard(self, event: CardEvent) -> None:
        match event:
            case CardRemoved(reader=reader) | ReaderRemoved(reader=reader):
                self._gone(reader)
            case CardInserted(card=card):
                self._crew.do(lambda: self._come(card.reader))
            case _:
                pass
        self._publish(Changed(aspects=("cards",)))

    def _gone(self, reader: str) -> None:
        with self._guard:
            self._goings[reader] = self._goings.get(reader, 0) + 1
            lost = {each.fingerprint for each in self._known.pop(reader, ())}
            self._serials.pop(reader, None)
            prompts = [prompt for prompt, about in self._prompted.items() if about == reader]
        self._pulled(reader, frozenset(lost))
        for prompt in prompts:
            self._withdraw(prompt)

    def _come(self, reader: str) -> None:
        try:
            certificates = self._read(reader)
        except MssError as error:
            _log.info("a card was not read: %s", error.code)
            return
        self._publish(Changed(aspects=("cards",)))
        self._seen(certificates)

    def _read(self, reader: str) -> tuple[CardCertificate, ...]:
        """The certificates of the card in a reader, without PIN; once for each card."""
        with self._guard:
            known, goings = self._known.get(reader), self._goings.get(reader, 0)
        if known is not None:
            return known
        found: tuple[CardCertificate, ...] = ()
        serial = ""
        for token in self._tokens(reader):
            try:
                found += token.certificates()
                serial = serial or token.serial
            finally:
                token.close(reset=False)
        with self._guard:
            if self._watch is not None and self._goings.get(reader, 0) == goings:
                self._known[reader], self._serials[reader] = found, serial
        return found

    def _tokens(self, reader: str = "") -> "tuple[Token, ...]":
        from mssclient.access.card.token import open_tokens

        return open_tokens(self.thread, reader=reader, module=self.module)

    # What windows ask

    def read(self) -> CardsAnswer:
        """Readers and certificates now. Begins the watch. Blocks while cards are read, without any PIN."""
        self.begin()
        try:
            states = self.thread.call(_look)
        except WorldError as error:
            return self._read_modules(error)
        certificates: dict[str, tuple[CardCertificate, ...]] = {}
        problem: MssError | None = None if states else self._no_reader()
        for state in states:
            if state.present:
                try:
                    certificates[state.reader] = self._read(state.reader)
                except MssError as error:
                    problem = error
        with self._guard:
            serials = dict(self._serials)
        cards = tuple(
            msgspec.structs.replace(state, serial=serials.get(state.reader, "")) if state.present else state
            for state in states
        )
        return CardsAnswer(
            cards=cards, certificates=certificates, problem=None if problem is None else problem.problem
        )

    def _read_modules(self, error: WorldError) -> CardsAnswer:
        """Without PC/SC: what a PKCS#11 module shows."""
        states: list[CardState] = []
        certificates: dict[str, tuple[CardCertificate, ...]] = {}
        try:
            for token in self._tokens():
                try:
                    certificates[token.reader] = token.certificates()
                finally:
                    token.close(reset=False)
                states.append(
                    CardState(
                        reader=token.reader, present=True, generation=token.generation, serial=token.serial
                    )
                )
        except MssError as second:
            known = error if second.code == "card-no-library" else second
            return CardsAnswer(problem=known.problem)
        return CardsAnswer(cards=tuple(states), certificates=certificates)

    @staticmethod
    def _no_reader() -> MssError:
        from mssclient.access.card.problems import no_reader

        return no_reader()

    # Unlocking

    def unlock(
        self,
        fits: Fits,
        ask: Asking,
        withdraw: Callable[[str], None],
    ) -> "CardIdentity":
        """Find the card, ask for its PIN, show it. Blocks as long as the person does.

        Raises WorldError card-absent, card-no-reader, card-no-service, card-no-library, card-busy,
        card-removed; Refused card-other-person, card-certificate-expired, card-forged, pin-blocked,
        pin-cancelled.
        """
        from mssclient.access.card.identity import CardIdentity

        self.begin()
        tokens = self._tokens()
        try:
            token, certificate = _fitting(tokens, fits)
            identity = CardIdentity(token, certificate)  # an ended one is told before the PIN
            self.ask_pin(token, certificate, ask, withdraw)
            identity.prove()
        except BaseException:
            for token in tokens:
                token.close(reset=False)
            raise
        for other in tokens:
            if other is not token:
                other.close(reset=False)
        return identity

    def ask_pin(
        self,
        token: "Token",
        certificate: CardCertificate,
        ask: Asking,
        withdraw: Callable[[str], None],
    ) -> None:
        """Ask for the PIN of an open card and show it. The prompt is withdrawn when the card is pulled.

        Raises Refused pin-blocked, pin-cancelled, pin-wrong (the person gave up after it); WorldError
        card-removed and the others of a card.
        """
        with self._guard:
            self._withdraw = withdraw
            goings = self._goings.get(token.reader, 0)
        _ask_pin(token, certificate, self._asking(ask, token.reader))
        with self._guard:
            self._unlocked[token.reader] = goings

    def was_pulled(self, reader: str) -> bool:
        """Whether the card that was unlocked in ``reader`` has left it since."""
        with self._guard:
            return self._goings.get(reader, 0) != self._unlocked.get(reader, 0)

    def _asking(self, ask: Asking, reader: str) -> Asking:
        """Withdrawn when the card is pulled meanwhile."""

        def asking(prompt: Prompt) -> PromptAnswer:
            with self._guard:
                self._prompted[prompt.id] = reader
            try:
                return ask(prompt)
            finally:
                with self._guard:
                    self._prompted.pop(prompt.id, None)

        return asking


def _fitting(tokens: "Sequence[Token]", fits: Fits) -> "tuple[Token, CardCertificate]":
    """A card that cannot be read does not keep the right one in another reader from being found."""
    failure: WorldError | None = None
    for token in tokens:
        try:
            certificates = token.certificates()
        except WorldError as error:
            failure = error
            continue
        for certificate in certificates:
            if certificate.usage != "signature" and fits(certificate):
                return token, certificate
    raise failure or _other_person()


def _ask_pin(token: "Token", certificate: CardCertificate, ask: Asking) -> None:
    """Ask for the PIN until the card takes it. Each was typed for this one try; the prompt says how many
    are left."""
    from mssclient.access.card.problems import pin_blocked, token_pin_blocked

    of_card = bool(token.generation)
    wrong: Refused | None = None
    while True:
        left = token.tries_left()
        if left == 0:
            raise pin_blocked() if of_card else token_pin_blocked()
        prompt = Prompt(
            id=PromptId(new_id()),
            kind="pin",
            title=_("Code de la carte") if of_card else _("Code du certificat"),
            sentence=_("Saisissez le code de la carte CPS pour ouvrir la messagerie.")
            if of_card
            else _("Saisissez le code (PIN) de ce certificat pour ouvrir la messagerie."),
            holder=holder_name(certificate),
            tries_left=left,
            length=(4, 4) if of_card else TOKEN_PIN_LENGTHS,
            problem="" if wrong is None else wrong.sentence,
        )
        answer = ask(prompt)
        if not answer.accepted:
            token.tries_left()  # a card that was pulled says so itself
            raise wrong or Refused(
                "pin-cancelled",
                _("Le code de la carte n’a pas été donné.")
                if of_card
                else _("Le code du certificat n’a pas été donné."),
                _("Recommencez quand vous voulez\u202f; aucun essai n’a été perdu."),
            )
        try:
            token.verify(bytearray(answer.secret.value.encode("ascii" if of_card else "utf-8", "replace")))
        except Refused as error:
            if error.code not in ("pin-wrong", "pin-malformed"):
                raise
            wrong = error
        else:
            return


def holder_name(certificate: CardCertificate) -> str:
    """« PERRIN Dominique · médecin »: whose card it is."""
    name = " ".join(filter(None, (certificate.surname, certificate.given_name)))
    return " · ".join(filter(None, (name or certificate.common_name, certificate.profession)))


def _other_person() -> Refused:
    return Refused(
        "card-other-person",
        _("La carte insérée est celle d’une autre personne."),
        _("Insérez la carte de la personne à qui est cette messagerie, ou changez de personne."),
    )


def _look() -> tuple[CardState, ...]:
    """On the card thread: what every reader holds now."""
    from mssclient.access.card.readers import card_state
    from mssclient.access.card.scard import Context

    context = Context()
    try:
        return tuple(card_state(each) for each in context.look())
    finally:
        context.release()
