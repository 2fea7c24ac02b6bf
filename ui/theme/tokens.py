"""Colours and metrics: the only place that holds hexadecimal colours.

``T`` reads the theme of the moment, so ask it while painting and never keep its answers.
Names are those of the visual language: « soft » is a fill, « line » a border; text on a fill is ``text``.
"""

from typing import Any

__all__ = ["CTRL", "CTRL_S", "FOLDER_ROW", "PT", "RADIUS", "ROW", "SECTION_ROW", "TAGS", "THEMES", "TOOLBAR"]
__all__ += ["TOP_BAR", "VERDICTS", "T"]

LIGHT = {
    "chrome": "#EFF2F6",
    "surface": "#FFFFFF",
    "sunken": "#F6F8FA",
    "raised": "#FFFFFF",
    "border": "#DCE1E8",
    "outline": "#7F8998",
    "text": "#18212F",
    "muted": "#525E70",
    "disabled": "#939CAA",
    "accent": "#1F58C7",
    "accent_hover": "#1A4BAA",
    "accent_press": "#153D8B",
    "on_accent": "#FFFFFF",
    "accent_text": "#1B50B5",
    "accent_soft": "#E6EEFC",
    "hover": "#EDF1F5",
    "press": "#E2E7EE",
    "sel": "#DBE7FC",
    "sel_idle": "#E6EAF0",
    "sel_text": "#18212F",
    "sel_muted": "#46536A",
    "focus": "#1F58C7",
    "scrim": "#66101828",
    "shadow": "#101828",
    "success": "#14663A",
    "success_soft": "#E4F4EA",
    "success_line": "#A6D7B9",
    "info": "#1B50B5",
    "info_soft": "#E6EFFD",
    "info_line": "#B4CCF5",
    "warning": "#874700",
    "warning_soft": "#FFF2D9",
    "warning_line": "#EDC274",
    "danger": "#B0231C",
    "danger_soft": "#FDEAE8",
    "danger_line": "#EFB1AB",
    "patient": "#6532B4",
    "patient_soft": "#F1EAFC",
    "patient_line": "#CDB6EF",
    "apicrypt": "#0A6176",
    "apicrypt_soft": "#E0F3F7",
    "apicrypt_line": "#A0D3DE",
    "warning_fill": "#F5B83D",
    "on_warning_fill": "#2B1900",
    "success_fill": "#17753F",
    "danger_fill": "#B0231C",
    "toast": "#18212F",
    "on_toast": "#FFFFFF",
    "toast_link": "#A9C8FF",
}
DARK = {
    "chrome": "#13171D",
    "surface": "#1A1F27",
    "sunken": "#20262F",
    "raised": "#252C36",
    "border": "#323A46",
    "outline": "#76818F",
    "text": "#E6EAF0",
    "muted": "#A5AFBD",
    "disabled": "#69737F",
    "accent": "#2F67D8",
    "accent_hover": "#376EDC",
    "accent_press": "#2859BE",
    "on_accent": "#FFFFFF",
    "accent_text": "#8DB5FF",
    "accent_soft": "#1F3154",
    "hover": "#232A34",
    "press": "#2C3440",
    "sel": "#233C66",
    "sel_idle": "#2B333F",
    "sel_text": "#F2F5F9",
    "sel_muted": "#B9C6DA",
    "focus": "#8DB5FF",
    "scrim": "#99000000",
    "shadow": "#000000",
    "success": "#6FD59A",
    "success_soft": "#15301F",
    "success_line": "#2C5C40",
    "info": "#8DB5FF",
    "info_soft": "#1A2A47",
    "info_line": "#33507F",
    "warning": "#F4BE59",
    "warning_soft": "#352711",
    "warning_line": "#6A4F1F",
    "danger": "#FF9B92",
    "danger_soft": "#3B1C1B",
    "danger_line": "#743833",
    "patient": "#C9A8FF",
    "patient_soft": "#2C2145",
    "patient_line": "#54417F",
    "apicrypt": "#71CFE2",
    "apicrypt_soft": "#122F37",
    "apicrypt_line": "#2A5A67",
    "warning_fill": "#F4BE59",
    "on_warning_fill": "#2B1900",
    "success_fill": "#1D7A45",
    "danger_fill": "#C0362E",
    "toast": "#323A46",
    "on_toast": "#F2F5F9",
    "toast_link": "#A9C8FF",
}
CONTRAST = {
    "chrome": "#000000",
    "surface": "#000000",
    "sunken": "#000000",
    "raised": "#000000",
    "border": "#FFFFFF",
    "outline": "#FFFFFF",
    "text": "#FFFFFF",
    "muted": "#E4E4E4",
    "disabled": "#9A9A9A",
    "accent": "#FFD60A",
    "accent_hover": "#FFE566",
    "accent_press": "#E0BB00",
    "on_accent": "#000000",
    "accent_text": "#7FD4FF",
    "accent_soft": "#000000",
    "hover": "#2A2A2A",
    "press": "#3A3A3A",
    "sel": "#FFD60A",
    "sel_idle": "#3D3D3D",
    "sel_text": "#000000",
    "sel_muted": "#1F1A00",
    "focus": "#FFD60A",
    "scrim": "#CC000000",
    "shadow": "#000000",
    "success": "#4DF08F",
    "success_soft": "#000000",
    "success_line": "#4DF08F",
    "info": "#7FD4FF",
    "info_soft": "#000000",
    "info_line": "#7FD4FF",
    "warning": "#FFC83D",
    "warning_soft": "#000000",
    "warning_line": "#FFC83D",
    "danger": "#FF9A94",
    "danger_soft": "#000000",
    "danger_line": "#FF9A94",
    "patient": "#D8B8FF",
    "patient_soft": "#000000",
    "patient_line": "#D8B8FF",
    "apicrypt": "#7DE3F4",
    "apicrypt_soft": "#000000",
    "apicrypt_line": "#7DE3F4",
    "warning_fill": "#FFC83D",
    "on_warning_fill": "#000000",
    "success_fill": "#4DF08F",
    "danger_fill": "#FF9A94",
    "toast": "#FFFFFF",
    "on_toast": "#000000",
    "toast_link": "#003A9E",
}
THEMES = {"light": LIGHT, "dark": DARK, "contrast": CONTRAST}

TAGS: dict[str, dict[str, tuple[str, str]]] = {
    "light": {
        "rouge": ("#FBDFDC", "#8C1D18"),
        "orange": ("#FFE3CC", "#7A3A00"),
        "jaune": ("#FBEDB5", "#5F4700"),
        "vert": ("#D9F0DE", "#155B31"),
        "turquoise": ("#D2EFF0", "#0A5660"),
        "bleu": ("#DCE7FC", "#1B4599"),
        "violet": ("#EBE0FB", "#562A9C"),
        "gris": ("#E4E8ED", "#3D4859"),
    },
    "dark": {
        "rouge": ("#55231F", "#FFC5BF"),
        "orange": ("#53300F", "#FFCE9F"),
        "jaune": ("#4A3C09", "#F5DC7E"),
        "vert": ("#1B4429", "#A9E6BD"),
        "turquoise": ("#123F45", "#9ADFE6"),
        "bleu": ("#213B6C", "#BDD3FF"),
        "violet": ("#3C2A63", "#DAC5FF"),
        "gris": ("#38414D", "#D0D7E0"),
    },
    "contrast": {
        "rouge": ("#000000", "#FF9A94"),
        "orange": ("#000000", "#FFB870"),
        "jaune": ("#000000", "#FFE566"),
        "vert": ("#000000", "#4DF08F"),
        "turquoise": ("#000000", "#7DE3F4"),
        "bleu": ("#000000", "#7FD4FF"),
        "violet": ("#000000", "#D8B8FF"),
        "gris": ("#000000", "#FFFFFF"),
    },
}
"""The eight colours of tags: (background, text). People rename tags, never pick a free colour."""

VERDICTS: dict[str, tuple[str, str]] = {
    "mssante": ("v-secure", "success"),
    "patient": ("v-patient", "patient"),
    "apicrypt": ("v-apicrypt", "apicrypt"),
    "ordinary": ("v-clear", "warning"),
    "doubtful": ("v-doubt", "danger"),
    "unknown": ("circle-help", "muted"),
}
"""Level of a verdict → (glyph, colour role). The word is ``words.verdict_word``: three codes, always."""

RADIUS = {"badge": 4, "control": 6, "bar": 8, "card": 10, "sheet": 12, "dialog": 14}
CTRL, CTRL_S = 32, 28
ROW = {"aeree": 72, "confortable": 60, "compacte": 30}
FOLDER_ROW, SECTION_ROW, TOOLBAR, TOP_BAR = 30, 28, 48, 52
PT = {"micro": 8.25, "small": 9.0, "base": 9.75, "read": 10.5, "h3": 11.25, "h2": 13.5, "h1": 18.0}
"""Point sizes at 100 %: 11, 12, 13, 14, 15, 18 and 24 px on a 96 dpi screen."""


class _Current:
    """The theme of the moment: ``T.text``, ``T.accent_soft``… Changed by ``Appearance`` only."""

    name = "light"

    def __getattr__(self, token: str) -> Any:
        try:
            return THEMES[self.name][token]
        except KeyError:
            raise AttributeError(token) from None

    @property
    def dark(self) -> bool:
        return self.name != "light"

    @property
    def contrast(self) -> bool:
        return self.name == "contrast"

    def role(self, name: str, part: str = "") -> str:
        """The colour of a role, its "soft" fill or its "line": ``T.role("danger", "soft")``."""
        palette = THEMES[self.name]
        return palette.get(
            f"{name}_{part}" if part else name, palette["sunken" if part == "soft" else "border"]
        )

    def tag(self, colour: str) -> tuple[str, str]:
        """(background, text) of a tag; an unknown colour is grey."""
        tags = TAGS[self.name]
        return tags.get(colour, tags["gris"])


T = _Current()
