"""Pictures of the kit, to be looked at: ``python -m tests.ui.gallery FOLDER [light dark contrast]``."""

import os
import sys
from pathlib import Path

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtWidgets import QApplication, QRadioButton, QWidget

from ui import kit
from ui.theme import TAGS, VERDICTS, appearance, give_font
from ui.theme.words import NBSP


def block(title: str, *items: object, gap: int = 10) -> QWidget:
    return kit.frame(
        "card",
        kit.box("v", kit.label(title, "small", 600, "muted"), *items, None, m=(16, 12, 16, 14), gap=gap),
    )


def gallery() -> QWidget:
    verdicts = block("Verdicts", *[kit.box("h", kit.verdict_pill(level), None) for level in VERDICTS], gap=8)
    tags = list(TAGS["light"])
    marks = block(
        "Étiquettes",
        kit.box("h", *[kit.tag_pill(name, name.title()) for name in tags[:4]], None, gap=6),
        kit.box("h", *[kit.tag_pill(name, name.title()) for name in tags[4:]], None, gap=6),
        kit.box("h", *[kit.document_badge(name) for name in ("BIO", "CDA", "HPRIM", "PDF")], None, gap=6),
        kit.box(
            "h", kit.Avatar("Laboratoire Valvert"), kit.Tile("file-text"), kit.Tile("mail", "bleu"), None
        ),
    )
    disabled = kit.button("Inactif", "primary", "pen-line")
    disabled.setEnabled(False)
    buttons = block(
        "Boutons",
        kit.box(
            "h",
            kit.button("Principal", "primary"),
            kit.button("Nouveau", "primary", "pen-line"),
            disabled,
            None,
        ),
        kit.box(
            "h",
            kit.button("Secondaire"),
            kit.button("Discret", "quiet"),
            kit.button("Supprimer", "danger"),
            None,
        ),
        kit.box("h", kit.button("Envoyer — sécurisé", "secure", "v-secure"), None),
        kit.box("h", kit.button("Envoyer en clair…", "clear", "v-clear"), None),
        kit.box(
            "h",
            kit.button("Répondre", "plain", "reply"),
            kit.button("Champ", "plain", "plus", chevron=True),
            None,
        ),
        kit.box("h", kit.tool("tag", "Étiquettes", "L"), kit.Segmented(["Tableau", "Texte d’origine"]), None),
    )
    wrong = kit.Field("Adresse", kit.line_edit("Adresse", "camille.aubry@"))
    wrong.set_error(f"Adresse incomplète{NBSP}: ajoutez le domaine.")
    radio = QRadioButton("Choix")
    radio.setChecked(True)
    give_font(radio)
    fields = block(
        "Champs",
        kit.line_edit("Indication", "", "Indication"),
        wrong,
        kit.box(
            "h",
            kit.check_box("Coché", on=True),
            kit.check_box("Libre"),
            radio,
            None,
            kit.combo("Droit", "Lecture"),
        ),
        kit.SearchBox("Rechercher un message", "Ctrl+K"),
    )
    on = kit.Chip("Tous")
    on.setChecked(True)
    chips = block(
        "Filtres",
        kit.box("h", on, kit.Chip("Non lus", count=9), kit.Chip("Étiquettes", menu=True), None, gap=6),
        kit.box(
            "h",
            kit.RouteChip("Dr Sauvignet", "mssante"),
            kit.RouteChip("Jeanne LEROUX", "patient"),
            None,
            gap=6,
        ),
        kit.box("h", kit.RouteChip("m.perret@courriel.example", "ordinary"), None),
    )
    small = lambda text: kit.button(text, "secondary", small=True)  # noqa: E731
    bars = block(
        "Barres",
        kit.MessageBar(
            "info", "Une mise à jour de la liste blanche est disponible.", [small("Mettre à jour")]
        ),
        kit.MessageBar(
            "success", "3 résultats ont été déposés.", [kit.button("Ouvrir", "quiet", small=True)]
        ),
        kit.MessageBar("warning", "La boîte est presque pleine.", [small("Archiver…")], dismiss=True),
        kit.MessageBar("danger", "Envoi impossible : la carte a été retirée.", [small("Réessayer")]),
    )
    banners = []
    for level, words in (
        ("mssante", "expéditeur vérifié"),
        ("doubtful", "le nom affiché imite MSSanté"),
        ("unknown", ""),
    ):
        banner = kit.VerdictBanner()
        banner.show_verdict(level, words)
        banners.append(banner)
    progress = kit.ProgressLine()
    progress.show_progress("Téléchargement", 13, 18)
    gauges = block(
        "Jauges", progress, kit.Gauge("70 %", 0.7), kit.Gauge("84 %", 0.84), kit.Gauge("100 %", 1.0)
    )
    empty = block(
        "Vide",
        kit.EmptyState(
            "mail-open",
            "Aucun message non lu",
            "Tout est à jour.",
            kit.button("Voir tous les messages", "quiet"),
        ),
    )
    page = kit.wrap(
        kit.box(
            "h",
            kit.box("v", verdicts, marks, gauges, gap=12),
            kit.box("v", buttons, fields, gap=12),
            kit.box("v", bars, chips, block("Bandeau", *banners), empty, gap=12),
            m=16,
            gap=12,
        ),
        "chrome",
    )
    page.resize(1366, 900)
    return page


def main() -> None:
    app = QApplication.instance() or QApplication([])
    assert isinstance(app, QApplication)
    appearance().install(app)
    page = gallery()
    page.show()
    toasts = kit.Toasts(page)
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for theme in sys.argv[2:] or ["light", "dark", "contrast"]:
        appearance().choose(theme=theme)
        toasts.say("Message archivé", "archive", undo=lambda: None)
        app.processEvents()
        page.grab().save(str(folder / f"kit_{theme}.png"))


if __name__ == "__main__":
    main()
