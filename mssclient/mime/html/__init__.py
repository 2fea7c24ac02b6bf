"""Received HTML made into the small, safe dialect that QTextBrowser draws.

:func:`compile_html` loads parsers and belongs in the engine's bounded child (3 s limit);
:func:`plain_words` is a cheap, linear fallback that needs none.
"""

from collections.abc import Mapping

from mssclient.mime.html.plain import plain_words
from mssclient.model.messages import CompiledHtml

__all__ = ["CompiledHtml", "compile_html", "plain_words"]


def compile_html(
    html: str,
    *,
    width: int = 600,
    dark: bool = False,
    cid_pictures: Mapping[str, tuple[int, int]] | None = None,
) -> CompiledHtml:
    """One HTML body as a new document of checked values; never raises on hostile input.

    ``width`` in pixels is what a text line may take; ``cid_pictures`` gives the pixel size of the message's
    own pictures by Content-ID (None: not known, every ``cid:`` is kept). In the result every picture is an
    opaque key "img:N" of ``sources``.
    """
    from mssclient.mime.html.compiling import compile_body

    return compile_body(html, width=width, dark=dark, sizes=cid_pictures)
