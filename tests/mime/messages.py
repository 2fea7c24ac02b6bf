"""Nasty messages written by hand for the tests of the MIME room; invented people only."""


def crlf(text: str) -> bytes:
    """A message written with \\n as it travels."""
    return text.replace("\n", "\r\n").encode("utf-8")


MIXED = crlf(
    """From: =?utf-8?q?Zo=C3=A9_Martin?= <zoe@cabinet.example>
To: Jean Petit <jean@labo.example>
Date: Mon, 16 Nov 2026 09:12:00 +0100
Message-ID: <1@cabinet.example>
Subject: =?utf-8?b?UsOpc3VsdGF0cw==?=
 du jour
MIME-Version: 1.0
Content-Type: multipart/mixed; boundary="abc"

ceci n'est pas montré
--abc
Content-Type: text/plain; charset=utf-8

Bonjour,
ça va.
--abc
Content-Type: message/rfc822

Subject: dedans
Content-Type: multipart/alternative; boundary=abcd

--abcd

plat
--abcd
Content-Type: text/html

<p>riche</p>
--abcd--
--abc
Content-Type: application/pdf; name*=utf-8''r%C3%A9sultat.pdf
Content-Disposition: attachment
Content-Transfer-Encoding: base64

SGVsbG8=
--abc--
"""
)
