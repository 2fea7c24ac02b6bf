"""What « Suivi des envois » says of a sending and of an action that waits for the person. Pure; no Qt."""

from mssclient.model.drafts import OutboxItem
from mssclient.model.language import _
from mssclient.model.wants import WantView
from ui.theme.words import NBSP

__all__ = ["action_words", "needs_attention", "recipients_words", "state_words"]

_MOST_NAMED = 4


def needs_attention(item: OutboxItem) -> bool:
    """The person has something to decide: the red badge of the rail counts these."""
    return item.state in ("parked", "uncertain")


def recipients_words(item: OutboxItem) -> str:
    """« À : a@…, b@…, … (+3) »"""
    more = len(item.recipients) - _MOST_NAMED
    named = ", ".join(item.recipients[:_MOST_NAMED]) + (f", … (+{more})" if more > 0 else "")
    return _("À{nb}: {who}").format(nb=NBSP, who=named)


def state_words(item: OutboxItem) -> tuple[str, str, str]:
    """(icon, colour role, words) of a sending."""
    told = f"{item.problem.sentence} {item.problem.remedy}".strip() if item.problem is not None else ""
    if item.state == "uncertain":
        words = _(
            "Incertain{nb}: la liaison a été coupée avant la réponse de l’opérateur. "
            "Le message n’est pas renvoyé tout seul. Cherchez-le dans «\u00a0Envoyés\u00a0», ou demandez "
            "au destinataire."
        )
        return "circle-help", "warning", words.format(nb=NBSP)
    if item.state == "parked":
        return "octagon-alert", "danger", told or _("L’opérateur a refusé ce message.")
    if item.state == "done":
        filed = _("Envoyé et classé dans «\u00a0Envoyés\u00a0».") if item.filed else _("Envoyé.")
        return "circle-check", "success", filed
    if item.state == "undone":
        return "undo-2", "muted", _("Remis en brouillon.")
    if item.state == "doing":
        return "send", "info", _("Envoi en cours…")
    waits = _("En attente{nb}: part dès que la liaison est rétablie.").format(nb=NBSP)
    return "clock", "muted", told or waits


def action_words(want: WantView) -> tuple[str, str]:
    """(what was asked, why it is not done) of a parked action."""
    title = want.describe or _("Action sur des messages")
    return title, f"{want.sentence} {want.remedy}".strip() or _("L’opérateur a refusé cette action.")
