"""The one style sheet and the palette, made from the tokens of the theme of the moment.

No font here: a style sheet would drop the tabular figures and the point sizes (see ``fonts``).
"""

from PySide6.QtGui import QColor, QPalette

from ui.theme.fonts import scaled
from ui.theme.tokens import CTRL, CTRL_S, RADIUS, T

__all__ = ["palette", "sheet"]

_ROLES = ("muted", "accent_text", "danger", "warning", "success", "info", "patient", "apicrypt")
_ROLES += ("sel_text", "sel_muted", "on_toast", "on_accent")


def sheet() -> str:
    """Style sheet of the whole application."""
    return "\n".join((_surfaces(), _buttons(), _fields(), _boxes(), _lists(), _menus()))


def _surfaces() -> str:
    labels = "\n".join(f'QLabel[role="{role}"] {{ color: {getattr(T, role)}; }}' for role in _ROLES)
    bars = "\n".join(
        f'QFrame[bar="{role}"] {{ background: {T.role(role, "soft")};'
        f" border: 1px solid {T.role(role, 'line')}; border-radius: {RADIUS['bar']}px; }}"
        for role in ("success", "info", "warning", "danger", "patient", "apicrypt", "muted")
    )
    return f"""
QWidget {{ color: {T.text}; }}
QWidget[bg="chrome"] {{ background: {T.chrome}; }}
QWidget[bg="surface"] {{ background: {T.surface}; }}
QWidget[bg="sunken"] {{ background: {T.sunken}; }}
QDialog, QMessageBox, QMainWindow {{ background: {T.surface}; }}
QLabel {{ background: transparent; }}
QLabel:disabled {{ color: {T.disabled}; }}
{labels}
{bars}
QToolTip {{ background: {T.text}; color: {T.surface}; border: 0; padding: 4px 8px; }}
QFrame[box="sheet"] {{ background: {T.surface}; border: 1px solid {T.border};
  border-radius: {RADIUS["sheet"]}px; }}
QFrame[box="card"] {{ background: {T.surface}; border: 1px solid {T.border};
  border-radius: {RADIUS["card"]}px; }}
QFrame[box="card"][on="true"] {{ border: 2px solid {T.accent}; background: {T.accent_soft}; }}
QFrame[box="well"] {{ background: {T.sunken}; border: 1px solid {T.border};
  border-radius: {RADIUS["card"]}px; }}
QFrame[box="seg"] {{ background: {T.surface if T.contrast else T.press};
  border: {1 if T.contrast else 0}px solid {T.border}; border-radius: 7px; }}
QFrame[box="toast"] {{ background: {T.toast}; border-radius: {RADIUS["bar"]}px; }}
QFrame[line="h"] {{ background: {T.border}; max-height: 1px; min-height: 1px; border: 0; }}
QFrame[line="v"] {{ background: {T.border}; max-width: 1px; min-width: 1px; border: 0; }}
QSplitter::handle {{ background: {T.border}; }}
QSplitter[line="none"]::handle {{ background: transparent; }}
"""


def _buttons() -> str:
    edge = T.outline if T.contrast else T.border
    on_seg = T.sel if T.contrast else (T.border if T.dark else T.raised)
    return f"""
QPushButton {{ min-height: {scaled(CTRL) - 2}px; padding: 0 12px; border-radius: {RADIUS["control"]}px;
  border: 1px solid {edge}; background: {T.raised}; color: {T.text}; }}
QPushButton:hover {{ background: {T.hover}; }}
QPushButton:pressed {{ background: {T.press}; }}
QPushButton:disabled {{ color: {T.disabled}; background: {T.sunken}; }}
QPushButton:focus {{ outline: 0; }}
QPushButton::menu-indicator {{ image: none; width: 0; }}
QPushButton[kind="primary"] {{ background: {T.accent}; color: {T.on_accent}; border-color: {T.accent}; }}
QPushButton[kind="primary"]:hover {{ background: {T.accent_hover}; border-color: {T.accent_hover}; }}
QPushButton[kind="primary"]:pressed {{ background: {T.accent_press}; }}
QPushButton[kind="primary"]:disabled {{ background: {T.press}; color: {T.disabled};
  border-color: {T.press}; }}
QPushButton[kind="danger"] {{ background: {T.danger_fill}; color: {T.on_accent};
  border-color: {T.danger_fill}; }}
QPushButton[kind="secure"] {{ background: {T.success_fill}; color: {T.on_accent};
  border-color: {T.success_fill}; }}
QPushButton[kind="clear"] {{ background: {T.warning_fill}; color: {T.on_warning_fill};
  border-color: {T.warning_fill}; }}
QPushButton[kind="quiet"] {{ background: transparent; border-color: transparent; color: {T.accent_text}; }}
QPushButton[kind="quiet"]:hover {{ background: {T.hover}; }}
QPushButton[kind="quiet"]:disabled {{ color: {T.disabled}; background: transparent; }}
QPushButton[kind="plain"] {{ background: transparent; border-color: transparent; padding: 0 8px; }}
QPushButton[kind="plain"]:hover {{ background: {T.hover}; }}
QPushButton[kind="plain"]:disabled {{ color: {T.disabled}; background: transparent; }}
QPushButton[kind="link"] {{ background: transparent; border: 0; padding: 0; min-height: 24px;
  text-align: left; color: {T.accent_text}; }}
QPushButton[kind="link"]:hover {{ text-decoration: underline; }}
QPushButton[kind="toastlink"] {{ background: transparent; border: 0; padding: 0 2px; min-height: 24px;
  color: {T.toast_link}; }}
QPushButton[kind="toastlink"]:hover {{ text-decoration: underline; }}
QPushButton[kind="seg"] {{ background: transparent; border: 0; min-height: {scaled(24)}px; padding: 0 10px;
  border-radius: 5px; color: {T.muted}; }}
QPushButton[kind="seg"]:checked {{ background: {on_seg}; color: {T.sel_text if T.contrast else T.text}; }}
QPushButton[small="true"] {{ min-height: {scaled(CTRL_S) - 2}px; padding: 0 10px; }}
QPushButton[kind="plain"][small="true"] {{ padding: 0 8px; }}
QPushButton[chevron="true"] {{ padding-right: 28px; }}
QToolButton {{ background: transparent; border: 0; border-radius: {RADIUS["control"]}px; padding: 5px; }}
QToolButton:hover {{ background: {T.hover}; }}
QToolButton:pressed {{ background: {T.press}; }}
QToolButton:checked {{ background: {T.accent_soft}; }}
QToolButton::menu-indicator {{ image: none; }}
"""


def _fields() -> str:
    ring = 3 if T.contrast else 2
    height = scaled(CTRL)
    entries = "QLineEdit, QPlainTextEdit, QTextEdit, QComboBox, QSpinBox, QDateEdit"
    focused = ", ".join(f"{name}:focus" for name in entries.split(", "))
    single = ", ".join(f"{name}:focus" for name in ("QLineEdit", "QComboBox", "QSpinBox", "QDateEdit"))
    chevron = f":/mss/{T.name}/chevron.svg"
    return f"""
{entries} {{ background: {T.surface}; color: {T.text}; border: 1px solid {T.outline};
  border-radius: {RADIUS["control"]}px; padding: 0 10px;
  selection-background-color: {T.accent}; selection-color: {T.on_accent};
  placeholder-text-color: {T.muted}; }}
QLineEdit, QComboBox, QSpinBox, QDateEdit {{ min-height: {height - 2}px; }}
QTextBrowser {{ border: 0; padding: 0; background: transparent; }}
{focused} {{ border: {ring}px solid {T.focus}; }}
{single} {{ padding: 0 {11 - ring}px; min-height: {height - 2 * ring}px; }}
QLineEdit[wrong="true"], QComboBox[wrong="true"] {{ border-color: {T.danger}; }}
QLineEdit:disabled, QComboBox:disabled, QSpinBox:disabled {{ background: {T.sunken}; color: {T.disabled};
  border-color: {T.border}; }}
QLineEdit[bare="true"], QTextEdit[bare="true"], QPlainTextEdit[bare="true"], QTextBrowser[bare="true"] {{
  border: 0; background: transparent; padding: 0; min-height: 24px; }}
QComboBox::drop-down {{ border: 0; width: 28px; }}
QComboBox::down-arrow {{ image: url({chevron}); width: 14px; height: 14px; }}
QComboBox QAbstractItemView {{ background: {T.raised}; border: 1px solid {T.border}; padding: 4px;
  selection-background-color: {T.sel}; selection-color: {T.sel_text}; }}
QComboBox QAbstractItemView::item {{ min-height: {height - 4}px; padding: 0 6px; border-radius: 6px; }}
QComboBox QAbstractItemView::item:selected {{ background: {T.sel}; color: {T.sel_text}; }}
QSpinBox::up-button, QSpinBox::down-button {{ width: 0; border: 0; }}
QSpinBox {{ padding: 0; min-width: 64px; max-height: {height - 2}px; }}
QSpinBox:focus {{ padding: 0; max-height: {height - 2 * ring}px; }}
QSpinBox QLineEdit {{ border: 0; padding: 0; min-height: 0; background: transparent; }}
"""


def _boxes() -> str:
    return f"""
QCheckBox, QRadioButton {{ spacing: 8px; min-height: {scaled(24)}px; background: transparent; }}
QCheckBox:disabled, QRadioButton:disabled {{ color: {T.disabled}; }}
QCheckBox::indicator, QRadioButton::indicator {{ width: 16px; height: 16px; border: 1px solid {T.outline};
  background: {T.surface}; border-radius: 4px; }}
QRadioButton::indicator {{ border-radius: 9px; }}
QCheckBox::indicator:checked {{ background: {T.accent}; border-color: {T.accent};
  image: url(:/mss/{T.name}/tick.svg); }}
QRadioButton::indicator:checked {{ border: 5px solid {T.accent}; width: 8px; height: 8px;
  background: {T.on_accent}; }}
QCheckBox:focus, QRadioButton:focus {{ outline: 0; }}
"""


def _lists() -> str:
    handle = T.outline if T.contrast else (T.border if T.dark else T.press)
    return f"""
QAbstractItemView {{ background: transparent; border: 0; outline: 0;
  selection-background-color: {T.sel}; selection-color: {T.sel_text}; }}
QListWidget[popup="true"] {{ background: {T.raised}; border: 1px solid {T.border}; padding: 5px; }}
QListWidget::item {{ min-height: {scaled(30)}px; padding: 0 8px; border-radius: {RADIUS["control"]}px; }}
QListWidget::item:hover {{ background: {T.hover}; }}
QListWidget::item:selected {{ background: {T.sel}; color: {T.sel_text}; }}
QHeaderView {{ background: transparent; border: 0; }}
QHeaderView::section {{ background: transparent; color: {T.muted}; border: 0;
  border-bottom: 1px solid {T.border}; padding: 0 8px; height: {scaled(28)}px; }}
QHeaderView::section:first {{ padding-left: 16px; }}
QHeaderView::section:last {{ padding-right: 16px; }}
QScrollArea, QScrollArea > QWidget > QWidget {{ background: transparent; border: 0; }}
QScrollBar:vertical {{ background: transparent; width: 10px; margin: 2px; }}
QScrollBar:horizontal {{ background: transparent; height: 10px; margin: 2px; }}
QScrollBar::handle {{ background: {handle}; border-radius: 3px; min-height: 32px; min-width: 32px; }}
QScrollBar::handle:hover {{ background: {T.outline}; }}
QScrollBar::add-line, QScrollBar::sub-line {{ width: 0; height: 0; }}
QScrollBar::add-page, QScrollBar::sub-page {{ background: transparent; }}
QProgressBar {{ background: {T.press}; border: 0; border-radius: 3px; min-height: 6px; max-height: 6px; }}
QProgressBar::chunk {{ background: {T.accent}; border-radius: 3px; }}
"""


def _menus() -> str:
    return f"""
QMenu {{ background: {T.raised}; border: 1px solid {T.border}; border-radius: {RADIUS["card"]}px;
  padding: 4px; }}
QMenu::item {{ padding: 6px 28px 6px 10px; border-radius: {RADIUS["badge"]}px; }}
QMenu::item:selected {{ background: {T.sel}; color: {T.sel_text}; }}
QMenu::item:disabled {{ color: {T.disabled}; background: transparent; }}
QMenu::icon {{ padding-left: 8px; }}
QMenu::separator {{ height: 1px; background: {T.border}; margin: 4px 8px; }}
QMenu::right-arrow {{ image: url(:/mss/{T.name}/right.svg); width: 14px; height: 14px; }}
QMenu::indicator {{ width: 16px; height: 16px; left: 6px; }}
QMenu::indicator:checked {{ image: url(:/mss/{T.name}/menutick.svg); }}
"""


def palette() -> QPalette:
    """The palette of the theme, for what Qt draws without the sheet."""
    made, role = QPalette(), QPalette.ColorRole
    pairs = {
        role.Window: "chrome",
        role.Base: "surface",
        role.AlternateBase: "sunken",
        role.Text: "text",
        role.WindowText: "text",
        role.ButtonText: "text",
        role.Button: "raised",
        role.Highlight: "accent",
        role.HighlightedText: "on_accent",
        role.PlaceholderText: "muted",
        role.Link: "accent_text",
        role.LinkVisited: "accent_text",
        role.ToolTipBase: "text",
        role.ToolTipText: "surface",
        role.Mid: "border",
        role.Accent: "accent",
    }
    for where, token in pairs.items():
        made.setColor(where, QColor(getattr(T, token)))
    for where in (role.Text, role.WindowText, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, where, QColor(T.disabled))
    return made
