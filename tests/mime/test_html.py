"""Received HTML: what ordinary letters become, and what hostile ones cannot do."""

import re
import subprocess
import sys
import time
from html.parser import HTMLParser
from typing import ClassVar

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mssclient.mime.html import CompiledHtml, compile_html, plain_words
from mssclient.mime.html.css import color, length, readable, style
from mssclient.mime.html.sheets import flatten
from mssclient.model.records import from_wire, to_wire
from tests.mime import bodies


class Checker(HTMLParser):
    """Fails on anything that is not in the small dialect."""

    ALLOWED: ClassVar[dict[str, set[str]]] = {
        "body": {"bgcolor"},
        "p": {"style", "align", "dir"},
        "span": {"style"},
        "a": {"href", "style"},
        "img": {"src", "alt", "width", "height", "style"},
        "table": {"cellspacing", "cellpadding", "width", "align", "style", "bgcolor"},
        "tr": set(),
        "td": {"bgcolor", "style", "colspan", "rowspan", "width", "valign"},
        "br": set(),
        "b": set(),
    }
    STYLES = re.compile(
        r"(?:(?:margin|padding|border|color|background-color|font|text|vertical|white|line|float)[a-z-]*:"
        r"[a-z0-9#., -]+(?:;|$))*"
    )

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.open: list[str] = []
        self.links: list[str] = []
        self.pictures: list[str] = []
        self.words: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in self.ALLOWED, tag
        assert len({name for name, _ in attrs}) == len(attrs)
        for name, value in attrs:
            assert name in self.ALLOWED[tag], (tag, name)
            assert value is not None
            if name == "href":
                assert re.match(r"(?:https?://|mailto:|tel:)", value, re.I), value
                self.links.append(value)
            elif name == "src":
                assert re.fullmatch(r"img:\d+", value), value
                self.pictures.append(value)
            elif name == "style":
                assert self.STYLES.fullmatch(value), value
            elif name == "bgcolor":
                assert re.fullmatch(r"#[0-9a-f]{6}", value), value
            elif name in ("colspan", "rowspan"):
                assert 1 <= int(value) <= 100
            elif name == "width":
                assert re.fullmatch(r"\d{1,4}%?", value), value
            elif name != "alt":
                assert re.fullmatch(r"[a-z0-9]*", value), (name, value)
        if tag not in ("br", "img"):
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError("comment")

    def handle_decl(self, decl: str) -> None:
        raise AssertionError("declaration")


def check(result: CompiledHtml) -> Checker:
    checker = Checker()
    checker.feed(result.html)
    checker.close()
    assert checker.open in ([], ["body"])
    assert set(checker.pictures) <= set(result.sources)
    for source in result.sources.values():
        assert re.match(r"(?:cid:|data:image/(?:png|jpe?g|gif|webp|bmp);base64,)", source, re.I), source[:50]
    text = "".join(checker.words) + result.text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]", text)
    assert from_wire(to_wire(result), CompiledHtml) == result
    return checker


@pytest.mark.parametrize("name", bodies.HOSTILE)
def test_hostile_bodies_become_the_small_dialect(name: str) -> None:
    """And in less than the three seconds that the child has (processor time: the machine may be busy)."""
    begun = time.process_time()
    result = compile_html(bodies.HOSTILE[name], cid_pictures={"a": (10, 10)})
    spent = time.process_time() - begun
    check(result)
    assert spent < 3, f"{spent:.2f} s"
    assert len(result.html) < 12_000_000


@pytest.mark.parametrize("name", bodies.ORDINARY)
@pytest.mark.parametrize("dark", [False, True])
def test_ordinary_bodies_become_the_small_dialect(name: str, dark: bool) -> None:
    result = compile_html(bodies.ORDINARY[name], dark=dark, cid_pictures={"logo@x": (300, 100)})
    check(result)
    assert result.degraded == ""
    assert result.text


def test_hidden_words_stay_hidden() -> None:
    result = compile_html(bodies.HOSTILE["hidden words"])
    assert "caché" not in result.html + result.text


def test_lying_links_are_told() -> None:
    result = compile_html(bodies.HOSTILE["lying links"])
    assert "[⚠ mène à\u00a0: evil.example]" in result.html
    assert "special" not in result.html
    assert "adresse à caractères spéciaux" in result.html
    assert len(result.warnings) >= 3
    honest = compile_html(
        "<a href='https://www.labo.example/x'>labo.example</a> <a href='https://a.labo.example/'>LABO.example</a>"
    )
    assert honest.warnings == ()


@pytest.mark.parametrize(
    "text", ["lab\u200bo.example", "labo\u00ad.example", "labo\uff0eexample", "labo.\u2060example"]
)
def test_a_lying_link_may_hold_letters_that_nobody_sees(text: str) -> None:
    result = compile_html(f"<a href='https://evil.example/'>{text}</a>")
    assert "[⚠ mène à\u00a0: evil.example]" in result.html
    assert compile_html(f"<a href='https://labo.example/'>{text}</a>").warnings == ()


def test_javascript_links_lose_their_link() -> None:
    checker = check(compile_html(bodies.HOSTILE["javascript links"]))
    assert checker.links == []
    assert "".join(checker.words) == "abc"


def test_pictures_are_keys_of_this_message() -> None:
    result = compile_html(bodies.SIGNATURE, cid_pictures={"logo@x": (300, 150)})
    assert result.sources == {"img:0": "cid:logo@x"}
    assert '<img src="img:0" width="100" alt="">' in result.html
    assert "[image\u00a0: absent]" in result.html
    assert len(compile_html(bodies.SIGNATURE).sources) == 2, "sizes not known: every one is kept"


def test_remote_pictures_are_counted_not_loaded() -> None:
    result = compile_html(bodies.NEWSLETTER)
    assert result.remote_blocked == 2
    assert "traceur" not in result.html
    assert "[image\u00a0: Logo]" in result.html
    assert "caché" not in result.text


def test_a_result_table_reads_as_text() -> None:
    result = compile_html(bodies.RESULTS)
    assert "Potassium | 6,1 | mmol/L | 3,5 – 5,1" in result.text
    assert result.html.count("<td") == 12
    assert "color:#cc0000" in result.html
    assert '<p align="right"' in result.html


def test_quotes_keep_their_levels() -> None:
    result = compile_html(bodies.GMAIL)
    assert "> Résultats joints." in result.text
    assert "> > plus ancien" in result.text
    assert "border-left:" in result.html


def test_numbers_of_lists_are_exact() -> None:
    text = compile_html(bodies.LISTS).text
    for line in (
        "3.\u00a0\u00a0trois",
        "4.\u00a0\u00a0quatre",
        "a.\u00a0\u00a0un",
        "b.\u00a0\u00a0deux",
        "I.\u00a0\u00a0I",
        "nu",
    ):
        assert line.replace("\u00a0", " ") in text


def test_preformatted_text_keeps_its_columns() -> None:
    assert compile_html(bodies.PREFORMATTED).text == "OBX|1|NM  |K\n  retrait       tab"


def test_white_on_white_is_made_readable() -> None:
    assert "color:#ffffff" not in compile_html(bodies.WHITE_ON_WHITE).html


def test_dark_pages() -> None:
    plain = compile_html(bodies.GMAIL, dark=True)
    assert plain.background == "#1a1f27"
    assert "color:#e6eaf0" in plain.html
    white = compile_html("<body bgcolor=white style='color:black'><p>a</p></body>", dark=True)
    assert white.background == "#1a1f27"
    assert "#000000" not in white.html
    painted = compile_html("<body style='background:#fff8e1'><p>a</p></body>", dark=True)
    assert painted.background == "#fff8e1", "a page that its sender painted keeps its colours"


def test_a_body_beyond_the_limits_gives_its_words() -> None:
    result = compile_html("<p>début &amp; <b>suite</b></p>" + "<div>" * 5000 + "fin")
    assert result.degraded
    assert "début & suite" in result.text
    assert "fin" in result.text
    long = compile_html("<p>a</p>" * 20_000)
    assert long.degraded
    assert "afficher en texte" in long.html


def test_words_without_a_parser() -> None:
    assert plain_words(bodies.RESULTS).startswith("Compte rendu\n")
    assert "Potassium 6,1 mmol/L 3,5 – 5,1" in plain_words(bodies.RESULTS)
    assert plain_words("<p>a\nb</p><p>c&eacute;<br>d</p><script>x</script><!-- y -->") == "a b\ncé\nd"
    assert plain_words("3 < 5 et 7 > 6") == "3 < 5 et 7 > 6"


def test_style_values() -> None:
    assert style(
        "margin:1px 2px 3px; color: RED !important; color: blue; evil: x; background: url(x;y) #fff"
    ) == {
        "margin-top": "1px",
        "margin-right": "2px",
        "margin-bottom": "3px",
        "margin-left": "2px",
        "color": "red",
        "background-color": "#fff",
    }
    assert style("border: 1px solid windowtext; border-left: none")["border-left-style"] == "none"
    assert [length(v) for v in ("12pt", "2em", "50%", "x", None, "1e9px")] == [16, 30, None, None, None, None]
    assert [color(v) for v in ("red", "rgba(0,0,0,.5)", "transparent", "ffffff", "nope", None)] == [
        "#ff0000",
        "#808080",
        None,
        "#ffffff",
        None,
        None,
    ]
    assert readable("#ffffff", "#ffffff") == "#595959"
    assert readable("#333333", "#ffffff") == "#333333"


def test_style_sheets() -> None:
    css = "@import url(x); p{color:red} @media print{p{color:blue}} "
    css += "@media (max-width:400px){p{a:b}} /* x */ a:hover{b:c}"
    assert flatten(css).replace(" ", "") == "p{color:red}"
    assert flatten("@media (min-width:480px){.c{width:50%}}") == ".c{width:50%}"
    assert flatten("@media (prefers-color-scheme:dark){p{color:red}}") == ""
    assert flatten("p{color:red") == ""
    assert flatten("} p{color:red}").endswith("p{color:red}")


_PIECES = st.sampled_from(
    [
        "<p>",
        "</p>",
        "<table border=1>",
        "<tr>",
        "<td colspan=2>",
        "</table>",
        "<a href='http://x.example'>",
        "</a>",
        "<ul><li>",
        "</ul>",
        "<div style='",
        "background:#eee;",
        "float:left;width:50%",
        "display:flex",
        "'>",
        "</div>",
        "<blockquote>",
        "<img src=",
        "cid:x",
        "data:image/png;base64,",
        "file:///",
        " width=",
        "1e9",
        "-1",
        "100%",
        ">",
        "<style>",
        "p{",
        "}",
        "</style>",
        "<!--",
        "-->",
        "&amp;",
        "&#0;",
        "&lt;script&gt;",
        '"',
        "'",
        "<pre>",
        "\n",
        "\t",
        "<font size=+3>",
        "mot",
        "é",
        "\u202e",
        "<b>",
        "</b>",
        "<h1>",
        "<hr>",
        "<br>",
        "<body bgcolor=#123456 text=",
        "<span style='font-size:0'>",
        "dir=rtl",
        "<center>",
        "<sup>",
    ]
)


@settings(max_examples=250, deadline=None)
@given(st.lists(_PIECES | st.text(max_size=5), max_size=60).map("".join), st.booleans())
def test_any_markup(source: str, dark: bool) -> None:
    result = compile_html(source, dark=dark, cid_pictures={"x": (5, 5)})
    check(result)
    assert not result.degraded.startswith("Mise en page abandonnée"), "the walk failed"


def test_parsers_are_loaded_only_when_compiling() -> None:
    """`annotate` runs for every message and the engine starts quickly: no parser by importing."""
    code = (
        "import sys, mssclient.mime.summary, mssclient.mime.compose, mssclient.mime.html;"
        "print([m for m in ('lxml', 'nh3', 'css_inline', 'tinycss2', 'PIL', 'email') if m in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == "[]"
