"""Words inside a line: links that tell where they lead, buttons, and pictures as opaque keys."""

import html
import re
import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

from mssclient.mime.html.css import SIDES, length, readable
from mssclient.mime.html.looks import Context, Element, borders, derive, paddings
from mssclient.mime.html.page import MAX_PICTURES
from mssclient.mime.html.plain import UNSHOWN
from mssclient.model.language import _

if TYPE_CHECKING:
    from mssclient.mime.html.walk import Walk

__all__ = ["write_inline", "write_picture"]

_HOST = re.compile(r"^\s*(?:https?://)?((?:[\w-]{1,63}\.){1,20}[a-zA-Z]{2,30})(?::\d{1,5})?(?:[/?#]\S*)?\s*$")
_SCHEMES = ("http://", "https://", "mailto:", "tel:")
_DATA = re.compile(r"data:image/(png|jpe?g|gif|webp|bmp);base64,", re.I)
_MAX_DATA = 3_000_000
_MAX_HREF = 4000
_LINK, _LINK_DARK = "#0b57a4", "#8db5ff"


def write_inline(walk: "Walk", el: Element, c: Context, st: Mapping[str, str], alone: bool) -> None:
    """An inline element. A padded link or button that stands alone is drawn as a box."""
    page, k = walk.page, derive(el, c, st)
    fill = k.bg if k.bg != c.bg else ""
    note = ""
    if el.tag == "a":
        k, note = _link(walk, el, k, st, filled=bool(fill))
    pad, edges = paddings(st, 0, 30), borders(st)
    if fill and edges and all(edge[2] == fill for edge in edges.values()):  # a border used as padding
        pad = [
            value + (edges[side][0] if side in edges else 0) for value, side in zip(pad, SIDES, strict=True)
        ]
        edges = {}
    roomy = max(pad) >= 4 and el.tag in ("a", "button", "span")
    display = st.get("display")
    if roomy and alone and display in ("inline-block", "block") and walk.has_room(el, c):
        width = 0 if display == "inline-block" else None
        walk.box(el, c, k, fill or None, pad, edges, width, align=k.align if c.align else "")
        _write_note(walk, note, c)
        return
    k = k._replace(mark=c.mark or bool(fill))
    padded = roomy and bool(fill or edges)
    bracketed = bool(edges) and el.tag != "a" and not fill
    before, after = ("\xa0\xa0" if padded else "") + ("[" if bracketed else ""), ("]" if bracketed else "")
    page.text(before, k)
    walk.children(el, k)
    page.text(after + ("\xa0\xa0" if padded else ""), k)
    if padded:
        page.text(" ", c)
    _write_note(walk, note, c)


def _write_note(walk: "Walk", note: str, c: Context) -> None:
    if note:
        colour = readable("#b00020", c.bg)
        walk.page.text(
            note, c._replace(fg=colour, bold=True, href="", size=max(c.size, 12), pre=False, tiny=False)
        )


def _link(walk: "Walk", el: Element, k: Context, st: Mapping[str, str], filled: bool) -> tuple[Context, str]:
    """The context inside a link, and the warning to write after it when its text names another host."""
    href = UNSHOWN.sub("", el.get("href") or "").strip()[:_MAX_HREF]
    href = "".join(href.split())
    if not href.lower().startswith(_SCHEMES):
        return k, ""
    host = _host_of(href)
    if host is None:
        return k, ""
    note = ""
    named = _HOST.match(_as_read(el.text_content()[:300]))
    shown = named[1].lower().removeprefix("www.") if named else ""
    if shown and host and host != shown and not host.endswith("." + shown):
        note = _(" [⚠ mène à\u00a0: {host}]").format(host=host[:80])
        walk.page.warnings[
            _("Un lien affiche «\u00a0{shown}\u00a0» mais mène à «\u00a0{host}\u00a0».").format(
                shown=shown[:80], host=host[:80]
            )
        ] = None
    if "xn--" in host or not host.isascii():
        note = _(" [⚠ adresse à caractères spéciaux\u00a0: {host}]").format(host=host[:80])
        walk.page.warnings[
            _("Un lien mène à une adresse à caractères spéciaux\u00a0: «\u00a0{host}\u00a0».").format(
                host=host[:80]
            )
        ] = None
    colour = k.fg
    if "color" not in st and not filled:
        colour = readable(_LINK_DARK if k.dark else _LINK, k.bg)
    return k._replace(href=href, underline="none" not in st.get("text-decoration", ""), fg=colour), note


def _as_read(text: str) -> str:
    """What a person takes it for: full-width letters as plain ones, nothing that is not seen."""
    words = " ".join(unicodedata.normalize("NFKC", text).split())
    return "".join(letter for letter in words if letter.isprintable() and letter != "\u034f")


def _host_of(href: str) -> str | None:
    """The host that a browser would go to, "" for mailto and tel; None when the address makes no sense."""
    if not href.lower().startswith(("http://", "https://")):
        return ""
    if "\\" in href or "[" in href:  # browsers read a backslash as a slash, our parser does not
        return None
    try:
        parts = urlsplit(href)
        host = parts.hostname or ""
    except ValueError:
        return None
    return unquote(host).lower() or None


def write_picture(walk: "Walk", el: Element, c: Context, st: Mapping[str, str]) -> None:
    """A picture of this message as a key; a remote one as a label, counted."""
    page = walk.page
    source, alt = (el.get("src") or "").strip(), UNSHOWN.sub("", el.get("alt") or "").strip()[:200]
    width = length(st.get("width") or el.get("width"), c.size, c.avail)
    height = length(st.get("height") or el.get("height"), c.size)
    scheme = source[:8].lower()
    if scheme.startswith(("http:", "https:")):
        page.remote_blocked += 1
        tiny = (width is not None and width <= 3) or (height is not None and height <= 3)
        wide = (width or 0) > 150 or (c.href and not (width and width < 60))
        if not tiny and (alt or wide):
            _write_label(walk, alt, c)
        return
    if scheme.startswith("cid:"):
        source = "cid:" + unquote(source[4:])
        known = walk.sizes is None or source[4:] in walk.sizes
    else:
        known = bool(_DATA.match(source[:40])) and len(source) < _MAX_DATA
    if not known:
        if alt:
            _write_label(walk, alt, c)
        return
    if len(page.sources) >= MAX_PICTURES:
        return
    key = f"img:{len(page.sources)}"
    page.sources[key] = source
    width, height = _shown_size(walk, source, width, height, c, st)
    floating = st.get("float") or (el.get("align") or "").lower()
    written = f'<img src="{key}"'
    if width:
        written += f' width="{width:.0f}"' + (f' height="{height:.0f}"' if height else "")
    if floating in ("left", "right"):
        written += f' style="float:{floating}"'
    written += f' alt="{html.escape(alt)}">'
    page.markup(f'<a href="{html.escape(c.href)}">{written}</a>' if c.href else written, c)


def _write_label(walk: "Walk", alt: str, c: Context) -> None:
    label = _(" [image\u00a0: {name}] ").format(name=alt[:120]) if alt else _(" [image] ")
    look = c._replace(fg=readable("#5a6570", c.bg), size=12.0, bold=False, caps="", italic=True, tiny=False)
    walk.page.text(label, look)


def _shown_size(
    walk: "Walk", source: str, width: float | None, height: float | None, c: Context, st: Mapping[str, str]
) -> tuple[float | None, float | None]:
    """As the sender wants it, never wider than the line."""
    if not width and source.startswith("cid:") and walk.sizes is not None:
        natural = walk.sizes.get(source[4:])
        if natural and natural[1] > 0:
            width, height = (height * natural[0] / natural[1], height) if height else natural
        else:
            width, height = None, None
    most = length(st.get("max-width"), c.size, c.avail)
    if most and most > 0 and (not width or width > most):
        width, height = most, (height * most / width if width and height else None)
    if width and width > c.avail:
        width, height = c.avail, (height * c.avail / width if height else None)
    if width is not None and not 0 < width < 10_000:
        return None, None
    return width, min(height, 4000) if height and height > 0 else None
