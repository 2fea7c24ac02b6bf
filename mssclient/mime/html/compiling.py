"""One HTML body, from limits to the finished document (the order of the steps matters).

Runs in the engine's bounded child: parsers may hide slow inputs that the guards do not know yet.
"""

import html
import re
import sys
from collections.abc import Mapping

import css_inline
import lxml.html
import nh3

from mssclient.mime.html.css import PROPERTIES, color, style
from mssclient.mime.html.guards import TooMuch, check_clean, thin_out
from mssclient.mime.html.looks import Element
from mssclient.mime.html.page import MAX_PARAGRAPH, Full, Page
from mssclient.mime.html.plain import UNSHOWN, plain_words
from mssclient.mime.html.sheets import flatten
from mssclient.mime.html.source import MAX_CHARACTERS, Source, split_source
from mssclient.mime.html.walk import Walk, first_context
from mssclient.mime.vocabulary import vocabulary
from mssclient.model.language import _
from mssclient.model.messages import CompiledHtml

__all__ = ["compile_body"]

LIGHT, DARK = ("#ffffff", "#18212f"), ("#1a1f27", "#e6eaf0")
"""Background and text of the page."""
_MAX_INLINING = 3_000_000
"""CSS rules × elements."""
_MAX_LINES = 6000
_TAGS = vocabulary(
    """a abbr address article aside b big blockquote br button caption center cite code col
    colgroup dd del details dfn div dl dt em fieldset figcaption figure font footer h1 h2 h3 h4 h5 h6 header
    hr i img ins kbd label legend li main mark nav ol p pre q s samp section small span strike strong sub
    summary sup table tbody td tfoot th thead tr tt u ul var"""
)
_DROPPED = vocabulary(
    """script style title svg math iframe object embed applet audio video canvas select textarea
    template noframes xml"""
)
_ATTRIBUTES = {
    "*": {"style", "class", "id", "align", "dir", "hidden", "bgcolor"},
    "a": {"href", "name"},
    "img": {"src", "alt", "width", "height", "border"},
    "font": {"color", "size", "face"},
    "table": {"width", "border", "cellpadding", "cellspacing", "height"},
    "tr": {"valign", "height"},
    "td": {"width", "height", "colspan", "rowspan", "valign", "nowrap"},
    "th": {"width", "height", "colspan", "rowspan", "valign", "nowrap"},
    "col": {"width", "span"},
    "ol": {"start", "type"},
    "ul": {"type"},
    "li": {"value", "type"},
    "hr": {"width", "size", "color"},
    "blockquote": {"type"},
}
_CLEANER = nh3.Cleaner(
    tags=set(_TAGS),
    clean_content_tags=set(_DROPPED),
    attributes=_ATTRIBUTES,
    strip_comments=True,
    link_rel=None,
    url_schemes={"http", "https", "mailto", "tel", "cid", "data"},
    filter_style_properties=set(PROPERTIES),
)
_INLINER = css_inline.CSSInliner(load_remote_stylesheets=False, keep_style_tags=False, keep_link_tags=False)
_BODY_ATTRIBUTES = ("style", "bgcolor", "text", "dir", "class", "id")
_FILLS = re.compile(
    r"background(?:-color)?\s*:\s*([^;\"'<>]{1,60})|bgcolor\s*=\s*[\"']?([^\"'\s>]{1,30})", re.I
)


def _reasons() -> dict[str, str]:
    return {
        "depth": _("Mise en page simplifiée\u00a0: structure trop profonde."),
        "tables": _("Mise en page simplifiée\u00a0: tableaux trop grands ou trop imbriqués."),
        "rows": _("Mise en page simplifiée\u00a0: la fin d’un grand tableau est donnée en lignes de texte."),
        "long": _("Message trop long\u00a0: la fin n’est affichée qu’en texte."),
        "styles": _("Mise en page simplifiée\u00a0: feuille de style ignorée."),
        "words": _("Mise en page abandonnée\u00a0: seul le texte du message est affiché."),
    }


def compile_body(
    source: str, *, width: int, dark: bool, sizes: Mapping[str, tuple[int, int]] | None
) -> CompiledHtml:
    """See :func:`mssclient.mime.html.compile_html`."""
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(max(before, 5000))  # a few calls for each of at most 250 levels
    try:
        if len(source) > MAX_CHARACTERS:
            raise TooMuch("size")
        return _compile(source, width, dark, sizes)
    except Exception:  # noqa: BLE001  whatever the input did, its words are shown
        return _only_words(source, dark)
    finally:
        sys.setrecursionlimit(before)


def _compile(
    source: str, width: int, dark: bool, sizes: Mapping[str, tuple[int, int]] | None
) -> CompiledHtml:
    parts = split_source(source)
    markup = thin_out(parts.markup)
    clean = _CLEANER.clean(UNSHOWN.sub("", markup))
    check_clean(clean)
    page = Page()
    body_html = _put_styles_on(_body_of(parts, clean), parts.css, clean.count("<"), width, dark, page)
    tree = lxml.html.document_fromstring(body_html + "\n", parser=lxml.html.HTMLParser(huge_tree=True))
    body = tree.find("body")
    dark = dark and _is_plain(body_html)
    background, foreground = DARK if dark else LIGHT
    if not dark and body is not None:
        own = style(body.get("style") or "").get("background-color") or (body.get("bgcolor") or "").lower()
        background = color(own) or background
    c = first_context(body, background, foreground, width=float(width), rtl=parts.rtl, dark=dark)
    walk = Walk(page, sizes, quirks="<!doctype" not in source[:500].lower())
    try:
        if body is not None:
            walk.children(body, c)
        page.flush(c)
    except Full:
        page.degrade("long")
        page.out.append("</td></tr></table>" * page.open + _rest_notice())
        page.words = [plain_words(source)]
    return CompiledHtml(
        html=f'<body bgcolor="{background}">' + "".join(page.out) + "</body>",
        text=re.sub(r"\n{3,}", "\n\n", "\n".join(page.words)).strip(),
        background=background,
        sources=page.sources,
        remote_blocked=page.remote_blocked,
        warnings=tuple(page.warnings)[:20],
        degraded=_reasons().get(page.degraded, ""),
    )


def _body_of(parts: Source, clean: str) -> str:
    """The cleaned markup inside a body element that keeps the sender's colours."""
    kept: dict[str, str] = {}
    if parts.body_attributes:
        # as the attributes of an element that the parser does not treat specially
        carrier: Element = lxml.html.document_fromstring(f"<body><b {parts.body_attributes}>x")
        for element in carrier.iter("b"):
            kept = {name: element.get(name) for name in _BODY_ATTRIBUTES if element.get(name)}
            break
    attributes = " ".join(f'{name}="{html.escape(value)}"' for name, value in kept.items())
    return f"<body {attributes}>{clean}</body>"


def _put_styles_on(body: str, css: str, elements: int, width: int, dark: bool, page: Page) -> str:
    """The rules of the style sheets as style attributes of the cleaned document; nothing is loaded."""
    flat = flatten(css, width + 20, dark) if css.strip() else ""
    if not flat:
        return body
    if flat.count("{") * elements > _MAX_INLINING:
        page.degrade("styles")
        return body
    try:
        return _INLINER.inline(f"<html><head><style>{flat}</style></head>{body}</html>")
    except Exception:  # noqa: BLE001  the inliner refuses a sheet that it cannot parse
        page.degrade("styles")
        return body


def _is_plain(body: str) -> bool:
    """Whether the sender painted nothing but white: only then may the page be made dark."""
    for found in _FILLS.finditer(body):
        value = (found[1] or found[2]).strip().lower()
        if (painted := style("background:" + value).get("background-color")) and color(painted) not in (
            None,
            "#ffffff",
        ):
            return False
    return True


def _rest_notice() -> str:
    notice = html.escape(_("[… suite du message\u00a0: afficher en texte]"))
    return f'<p style="margin:12px 0 0 0"><b>{notice}</b></p>'


def _only_words(source: str, dark: bool) -> CompiledHtml:
    background, foreground = DARK if dark else LIGHT
    text = plain_words(source)
    lines: list[str] = []
    whole = text.split("\n")
    for line in whole[:_MAX_LINES]:
        lines.extend(line[at : at + MAX_PARAGRAPH] for at in range(0, len(line) or 1, MAX_PARAGRAPH))
    page = "".join(
        f'<p style="margin:0;color:{foreground}">{html.escape(line) if line else "&nbsp;"}</p>'
        for line in lines
    )
    if len(whole) > _MAX_LINES:
        page += _rest_notice()
    return CompiledHtml(
        html=f'<body bgcolor="{background}">{page}</body>',
        text=text,
        background=background,
        degraded=_reasons()["words"],
    )
