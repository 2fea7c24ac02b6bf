"""``<style>`` sheets made flat: plain rules, and those of @media blocks that hold for our width. Bounded."""

import re

from mssclient.mime.html.css import length

__all__ = ["flatten"]

MAX_CSS = 200_000
MAX_RULES = 1500
_BRACE = re.compile(r"[{}]")
_MIN = re.compile(r"min(?:-device)?-width\s*:\s*([\d.]{1,9}[a-z]*)")
_MAX = re.compile(r"max(?:-device)?-width\s*:\s*([\d.]{1,9}[a-z]*)")
_KEPT_PSEUDO = (":link", ":first-child", ":last-child")


def _holds(query: str, width: int, dark: bool) -> bool:
    """Whether one of the media queries holds for a screen of ``width`` pixels.

    Dark schemes are never asked for: a page made dark by its sender and by us would be dark twice.
    """
    for part in query.lower().split(","):
        if "print" in part or "dark" in part or "aspect" in part or "-webkit-min" in part:
            continue
        if part.strip().startswith("not") or (dark and "prefers-color-scheme" in part):
            continue
        least = [length(value) or 0 for value in _MIN.findall(part)]
        most = [length(value) or 0 for value in _MAX.findall(part)]
        if all(value <= width for value in least) and all(value >= width for value in most):
            return True
    return False


def flatten(css: str, width: int = 620, dark: bool = False) -> str:
    """Rules without any at-rule and without states (``:hover``), ready to be put on the elements."""
    css = _drop_comments(css[:MAX_CSS])
    out: list[str] = []
    _flatten(css, width, dark, out, top=True)
    return "".join(out)


def _drop_comments(css: str) -> str:
    out: list[str] = []
    at = 0
    while (begun := css.find("/*", at)) >= 0:
        out.append(css[at:begun])
        stop = css.find("*/", begun + 2)
        if stop < 0:
            return " ".join(out)  # the rest is a comment
        at = stop + 2
    out.append(css[at:])
    return " ".join(out).replace("<!--", " ").replace("-->", " ")


def _flatten(css: str, width: int, dark: bool, out: list[str], top: bool) -> None:
    at = 0
    for _ in range(MAX_RULES):
        opened = css.find("{", at)
        if opened < 0 or len(out) > MAX_RULES:
            break
        head = css[at:opened].rpartition(";")[2].strip()  # an @import or @charset may stand before
        depth, stop = 1, opened + 1
        while depth:
            brace = _BRACE.search(css, stop)
            if brace is None:
                return
            depth += 1 if brace[0] == "{" else -1
            stop = brace.end()
        body, at = css[opened + 1 : stop - 1], stop
        if head.startswith("@"):
            if top and head[:6].lower() == "@media" and "@" not in body and _holds(head[6:], width, dark):
                _flatten(body, width, dark, out, top=False)
        elif "{" not in body and len(head) < 2000:
            kept = [
                part for part in head.split(",") if ":" not in part or part.strip().endswith(_KEPT_PSEUDO)
            ]
            if kept and head:
                out.append(f"{','.join(kept).replace(':link', '')}{{{body}}}")
