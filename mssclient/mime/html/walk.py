"""The walk: a cleaned lxml tree becomes paragraphs, pictures and tables that QTextDocument draws well.

Nothing passes through: each element is understood and written anew, or only its words are kept.
"""

from collections.abc import Callable, Mapping

from mssclient.mime.html.css import BASE, SIDES, color, length, readable, style
from mssclient.mime.html.inline import write_inline, write_picture
from mssclient.mime.html.lists import write_list
from mssclient.mime.html.looks import Border, Context, Element, borders, derive, is_hidden, paddings
from mssclient.mime.html.page import Page
from mssclient.mime.html.tables import MAX_CELLS, side_width, write_columns, write_table
from mssclient.mime.vocabulary import vocabulary

__all__ = ["Walk"]

MAX_TABLES = 6
MAX_DEPTH = 250
MAX_QUOTES = 8
MAX_WORK = 100_000
"""Characters × 2^nesting: Qt's layout time doubles with every nested table."""
_BLOCKS = vocabulary(
    """address article aside blockquote center dd details div dl dt fieldset figcaption figure footer
    h1 h2 h3 h4 h5 h6 header legend li main nav ol p pre section summary ul caption tr td th"""
)
_MARGINS = {
    "p": 1, "h1": 0.67, "h2": 0.8, "h3": 1, "h4": 1.2, "h5": 1.5, "h6": 1.7, "ul": 0.8, "ol": 0.8,
    "dl": 1, "blockquote": 0.6, "pre": 1, "figure": 1,
}  # fmt: skip
_QUOTE_BAR: Border = (3, "solid", "#7aa0c4")
_FIELDSET_EDGES: dict[str, Border] = dict.fromkeys(SIDES, (1, "solid", "#aaaaaa"))


class Walk:
    """One body. ``sizes``: pixel sizes of the message's own pictures by Content-ID, None when not known."""

    def __init__(self, page: Page, sizes: Mapping[str, tuple[int, int]] | None, quirks: bool) -> None:
        self.page = page
        self.sizes = sizes
        self.quirks = quirks
        """Without a doctype: browsers do not let tables inherit an alignment then."""

    def has_room(self, el: Element, c: Context) -> bool:
        """Whether one more nested table may be opened here."""
        if self.page.cells > MAX_CELLS:
            return False
        if c.tables < 2:
            return True
        return c.tables < MAX_TABLES and len(el.text_content()) << c.tables <= MAX_WORK

    def children(self, el: Element, c: Context) -> None:
        """The text and the elements inside ``el``."""
        if c.depth > MAX_DEPTH:
            self.page.degrade("depth")
            self.page.text(el.text_content()[:200_000], c)
            return
        self.page.text(el.text, c)
        kids = [kid for kid in el if isinstance(kid.tag, str)]
        own = style(el.get("style") or "")
        if (
            own.get("display") in ("flex", "inline-flex", "grid")
            and "column" not in own.get("flex-direction", "")
            and 2 <= len(kids) <= 12
            and self.has_room(el, c)
        ):
            self._side_by_side(kids, own, c)
            return
        alone = (
            not (el.text or "").strip()
            and all(not (kid.tail or "").strip() for kid in kids)
            and sum(kid.tag != "br" for kid in kids) == 1
        )
        at = 0
        while at < len(kids):
            run, widths = self._beside(kids[at : at + 12], c) if c.tables < MAX_TABLES else ([], [])
            if len(run) > 1:
                write_columns(self, run, c, widths)
                at += len(run)
                self.page.text(kids[at - 1].tail, c)
                continue
            self.node(kids[at], c, alone)
            self.page.text(kids[at].tail, c)
            at += 1

    def _side_by_side(self, kids: list[Element], own: Mapping[str, str], c: Context) -> None:
        """Flex and grid as rows of a table."""
        count = len(kids)
        if own["display"] == "grid":
            template = own.get("grid-template-columns", "")[:200]
            if template.startswith("repeat("):
                number = template[7:].partition(",")[0].strip()
                count = int(number[:2]) if number[:2].isdigit() else count
            else:
                count = max(len(template.split()), 1)
        count = max(count, 1)
        for at in range(0, len(kids), count):
            write_columns(self, kids[at : at + count], c, [None] * len(kids[at : at + count]))

    def _beside(self, kids: list[Element], c: Context) -> tuple[list[Element], list[float | None]]:
        """The children that the sender placed beside each other, as long as they fit, and their widths."""
        run: list[Element] = []
        widths: list[float | None] = []
        used = 0.0
        for kid in kids:
            width = side_width(kid, c)
            if width is None or used + width > c.avail * 1.06:
                break
            used += width
            run.append(kid)
            widths.append(width)
            if (kid.tail or "").strip():
                break
        return run, widths

    def node(self, el: Element, c: Context, alone: bool) -> None:
        """One element, without its tail."""
        tag, st, page = el.tag, style(el.get("style") or ""), self.page
        if is_hidden(el, st):
            return
        if tag == "br":
            page.line_break(c)
        elif tag == "img":
            write_picture(self, el, c, st)
        elif tag == "hr":
            self._horizontal_rule(el, c, st)
        elif tag == "table":
            write_table(self, el, c, st)
        elif tag in ("ul", "ol"):
            write_list(self, el, c, st)
        elif tag in _BLOCKS or (st.get("display") == "block" and tag not in ("a", "font")):
            self.block(el, c, st)
        elif st.get("display") == "block" and not alone:
            page.flush(c)
            write_inline(self, el, c, st, alone=True)
            page.flush(c)
        else:
            write_inline(self, el, c, st, alone)

    def _horizontal_rule(self, el: Element, c: Context, st: Mapping[str, str]) -> None:
        self.page.flush(c)
        self.page.space(8)
        colour = color(
            st.get("border-top-color") or (el.get("color") or "").lower() or st.get("background-color")
        )
        self.rule((1, "solid", colour or "#b8b8b8"), c)
        self.page.margin = 8

    def rule(self, border: Border | None, c: Context) -> None:
        """A horizontal line, as a thin table."""
        if border is None:
            return
        page = self.page
        page.flush(c)
        page.cells += 1
        if page.cells > MAX_CELLS:  # a table each
            return
        page.out.append(
            f'<table width="100%" cellspacing="0" cellpadding="0" style="margin-top:{page.margin:.0f}px;'
            f'margin-left:{c.left:.0f}px"><tr><td bgcolor="{border[2]}"><p style="margin:0;'
            f'font-size:{max(border[0] - 1, 1)}px;line-height:{border[0]}px">&nbsp;</p></td></tr></table>'
        )
        page.margin = 2

    def block(self, el: Element, c: Context, st: Mapping[str, str]) -> None:
        """A block: margins collapse by hand; one with a background or borders becomes a one-cell table."""
        tag, k, page = el.tag, derive(el, c, st), self.page
        em = k.size
        base = _MARGINS.get(tag, 0) * em
        top, far, bottom, near = (length(st.get(f"margin-{side}"), em, c.avail) for side in SIDES)
        auto = st.get("margin-left") == "auto" and st.get("margin-right") == "auto"
        if near is None:
            near = {"dd": 30.0, "blockquote": 24.0}.get(tag, 0.0)
        page.flush(c)
        edges, pad = borders(st), paddings(st)
        if tag == "fieldset" and not edges:
            edges, pad = _FIELDSET_EDGES, [8.0] * 4
        if tag == "blockquote":
            if not edges and (el.get("type") == "cite" or "border-left" not in st):
                edges, pad, near = {"right" if k.rtl else "left": _QUOTE_BAR}, [0.0, 10.0, 0.0, 10.0], 0.0
            k, near, far = k._replace(quotes=c.quotes + 1), min(near, 10), 0
            if c.quotes >= MAX_QUOTES:
                edges = {}
        widest = length(st.get("max-width"), em, c.avail) or length(st.get("width"), em, c.avail)
        narrow = widest if widest and 30 < widest < c.avail * 0.93 else None
        page.space(base if top is None else max(top, 0))
        inner = k._replace(left=max(min(c.left + near, c.avail * 0.6), 0), right=max(far or 0, 0))
        fill = k.bg if k.bg != c.bg else None
        centred = auto or c.align == "center"
        if (fill or edges or (narrow and centred)) and self.has_room(el, c):
            if (
                not fill and not narrow and set(edges) <= {"top", "bottom"}
            ):  # lines above and below: no box needed
                self._between_rules(el, c, inner, edges, pad)
            else:
                floating = st.get("float", "") if narrow else ""
                self.box(
                    el, c._replace(left=inner.left), k, fill, pad, edges, narrow,
                    align="center" if centred else c.align, floating=floating,
                )  # fmt: skip
        else:
            self._plain_block(el, c, inner, st, pad, near)
        page.space(base if bottom is None else max(bottom, 0))

    def _between_rules(
        self, el: Element, c: Context, inner: Context, edges: Mapping[str, Border], pad: list[float]
    ) -> None:
        self.rule(edges.get("top"), c)
        self.page.space(pad[0])
        self.children(el, inner)
        self.page.flush(inner)
        self.page.space(pad[2])
        self.rule(edges.get("bottom"), c)

    def _plain_block(
        self, el: Element, c: Context, inner: Context, st: Mapping[str, str], pad: list[float], near: float
    ) -> None:
        self.page.margin += min(pad[0], 40)
        indent = length(st.get("text-indent"), inner.size, c.avail)
        indent = c.indent if indent is None else indent
        left = inner.left + pad[3]
        inner = inner._replace(
            left=left,
            indent=max(min(indent, 80), -min(left, 80)),
            avail=max(c.avail - near - pad[3] - pad[1], 60),
        )
        self.children(el, inner)
        self.page.flush(inner)
        self.page.margin = min(pad[2], 40)

    def box(
        self,
        el: Element,
        c: Context,
        k: Context,
        fill: str | None,
        pad: list[float],
        edges: Mapping[str, Border],
        width: float | None = None,
        *,
        align: str = "",
        floating: str = "",
        body: Callable[[Context], None] | None = None,
    ) -> None:
        """A one-cell table around the children of ``el`` or ``body``; ``width`` None is the line, 0 hugs."""
        page = self.page
        page.flush(c)
        wide = "100%" if width != 0 else ""
        if width and width < c.avail * 0.93:
            wide = f"{min(width, c.avail):.0f}"
        css = f"margin-top:{min(page.margin, 60):.0f}px;margin-left:{c.left:.0f}px"
        if floating in ("left", "right"):
            css += f";float:{floating}"
        page.margin = page.blank = 0
        page.open += 1
        page.cells += 1
        page.out.append(
            '<table cellspacing="0" cellpadding="0"'
            + (f' width="{wide}"' if wide else "")
            + (f' align="{align}"' if align in ("center", "right") else "")
            + f' style="{css}"><tr><td{cell_attributes(fill, pad, edges)}>'
        )
        begun = len(page.out)
        avail = max((width or c.avail) - pad[1] - pad[3], 60)
        k = k._replace(left=0, right=0, indent=0, tables=c.tables + 1, avail=avail)
        if body is not None:
            body(k)
        else:
            self.children(el, k)
        page.flush(k)
        if len(page.out) == begun or page.margin > 4:  # the inner space below is part of the box
            page.out.append(f'<p style="margin:{min(page.margin, 40):.0f}px 0 0 0;font-size:1px">&nbsp;</p>')
        page.out.append("</td></tr></table>")
        page.margin, page.open = 0, page.open - 1


def cell_attributes(fill: str | None, pad: list[float], edges: Mapping[str, Border]) -> str:
    """Background, paddings and borders of a cell: Qt draws borders per side."""
    css = [f"padding-{side}:{value:.0f}px" for side, value in zip(SIDES, pad, strict=True)]
    css += [f"border-{side}:{width}px {kind} {colour}" for side, (width, kind, colour) in edges.items()]
    return (f' bgcolor="{fill}"' if fill else "") + f' style="{";".join(css)}"'


def first_context(
    body: Element | None, page_bg: str, fg: str, *, width: float, rtl: bool, dark: bool
) -> Context:
    """What the whole body inherits."""
    c = Context(bg=page_bg, fg=fg, avail=width, rtl=rtl, dark=dark, size=BASE)
    if body is None:
        return c
    st = style(body.get("style") or "")
    c = derive(
        body, c, {name: value for name, value in st.items() if name not in ("background-color", "display")}
    )
    own = color(st.get("color") or (body.get("text") or "").lower())
    return c._replace(fg=readable(own or fg, page_bg), bg=page_bg)
