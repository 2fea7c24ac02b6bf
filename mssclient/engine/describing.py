"""Wants in one French sentence, for the list of what is waiting: no subject, no address."""

from mssclient.model.language import _, ngettext
from mssclient.model.wants import ANY_WANT, Append, Copy, Delete, MarkFlags, Move, Submit
from mssclient.store.view import View

__all__ = ["describe"]


def describe(want: ANY_WANT, view: View) -> str:
    """ "" for a want that the journal does not hold."""
    match want:
        case MarkFlags():
            return _describe_mark(want)
        case Move():
            return ngettext(
                "Déplacer {count} message vers {folder}",
                "Déplacer {count} messages vers {folder}",
                len(want.placements),
            ).format(count=len(want.placements), folder=_folder_name(view, want.folder))
        case Copy():
            return ngettext(
                "Copier {count} message vers {folder}",
                "Copier {count} messages vers {folder}",
                len(want.placements),
            ).format(count=len(want.placements), folder=_folder_name(view, want.folder))
        case Delete():
            return ngettext(
                "Supprimer {count} message", "Supprimer {count} messages", len(want.placements)
            ).format(count=len(want.placements))
        case Append():
            return _("Ranger un message dans {folder}").format(folder=_folder_name(view, want.folder))
        case Submit():
            return _("Envoyer un message")
        case _:
            return ""


def _folder_name(view: View, folder: int) -> str:
    for known in view.folders():
        if known.id == folder:
            return known.name
    return "?"


def _describe_mark(want: MarkFlags) -> str:
    count = len(want.placements)
    sentences: dict[tuple[tuple[str, ...], tuple[str, ...]], str] = {
        (("seen",), ()): ngettext(
            "Marquer {count} message comme lu", "Marquer {count} messages comme lus", count
        ),
        ((), ("seen",)): ngettext(
            "Marquer {count} message comme non lu", "Marquer {count} messages comme non lus", count
        ),
        (("flagged",), ()): ngettext("Suivre {count} message", "Suivre {count} messages", count),
        ((), ("flagged",)): ngettext(
            "Ne plus suivre {count} message", "Ne plus suivre {count} messages", count
        ),
        (("answered",), ()): ngettext(
            "Marquer {count} message comme répondu", "Marquer {count} messages comme répondus", count
        ),
    }
    other = ngettext("Étiqueter {count} message", "Étiqueter {count} messages", count)
    return sentences.get((tuple(want.add), tuple(want.remove)), other).format(count=count)
