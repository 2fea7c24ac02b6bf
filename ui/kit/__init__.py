"""Small widgets shared by all screens; each has an accessible name and answers the keyboard."""

from ui.kit.badges import Avatar, Gauge, Pill, Tile, document_badge, tag_pill, verdict_pill
from ui.kit.bars import EmptyState, MessageBar, ProgressLine, problem_sentence
from ui.kit.buttons import Button, Segmented, button, tool
from ui.kit.chips import Chip, RouteChip
from ui.kit.dialogs import Dialog, Popover, ask_choice
from ui.kit.fields import Field, SearchBox, check_box, combo, line_edit, secret_edit, spin
from ui.kit.focus import FocusRing, turn_to
from ui.kit.layout import Elide, Glyph, Strip, box, empty_layout, frame, hline, label, set_role, wrap
from ui.kit.toasts import Toasts
from ui.kit.verdict import VerdictBanner, open_why

__all__ = [
    "Avatar",
    "Button",
    "Chip",
    "Dialog",
    "Elide",
    "EmptyState",
    "Field",
    "FocusRing",
    "Gauge",
    "Glyph",
    "MessageBar",
    "Pill",
    "Popover",
    "ProgressLine",
    "RouteChip",
    "SearchBox",
    "Segmented",
    "Strip",
    "Tile",
    "Toasts",
    "VerdictBanner",
    "ask_choice",
    "box",
    "button",
    "check_box",
    "combo",
    "document_badge",
    "empty_layout",
    "frame",
    "hline",
    "label",
    "line_edit",
    "open_why",
    "problem_sentence",
    "secret_edit",
    "set_role",
    "spin",
    "tag_pill",
    "tool",
    "turn_to",
    "verdict_pill",
    "wrap",
]
