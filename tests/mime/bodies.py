"""HTML bodies of the kinds that reach a practice, and hostile ones; all written here."""

# ruff: noqa: E501  markup stands as it is written

OUTLOOK = """<html xmlns:v="urn:schemas-microsoft-com:vml" xmlns:o="urn:schemas-microsoft-com:office:office"><head>
<meta http-equiv=Content-Type content="text/html; charset=utf-8"><style><!--
@font-face {font-family:Calibri; panose-1:2 15 5 2 2 2 4 3 2 4;}
p.MsoNormal, li.MsoNormal, div.MsoNormal {margin:0cm; font-size:11.0pt; font-family:"Calibri",sans-serif;}
a:link, span.MsoHyperlink {mso-style-priority:99; color:blue; text-decoration:underline;}
@page WordSection1 {size:612.0pt 792.0pt; margin:70.85pt 70.85pt 70.85pt 70.85pt;}
div.WordSection1 {page:WordSection1;} --></style>
<!--[if gte mso 9]><xml><o:shapedefaults v:ext="edit" spidmax="1026" /></xml><![endif]--></head>
<body lang=FR link=blue vlink=purple><div class=WordSection1>
<p class=MsoNormal>Cher confrère,<o:p></o:p></p><p class=MsoNormal><o:p>&nbsp;</o:p></p>
<p class=MsoNormal>Je vous adresse <b>Mme DUPUIS</b> pour <span style='color:red'>avis</span>.</p>
<ul><li class=MsoNormal>HTA</li><li class=MsoNormal>Diabète<ul><li>type 2</li></ul></li></ul>
<div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0cm 0cm 0cm'>
<p class=MsoNormal><b>De :</b> Secrétariat &lt;sec@clinique.example&gt;<br><b>Objet :</b> RDV</p></div>
<p class=MsoNormal>Bien à vous</p></div></body></html>"""

GMAIL = """<div dir="ltr">Merci, bien reçu.<br clear="all"><div><br></div>-- <br><div>Dr Anne Le Goff</div></div><br>
<div class="gmail_quote"><div dir="ltr" class="gmail_attr">Le lun. 16 nov. 2026 à 09:12, Labo a écrit :<br></div>
<blockquote class="gmail_quote" style="margin:0px 0px 0px 0.8ex;border-left:1px solid rgb(204,204,204);padding-left:1ex">
<div>Résultats joints.<blockquote>plus ancien</blockquote></div></blockquote></div>"""

RESULTS = """<!DOCTYPE html><html><body><h2 style="color:#1f58c7">Compte rendu</h2>
<table border="1" cellpadding="4" style="border-collapse:collapse"><thead><tr><th>Analyse</th><th>Résultat</th>
<th>Unité</th><th>Référence</th></tr></thead><tbody>
<tr><td>Potassium</td><td align="right" style="color:#c00;font-weight:bold">6,1</td><td>mmol/L</td><td>3,5 – 5,1</td></tr>
<tr><td>Créatinine</td><td align="right">71</td><td>µmol/L</td><td>45 – 84</td></tr></tbody></table>
<p>Biologiste : Dr Karim Benali</p></body></html>"""

NEWSLETTER = """<html><head><style>.col{width:100%} @media only screen and (min-width:480px){.col{width:50%!important}}
@media (prefers-color-scheme: dark){body{background:#000}} .pre{display:none;font-size:1px}</style></head>
<body style="background:#eeeeee"><div class="pre">texte caché d'aperçu</div>
<table width="100%" cellpadding="0" cellspacing="0"><tr><td align="center"><table width="600" bgcolor="#ffffff"
style="max-width:600px"><tr><td style="padding:20px"><img src="https://traceur.example/logo.png" width="200" alt="Logo">
<h1 style="font-size:28px">Formation</h1><p>Inscrivez-vous.</p>
<a href="https://formation.example/x" style="background:#1f58c7;color:#ffffff;padding:10px 20px;display:inline-block">
Je m'inscris</a><img src="https://traceur.example/p.gif" width="1" height="1"></td></tr>
<tr><td><div class="col" style="display:inline-block">Gauche</div><div class="col" style="display:inline-block">Droite
</div></td></tr></table></td></tr></table></body></html>"""

WHITE_ON_WHITE = '<body bgcolor="#ffffff"><p style="color:#ffffff">Texte blanc</p><p style="color:#fefefe">aussi</p></body>'
RTL = '<html dir="rtl"><body><p>שלום</p><table><tr><td>א</td><td>ב</td></tr></table></body></html>'
LISTS = """<ol start="3"><li>trois<li>quatre<ol type="a"><li>un<li>deux</ol></ol><ol type="I"><li>I</ol>
<ul style="list-style:none"><li>nu</ul>"""
PREFORMATTED = "<pre>OBX|1|NM  |K\n  retrait\ttab</pre>"
SIGNATURE = '<p>Voici</p><img src="cid:logo%40x" width="100"><img src="cid:ABSENT@x" alt="absent">'

ORDINARY = {
    "outlook": OUTLOOK,
    "gmail": GMAIL,
    "results": RESULTS,
    "newsletter": NEWSLETTER,
    "white on white": WHITE_ON_WHITE,
    "rtl": RTL,
    "lists": LISTS,
    "preformatted": PREFORMATTED,
    "signature": SIGNATURE,
}

_BIG = 400_000
HOSTILE = {
    "script": "<script>alert(1)</script><p onclick=alert(1)>a</p><img src=x onerror=alert(1)>",
    "script in svg": "<svg><script>alert(1)</script><image href='http://e.example/x'/></svg>",
    "javascript links": "<a href='javascript:alert(1)'>a</a><a href=' java\tscript:alert(1)'>b</a><a href='&#106;avascript:x'>c</a>",
    "other schemes": "".join(
        f"<a href='{scheme}x'>{n}</a><img src='{scheme}x' alt=x>"
        for n, scheme in enumerate(
            (
                "file:///etc/",
                "qrc:/",
                "//host/share/",
                "\\\\host\\share\\",
                "vbscript:",
                "data:text/html,",
                "ms-word:ofe|u|",
                "search-ms:",
                "view-source:",
                "about:",
                "blob:",
                "ftp://",
                "/etc/",
                "../",
                "http:\\\\e.example\\",
                "http:",
                "smb://h/",
            )
        )
    ),
    "every way to load": """<link rel=stylesheet href=http://e.example/a.css><base href=http://e.example/>
<style>@import url(http://e.example/b.css); @font-face{src:url(http://e.example/f.woff)} p{background:url(http://e.example/c.png)}
li{list-style:url(http://e.example/l.png)} .x::before{content:url(http://e.example/d.png)}</style>
<meta http-equiv=refresh content='0;url=http://e.example/'><iframe src=http://e.example/></iframe><object data=file:///etc/passwd>
</object><embed src=//h/s><video src=http://e.example/v poster=http://e.example/p></video><audio src=http://e.example/a></audio>
<img srcset='http://e.example/s.png 2x' src='file:///etc/passwd'><picture><source srcset=http://e.example/q.png></picture>
<body background=http://e.example/bg.png><table background=file:///x><tr><td background='//h/s.png'>a</table>
<div style="background-image:url(file:///etc/passwd)">b</div><input type=image src=http://e.example/i><form action=http://e.example/>
<button formaction=http://e.example/>c</button></form><p style="background:u\\72l(http://e.example/z)">d</p>""",
    "css expressions": "<p style='width:expression(alert(1));color:red;behavior:url(x.htc);-moz-binding:url(x)'>a</p>",
    "css breaking out": "<p style='color:red\"><img src=file:///x>'>a</p><font face='\"><img src=file:///x>' color='\"onload=x'>b</font>",
    "attributes breaking out": "<img src='cid:x\"><img src=file:///x>' alt='\"><script>' width='\"><x'><td width='1\" onclick=\"x'>a",
    "href breaking out": "<a href='http://e.example/\"><img src=file:///x>'>a</a><a href=\"mailto:x?subject='&quot;><b>\">m</a>",
    "align breaking out": "<p align='\"><img src=x>'>a<table align='x\"y' width='\"' border='\"'><tr valign='\"><td'><td valign='\"'>b</table>",
    "lying links": "<a href=http://evil.example/>https://www.banque.example/compte</a><a href=http://ｅvil.example/>x</a>"
    "<a href=http://xn--80ak6aa92e.example/>y</a><a href='http://banque.example@evil.example/'>banque.example</a>",
    "bidi": "<p>annexe\u202efdp.exe</p><a href='http://e.example/\u202e'>a\u2066b</a>",
    "controls": "<p>a\x00b\x07c\ud800d\ufeff</p><a href='http://e.\x00example/'>x</a>",
    "hidden words": "<div style='display:none'>caché1</div><span style='font-size:0'>caché2</span><p style='text-indent:-9999px'>caché3"
    "</p><div style='height:0;overflow:hidden'>caché4</div><p hidden>caché5</p><p style='mso-hide:all'>caché6</p>",
    "data pictures": "<img src='data:text/html;base64,PHA+'><img src='data:image/svg+xml;base64,PHN2Zz4='>"
    "<img src='data:image/png;base64,iVBORw0KGgo=' width=1e9 height=-5>",
    "huge sizes": "<table width=99999999 cellpadding=1e9 cellspacing=1e9 border=1e9><tr><td colspan=1000000000 rowspan=99999999 width=-5>a"
    "</table><font size=+99>b</font><p style='margin:1e30px;padding:99999999px;font-size:1e9px;text-indent:99999px'>c</p>",
    "comment tricks": "<!--><img src=file:///a>--><!--[if mso]><img src=file:///b><![endif]--><![if !mso]><img src=file:///c><![endif]>",
    "unclosed": "<style>p{<table><tr><td><a href='http://e.example/",
    "null page": "",
    "only a style": "<style>p{color:red}",
    "mutation": "<noscript><p title='</noscript><img src=x onerror=alert(1)>'></noscript><math><mi//xlink:href='data:x,<script>'>"
    "<table><svg><style><img src=file:///x></style></svg></table><textarea><img src=x></textarea><xmp><img src=file:///y></xmp>",
    "template": "<template><img src=file:///x></template><plaintext><img src=file:///z>",
    "many pictures": "<img src=cid:a>" * 5000,
    # slow ones
    "nested tables": "<table><tr><td>" * 400 + "a",
    "nested tables, closed": "<table><tr><td>" * 200 + "a" + "</td></tr></table>" * 200,
    "nested tables by two": "<table border=1><tr><td>x</td><td>" * 60 + "a",
    "nested divs": "<div style='background:#eee'>" * 5000 + "a",
    "nested blockquotes": "<blockquote>" * 590 + "a",
    "nested lists": "<ul><li>" * 590 + "a",
    "nested spans": "<span>" * 30_000 + "a",
    "misnested": "<b><i><u><s>" * 4000 + "a" + "</b></i></u></s>" * 4000,
    "misnested links": "<a href=http://e.example/><b>" * 1100 + "x",
    "one tag of attributes": "<p " + "".join(f"a{n}=1 " for n in range(100_000)) + ">a</p>",
    "one endless attribute": "<p style='" + "color:red;" * 100_000 + "'>a</p>",
    "semicolons in a style": "".join(f"<p style='color:#{n:06x}{';' * 3900}'>a</p>" for n in range(400)),
    "parentheses in a style": "".join(
        f"<p style='color:#{n:06x};width:{'(' * 3900}'>a</p>" for n in range(400)
    ),
    "digits in a font": "".join(f"<p style='font:{'1' * 3900}{n}'>a</p>" for n in range(300)),
    "entities": "&nbsp;" * 500_000,
    "unknown entities": "&x" * 500_000,
    "an endless word": "a" * 2_900_000,
    "endless blanks": " " * 2_900_000,
    "too large": "<p>a</p>" * 1_000_000,
    "list items": "<ul>" + "<li>a" * 50_000,
    "table cells": "<table border=1>" + ("<tr>" + "<td>a" * 10) * 5000,
    "a wide table": "<table><tr>" + "<td>a" * 50_000,
    "table rows": "<table border=1>" + "<tr><td>a<td>b" * 20_000,
    "rowspans": "<table>" + "<tr><td rowspan=100>a" * 10_000,
    "css rules": "<style>"
    + "".join(f".c{n} {{color:red}}" for n in range(20_000))
    + "</style>"
    + "<p class=c1>a" * 20_000,
    "css selectors": "<style>" + "* " * 900 + "{color:red}" + "</style>" + "<div>" * 500 + "a",
    "css wide selectors": "<style>"
    + ",".join(f".a .b .c{n}" for n in range(180))
    + "{color:red}</style>"
    + "<p class=c1>a" * 9000,
    "css sibling selectors": "<style>" + "p~p~p~p~p~p~p{color:red}" * 100 + "</style>" + "<p>a" * 9000,
    "css attribute selectors": "<style>"
    + "".join(f"[class*=a{n}]{{color:red}}" for n in range(300))
    + "</style>"
    + f"<p class='{'a' * 1000}'>x" * 3000,
    "css nested braces": "<style>" + "{" * 190_000 + "</style>a",
    "css comments": "<style>" + "/*" * 95_000 + "</style>a",
    "css media": "<style>" + "@media (min-width:1px){p{color:red}}" * 5000 + "</style><p>a",
    "comments": "<!-- " * _BIG,
    "styles": "<style>" * _BIG,
    "conditionals": "<![" * _BIG,
    "bodies": "<body '" * _BIG,
    "opening marks": "<" * 2_900_000,
    "closing tags": "</p>" * 100_000,
    "breaks": "<br>" * 100_000,
    "rules": "<hr>" * 50_000,
    "boxes": "<p style='border:1px solid red'>a</p>" * 20_000,
    "many runs": "<b>a</b>b" * 25_000,
    "many equal runs": "<b></b>abcdefghij" * 25_000,
    "links": "<a href=http://e.example/>e.example</a>" * 20_000,
    "flex": "<div style='display:flex'><p>a</p>" * 500 + "b",
    "grid": "<div style='display:grid;grid-template-columns:repeat(0,1fr)'>"
    + "<p>a</p>" * 12
    + "</div>"
    + "b",
    "floats": "<div style='float:left;width:50%'>" * 500 + "a",
    "preformatted pages": "<pre>" + "a\tb\n" * 200_000,
    "nbsp": "\xa0" * 1_000_000,
    "unicode that changes length": "<p>"
    + "İ" * 100_000
    + "<!-- x --><style>p{color:red}</style>"
    + "ß" * 100_000,
}
