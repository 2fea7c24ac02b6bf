"""Lists, their markers written as text: numbering stays exact and survives quoting."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from mssclient.mime.html.css import length, style
from mssclient.mime.html.looks import Context, Element, derive, is_hidden

if TYPE_CHECKING:
    from mssclient.mime.html.walk import Walk

__all__ = ["write_list"]

_START = re.compile(r"\s*(-?\d{1,6})\s*$")
_ROMAN = ((50, "l"), (40, "xl"), (10, "x"), (9, "ix"), (5, "v"), (4, "iv"), (1, "i"))


def _whole(text: str | None, otherwise: int) -> int:
    found = _START.match(text or "")
    return int(found[1]) if found else otherwise


def write_list(walk: "Walk", el: Element, c: Context, st: Mapping[str, str]) -> None:
    page = walk.page
    number = _whole(el.get("start"), 1)
    kind = st.get("list-style-type") or st.get("list-style") or el.get("type") or ""
    indent = 0 if "none" in kind else 26
    k = derive(el, c, st)._replace(left=min(c.left + indent, c.avail * 0.6))
    page.flush(c)
    outer = c.left == 0
    top = length(st.get("margin-top"), c.size)
    page.space((10 if outer else 2) if top is None else top)
    page.text(el.text, k)
    for item in el:
        if not isinstance(item.tag, str):
            continue
        if item.tag != "li":
            walk.node(item, k, alone=False)
        else:
            own = style(item.get("style") or "")
            if is_hidden(item, own):
                continue
            number = _whole(item.get("value"), number)
            _write_item(walk, el.tag, item, own, k, kind, number, deep=c.left >= 26)
            number += 1
        page.text(item.tail, k)
    page.flush(k)
    page.space(8 if outer else 2)


def _write_item(
    walk: "Walk",
    tag: str,
    item: Element,
    own: Mapping[str, str],
    k: Context,
    kind: str,
    number: int,
    *,
    deep: bool,
) -> None:
    page = walk.page
    kind = own.get("list-style-type") or kind
    if "none" in kind:
        marker = ""
    elif tag == "ol" or "decimal" in kind:
        marker = _numeral(number, kind) + "."
    else:
        marker = "▪" if "square" in kind else "◦" if deep or "circle" in kind else "•"
    page.flush(k)
    inner = derive(item, k, own)
    page.pending = (marker + "\xa0\xa0", inner._replace(href="", tiny=False)) if marker else None
    top, bottom = length(own.get("margin-top"), k.size), length(own.get("margin-bottom"), k.size)
    page.space(1 if top is None else top)
    walk.children(item, inner)
    page.flush(inner)
    page.pending = None
    page.space(max(1, bottom or 0))


def _numeral(number: int, kind: str) -> str:
    if (kind in ("a", "A") or "alpha" in kind or "latin" in kind) and 0 < number < 27:
        return chr((64 if kind == "A" or "upper" in kind else 96) + number)
    if (kind in ("i", "I") or "roman" in kind) and 0 < number < 60:
        letters = ""
        for value, sign in _ROMAN:
            letters += sign * (number // value)
            number %= value
        return letters.upper() if kind == "I" or "upper" in kind else letters
    return str(number)
