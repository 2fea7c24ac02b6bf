"""Second page: the servers that were found, every step under « Détails », or the form to fill in."""

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QComboBox, QLineEdit, QSpinBox, QWidget

from mssclient.model.accounts import Endpoint
from mssclient.model.changes import Progress
from mssclient.model.errors import Problem
from mssclient.model.language import _
from mssclient.model.operators import Discovery, DiscoveryStep, Proposal
from mssclient.model.questions import Discover, DiscoveryAnswer
from ui.accounts.assistant.page import Draft, Page
from ui.kit import (
    Field,
    Glyph,
    MessageBar,
    ProgressLine,
    box,
    button,
    check_box,
    combo,
    empty_layout,
    label,
    line_edit,
    problem_sentence,
    spin,
)
from ui.kit.layout import wrap
from ui.theme.words import NBSP

if TYPE_CHECKING:
    from ui.bridge import Bridge

__all__ = ["ServersPage"]

_SECURITY = (("tls", "TLS"), ("starttls", "STARTTLS"))
_STATES = {
    "found": ("circle-check", "success"),
    "nothing": ("circle", "muted"),
    "failed": ("circle-alert", "warning"),
    "refused": ("octagon-alert", "danger"),
}


class _Service:
    """The three entries of one service."""

    def __init__(self, name: str, port: int) -> None:
        self.host = line_edit(_("{service}, serveur").format(service=name))
        self.port = spin(_("{service}, port").format(service=name), 1, 65535, port)
        words = [each for _key, each in _SECURITY]
        self.security = combo(_("{service}, sécurité").format(service=name), *words)
        self.row = box(
            "h",
            Field(name, self.host),
            Field(_("Port"), self.port),
            Field(_("Sécurité"), self.security),
            gap=12,
        )
        self.row.setStretch(0, 1)

    @property
    def entries(self) -> tuple[QLineEdit, QSpinBox, QComboBox]:
        return self.host, self.port, self.security

    def fill(self, endpoint: Endpoint) -> None:
        self.host.setText(endpoint.host)
        self.port.setValue(endpoint.port)
        self.security.setCurrentIndex([key for key, _word in _SECURITY].index(endpoint.security))

    def endpoint(self) -> Endpoint:
        security = _SECURITY[self.security.currentIndex()][0]
        return Endpoint(host=self.host.text().strip(), port=self.port.value(), security=security)


class ServersPage(Page):
    def __init__(self, bridge: "Bridge", draft: Draft) -> None:
        super().__init__(bridge, draft)
        self.title = _("Serveurs de l’opérateur")
        self.primary = _("Continuer")
        self._asked: str | None = None
        self._searched_for = ("", "")
        self.progress = ProgressLine(cancel=False, inset=0)
        self.said = MessageBar("info")
        self.found = box("v", gap=6)
        self.accept = check_box("")
        self.accept.toggled.connect(lambda _on: self.ready_changed.emit())
        self.imap = _Service(_("Réception (IMAP)"), 993)
        self.smtp = _Service(_("Envoi (SMTP)"), 465)
        self.form = wrap(box("v", self.imap.row, self.smtp.row, gap=12))
        for service in (self.imap, self.smtp):
            service.host.textChanged.connect(lambda _text: self.ready_changed.emit())
        self.edit = button(_("Modifier les serveurs"), "link", on_click=self._by_hand)
        self.details_button = button(_("Détails"), "link", chevron=True)
        self.details_button.setCheckable(True)
        self.details_button.toggled.connect(self._show_details)
        self.steps = box("v", gap=4)
        self.details = wrap(self.steps)
        self.setLayout(
            box(
                "v",
                self.progress,
                self.said,
                wrap(self.found),
                self.form,
                self.accept,
                box("h", self.details_button, self.edit, None),
                self.details,
                gap=10,
            )
        )
        bridge.progress.connect(self._progressed)

    # Searching

    def enter(self) -> None:
        wanted = (self.draft.address, self.draft.operator_id)
        if wanted == self._searched_for:
            return
        self._searched_for = wanted
        self._clear()
        self.progress.show()
        self.progress.show_progress(_("Recherche des serveurs"), 0, 0)
        question = Discover(address=self.draft.address, operator=self.draft.operator_id)
        self._asked = self.bridge.ask(question, self._answered, owner=self)
        self.ready_changed.emit()

    def _clear(self) -> None:
        for part in (self.said, self.form, self.accept, self.edit, self.details_button, self.details):
            part.hide()
        empty_layout(self.found)
        empty_layout(self.steps)
        self.draft.by_hand = False
        self.draft.proposal = None

    def leave(self) -> bool:
        if self._asked is not None:
            self.bridge.cancel(self._asked)
            self._asked = None
            self._searched_for = ("", "")
        return True

    def _progressed(self, progress: Progress) -> None:
        if progress.id == self._asked:
            self.progress.show_progress(_("Recherche des serveurs"), progress.done, progress.total)

    def _answered(self, answer: object) -> None:
        self._asked = None
        self.progress.hide()
        if isinstance(answer, DiscoveryAnswer):
            self.draft.operator = answer.operator
            self._show(answer.discovery)
        elif isinstance(answer, Problem):
            self._say("danger", problem_sentence(answer))
            self._by_hand()
        self.ready_changed.emit()
        self.grown.emit()
        if not self.draft.by_hand and not self.accept.isVisible():
            self.idle.emit()

    def _show(self, discovery: Discovery) -> None:
        for step in discovery.steps:
            self.steps.addWidget(_step_line(step))
        self.details_button.setVisible(bool(discovery.steps))
        self.draft.proposal = discovery.proposal
        if discovery.proposal is None:
            words = _(
                "Aucun serveur n’a été trouvé. Recopiez ceux que votre opérateur vous a donnés\u202f; "
                "la liaison est toujours chiffrée."
            )
            if discovery.problem is not None:
                words = problem_sentence(discovery.problem)
            again = button(_("Chercher de nouveau"), "secondary", small=True, on_click=self._search_again)
            self._say("warning", " ".join(filter(None, (words, self._whom_to_call()))), again)
            if discovery.guess is not None:
                self._fill(discovery.guess)
            self._by_hand()
            return
        self._fill(discovery.proposal)
        self._show_found(discovery.proposal)
        self.edit.show()

    def _show_found(self, proposal: Proposal) -> None:
        operator = self.draft.operator
        if operator is not None:
            self.found.addWidget(label(operator.name, "base", 600))
            if operator.remark:
                self.found.addWidget(label(operator.remark, wrap=True))
        for name, endpoint in ((_("Réception"), proposal.imap), (_("Envoi"), proposal.smtp)):
            words = _("{service}{nb}: {host}, port {port}, {security}").format(
                service=name,
                host=endpoint.host,
                port=endpoint.port,
                security=dict(_SECURITY)[endpoint.security],
                nb=NBSP,
            )
            self.found.addLayout(
                box("h", Glyph("circle-check", "success", 16), label(words, wrap=True), gap=8)
            )
        if proposal.outside:
            hosts = ", ".join(proposal.outside)
            self._say(
                "warning",
                _(
                    "Ces serveurs n’appartiennent pas au domaine de votre adresse{nb}: {hosts}. "
                    "Vérifiez auprès de votre opérateur avant d’accepter."
                ).format(hosts=hosts, nb=NBSP),
            )
            self.accept.setText(_("Mon opérateur utilise bien ces serveurs"))
            self.accept.setChecked(False)
            self.accept.show()

    def _whom_to_call(self) -> str:
        operator = self.draft.operator
        if operator is None or not operator.phone:
            return ""
        return _("Assistance de {name}{nb}: {phone}.").format(
            name=operator.name, phone=operator.phone.replace(" ", NBSP), nb=NBSP
        )

    def _fill(self, proposal: Proposal) -> None:
        self.imap.fill(proposal.imap)
        self.smtp.fill(proposal.smtp)

    def _by_hand(self) -> None:
        self.draft.by_hand = True
        empty_layout(self.found)
        self.accept.hide()
        self.edit.hide()
        self.form.show()
        self.imap.host.setFocus()
        self.ready_changed.emit()
        self.grown.emit()

    def _show_details(self, shown: bool) -> None:
        self.details.setVisible(shown)
        self.grown.emit()

    def _search_again(self) -> None:
        self._searched_for = ("", "")
        self.enter()

    def _say(self, kind: str, words: str, *actions: QWidget) -> None:
        self.said.say(kind, words, actions)
        self.said.show()

    # Going on

    def ready(self) -> bool:
        if self._asked is not None:
            return False
        if self.draft.by_hand:
            return all(service.host.text().strip() for service in (self.imap, self.smtp))
        proposal = self.draft.proposal
        return proposal is not None and (not proposal.outside or self.accept.isChecked())

    def go(self) -> None:
        draft, proposal = self.draft, self.draft.proposal
        if draft.by_hand:
            # What the person typed is the person's own decision.
            draft.imap, draft.smtp = self.imap.endpoint(), self.smtp.endpoint()
            draft.confirmed_hosts = (draft.imap.host, draft.smtp.host)
        elif proposal is not None:
            draft.imap, draft.smtp = proposal.imap, proposal.smtp
            draft.confirmed_hosts = proposal.outside
        self.done.emit()


def _step_line(step: DiscoveryStep) -> QWidget:
    glyph, role = _STATES.get(step.state, _STATES["nothing"])
    words = f"{step.what}{NBSP}: {step.sentence}" if step.what else step.sentence
    line = wrap(
        box("h", Glyph(glyph, role, 14), label(words, "small", 400, "muted", wrap=True, select=True), gap=8)
    )
    line.setAccessibleName(words)
    return line
