"""Tables: data tables stay tables, layout tables of one column are unwrapped, giant ones are cut.

Measured with Qt 6.11: about 0.3 ms a cell, time doubles with each nested table, and top-level tables are
laid out lazily, so long ones are cut into tables of forty rows with fixed column widths.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from mssclient.mime.html.css import SIDES, length, style
from mssclient.mime.html.looks import Border, Context, Element, borders, derive, is_hidden, paddings

if TYPE_CHECKING:
    from mssclient.mime.html.walk import Walk

__all__ = ["MAX_CELLS", "side_width", "write_columns", "write_table"]

MAX_CELLS = 2400
MAX_SPAN = 100
CHUNK = 40
_DIGITS = re.compile(r"\s*(\d{1,4})")
_GREY: Border = (1, "solid", "#aaaaaa")


@dataclass(slots=True)
class Cell:
    el: Element
    style: dict[str, str]
    columns: int = 1
    rows: int = 1
    width: str = ""
    """"40%", "120" (pixels) or ""."""


@dataclass(slots=True)
class Line:
    el: Element | None
    cells: list[Cell]


@dataclass(slots=True)
class Frame:
    """What all rows of one drawn table share."""

    attributes: str
    width: float
    padding: float
    edges: Mapping[str, Border]
    collapse: bool
    align: str = ""


def side_width(el: Element, c: Context) -> float | None:
    """Pixels of a child that its sender places beside its siblings (float, align), else None."""
    st = style(el.get("style") or "")
    beside = st.get("float") in ("left", "right") or st.get("display") in ("inline-block", "table-cell")
    beside = beside or (el.tag == "table" and (el.get("align") or "").lower() in ("left", "right"))
    if not beside or el.tag in ("a", "img", "span", "button") or st.get("display") == "none":
        return None
    widths = (
        length(st.get("max-width"), c.size, c.avail),
        length(st.get("width") or el.get("width"), c.size, c.avail),
    )
    known = [width for width in widths if width]
    return min(known) if known and min(known) > 8 else None


def write_columns(walk: "Walk", els: list[Element], c: Context, widths: list[float | None]) -> None:
    """Elements beside each other, as one row."""
    walk.page.flush(c)
    total = sum(width for width in widths if width) or 1
    cells = [
        Cell(
            el,
            dict(style(el.get("style") or "")),
            width=f"{100 * w / max(total, c.avail * 0.9):.0f}%" if w else "",
        )
        for el, w in zip(els, widths, strict=True)
    ]
    frame = Frame('width="100%" cellspacing="4"', c.avail, 2.0, {}, collapse=False)
    _write_grid(walk, [Line(None, cells)], c, c, frame)


def _span(td: Element, name: str) -> int:
    found = _DIGITS.match(td.get(name) or "")
    return max(1, min(int(found[1]) if found else 1, MAX_SPAN))


def _lines_of(table: Element) -> list[Line]:
    """The visible rows of this table, not those of tables inside."""
    lines: list[Line] = []
    groups = [child for child in table if child.tag in ("thead", "tbody", "tfoot", "tr")]
    for group in groups:
        for tr in [group] if group.tag == "tr" else [child for child in group if child.tag == "tr"]:
            cells: list[Cell] = []
            for td in tr:
                if td.tag not in ("td", "th"):
                    continue
                st = dict(style(td.get("style") or ""))
                if is_hidden(td, st):
                    continue
                width = st.get("width") or st.get("max-width") or td.get("width") or ""
                cells.append(Cell(td, st, _span(td, "colspan"), _span(td, "rowspan"), width))
            if cells and not is_hidden(tr, style(tr.get("style") or "")):
                lines.append(Line(tr, cells))
    return lines


def write_table(walk: "Walk", el: Element, c: Context, st: Mapping[str, str]) -> None:
    page = walk.page
    lines = _lines_of(el)
    count = sum(len(line.cells) for line in lines)
    outer = c.align
    if walk.quirks or c.legacy:  # browsers reset an inherited alignment in tables then
        c = c._replace(align="")
    k = derive(el, c, st)
    page.flush(c)
    caption = next((child for child in el if child.tag == "caption"), None)
    if caption is not None:
        walk.block(caption, c, style(caption.get("style") or ""))
    width = length(st.get("max-width"), c.size, c.avail) or length(
        st.get("width") or el.get("width"), c.size, c.avail
    )
    width = width if width and width > 0 else None
    align = (el.get("align") or "").lower()
    if outer == "center" or st.get("margin-left") == "auto":
        align = "center"
    page.space(length(st.get("margin-top"), c.size))
    flat = not walk.has_room(el, c) or (page.cells + count > MAX_CELLS and c.tables > 0)
    if flat and count:
        page.degrade("tables")
    single = all(len(line.cells) == 1 for line in lines)
    ruled = (length(el.get("border")) or 0) > 0
    if flat or (single and not ruled and not _hugs(lines, k, c, width)):
        _unwrap(walk, el, c, k, lines, st, flat=flat, single=single, width=width, align=align)
        return
    _write_ruled(walk, el, c, k, lines, st, count=count, width=width, align=align, ruled=ruled)


def _hugs(lines: list[Line], k: Context, c: Context, width: float | None) -> bool:
    """A narrow decorated table without a width (a button) hugs its content."""
    if width or k.bg != c.bg:
        return False
    return any(
        "background-color" in cell.style or cell.el.get("bgcolor") or borders(cell.style)
        for line in lines
        for cell in line.cells
    )


def _unwrap(
    walk: "Walk", el: Element, c: Context, k: Context, lines: list[Line], st: Mapping[str, str],
    *, flat: bool, single: bool, width: float | None, align: str,
) -> None:  # fmt: skip
    """A layout table of one column: its cells as blocks, in a box when it is decorated."""
    written = length(el.get("cellpadding"))
    padding = 1.0 if written is None else written

    def body(inner: Context) -> None:
        for line in lines:
            if flat and not single and _as_text(walk, line, inner):
                continue
            row = derive(line.el, inner, style(line.el.get("style") or "")) if line.el is not None else inner
            for cell in line.cells:
                _write_unwrapped(walk, cell, inner, row, padding)

    fill, edges = (k.bg if k.bg != c.bg else None), borders(st)
    narrow = width if width and width < c.avail * 0.93 else None
    if (fill or edges or (narrow and align)) and walk.has_room(el, c):
        room = narrow if narrow else None if width or fill is None else 0
        walk.box(el, c, k, fill, paddings(st), edges, room, align=align, body=body)
    else:
        body(k)


def _write_unwrapped(walk: "Walk", cell: Cell, inner: Context, row: Context, padding: float) -> None:
    page = walk.page
    st = {f"padding-{side}": f"{padding}px" for side in SIDES if padding > 2} | cell.style
    if row.bg != inner.bg:
        st.setdefault("background-color", row.bg)
    st.pop("width", None)
    st.pop("max-width", None)
    height = length(st.get("height") or cell.el.get("height")) or 0
    before = len(page.out)
    walk.block(cell.el, inner if row.bg != inner.bg else row, st)
    if len(page.out) == before and height > 0:
        page.margin += min(height, 40)


def _fit_widths(lines: list[Line], c: Context, width: float, fixed: bool) -> None:
    """Pixel columns that do not fit together become shares."""
    for line in lines:
        widths = [length(cell.width, c.size, width) for cell in line.cells]
        known = sum(value for value in widths if value and value > 0)
        for cell, value in zip(line.cells, widths, strict=True):
            if not value or value < 0:
                cell.width = ""
            elif known > width * 0.9 or cell.width.strip().endswith("%"):
                cell.width = f"{min(100 * value / max(known, width if fixed else 1), 100):.0f}%"
            else:
                cell.width = f"{value:.0f}"


def _write_ruled(
    walk: "Walk", el: Element, c: Context, k: Context, lines: list[Line], st: Mapping[str, str],
    *, count: int, width: float | None, align: str, ruled: bool,
) -> None:  # fmt: skip
    page = walk.page
    columns = max((sum(cell.columns for cell in line.cells) for line in lines), default=0)
    room = min(width, c.avail) if width else c.avail
    _fit_widths(lines, c, room, fixed=bool(width))
    data = ruled or columns > 8
    collapse = (
        ruled
        or "collapse" in st.get("border-collapse", "")
        or any(borders(cell.style) for line in lines[:3] for cell in line.cells)
    )
    spacing = length(el.get("cellspacing"))
    spacing = (0 if st else 2) if spacing is None else spacing
    attributes = f'cellpadding="0" cellspacing="{0 if collapse else min(max(spacing, 0), 12):.0f}"'
    if width:
        attributes += ' width="100%"' if width >= c.avail * 0.93 else f' width="{width:.0f}"'
    if k.bg != c.bg:
        attributes += f' bgcolor="{k.bg}"'
    padding = length(el.get("cellpadding"))
    padding = max(1.0 if padding is None else padding, 3.0 if data else 0)
    frame = Frame(attributes, room, padding, dict.fromkeys(SIDES, _GREY) if ruled else {}, collapse, align)
    edges = borders(st)
    if (
        len(lines) > 2 * CHUNK
        and not c.tables
        and not any(cell.rows > 1 for line in lines for cell in line.cells)
    ):
        _write_chunks(walk, lines, c, k, frame, count=count, columns=columns, sized=bool(width))
    elif edges and not data:
        frame.align = ""
        narrow = width if width and width < c.avail * 0.93 else None
        walk.box(
            el, c, k, k.bg if k.bg != c.bg else None, [0.0] * 4, edges, narrow,
            align=align, body=lambda inner: _write_grid(walk, lines, inner, inner, frame),
        )  # fmt: skip
    else:
        _write_grid(walk, lines, c, k, frame)
    page.blank = 0


def _write_chunks(
    walk: "Walk",
    lines: list[Line],
    c: Context,
    k: Context,
    frame: Frame,
    *,
    count: int,
    columns: int,
    sized: bool,
) -> None:
    """A long table in pieces of equal column widths; what is beyond the cells allowed, as lines of text."""
    tail: list[Line] = []
    if walk.page.cells + count > MAX_CELLS:
        cut = max((MAX_CELLS - walk.page.cells) // max(columns, 1), 1)
        lines, tail = lines[:cut], lines[cut:]
        walk.page.degrade("rows")
    sample = [line for line in lines[:200] if len(line.cells) == columns]
    if sample and not all(cell.width for cell in sample[0].cells):
        longest = [max(len(line.cells[i].el.text_content()) for line in sample) for i in range(columns)]
        shares = [max(4, min(40, value)) for value in longest]
        for line in lines:
            if len(line.cells) == columns:
                for cell, share in zip(line.cells, shares, strict=True):
                    cell.width = f"{100 * share / sum(shares):.0f}%"
    if not sized:
        frame.attributes += ' width="100%"'
    for at in range(0, len(lines), CHUNK):
        _write_grid(walk, lines[at : at + CHUNK], c, k, frame)
    for line in tail:
        if not _as_text(walk, line, c):
            for cell in line.cells:
                walk.block(cell.el, c, {})


def _as_text(walk: "Walk", line: Line, c: Context) -> bool:
    """A short row as one line; False when it is too long for that."""
    texts = [" ".join(cell.el.text_content().split()) for cell in line.cells]
    if sum(map(len, texts)) >= 300:
        return False
    walk.page.text("  |  ".join(text for text in texts if text), c)
    walk.page.flush(c)
    return True


def _write_grid(walk: "Walk", lines: list[Line], c: Context, k: Context, frame: Frame) -> None:
    page = walk.page
    page.open += 1
    css = f"margin-top:{min(page.margin, 60):.0f}px;margin-left:{c.left:.0f}px"
    css += ";border-collapse:collapse" if frame.collapse else ""
    page.margin = page.blank = 0
    align = f' align="{frame.align}"' if frame.align in ("center", "right") else ""
    page.out.append(f'<table {frame.attributes}{align} style="{css}">')
    saved, words = page.words, list[str]()
    for line in lines:
        page.out.append("<tr>")
        words.append(_write_row(walk, line, c, k, frame))
        page.out.append("</tr>")
    page.out.append("</table>")
    page.words = saved + [text for text in words if text]
    page.margin, page.open = 0, page.open - 1


def _write_row(walk: "Walk", line: Line, c: Context, k: Context, frame: Frame) -> str:
    """One row; its words for quoting, cells between bars when they are short."""
    row_style = style(line.el.get("style") or "") if line.el is not None else {}
    row = derive(line.el, k, row_style) if line.el is not None else k
    row_valign = line.el.get("valign") if line.el is not None else ""
    texts: list[str] = []
    for cell in reversed(line.cells) if k.rtl else line.cells:  # Qt does not mirror tables
        inner = derive(cell.el, row, cell.style)
        valign = cell.style.get("vertical-align") or cell.el.get("valign") or row_style.get("vertical-align")
        valign = (valign or row_valign or ("middle" if cell.el.tag in ("td", "th") else "top")).lower()
        texts.append(_write_cell(walk, cell, c, k, inner, frame, valign, len(line.cells)))
    texts = [text for text in texts if text]
    short = sum(map(len, texts)) < 300 and not any("\n" in text for text in texts)
    return (" | " if short else "\n").join(texts)


def _write_cell(
    walk: "Walk", cell: Cell, c: Context, k: Context, inner: Context, frame: Frame, valign: str, beside: int
) -> str:
    page = walk.page
    page.cells += 1
    pad, edges = paddings(cell.style, frame.padding), borders(cell.style) or frame.edges
    written = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    written += f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    written += f' width="{cell.width}"' if cell.width else ""
    written += f' valign="{valign}"' if valign in ("top", "middle", "bottom") else ""
    fill = inner.bg if inner.bg != c.bg or inner.bg != k.bg else None
    page.out.append(f"<td{written}{_attributes(fill, pad, edges)}>")
    begun, page.words, page.margin, page.blank = len(page.out), [], 0, 0
    if cell.width.endswith("%"):
        avail = frame.width * float(cell.width[:-1]) / 100
    else:
        avail = float(cell.width) if cell.width else frame.width / max(beside, 1)
    inner = inner._replace(
        left=0, right=0, indent=0, tables=c.tables + 1, avail=max(avail - pad[1] - pad[3], 40)
    )
    walk.children(cell.el, inner)
    page.flush(inner)
    if len(page.out) == begun:
        height = min(max(length(cell.style.get("height") or cell.el.get("height")) or 0, 0), 40)
        page.out.append(f'<p style="margin:0;font-size:{max(height * 0.75, 1):.0f}px">&nbsp;</p>')
    elif page.margin > 4:
        page.out.append(f'<p style="margin:{min(page.margin, 40):.0f}px 0 0 0;font-size:1px">&nbsp;</p>')
    page.out.append("</td>")
    return "\n".join(page.words).strip()


def _attributes(fill: str | None, pad: list[float], edges: Mapping[str, Border]) -> str:
    from mssclient.mime.html.walk import cell_attributes

    return cell_attributes(fill, pad, edges)
