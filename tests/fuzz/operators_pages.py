"""Bent configuration pages: read or refused; no server in clear, no host that is none, no placeholder left.

``python -m tests.fuzz.operators_pages --seconds 3600``
"""

from mssclient.model.errors import WorldError
from mssclient.operators.autoconfig.hosts import is_host
from mssclient.operators.autoconfig.page import read_page
from tests.fuzz.medical_mutations import campaign

ADDRESS = "camille.aubry@cabinet.mssante.fr"
_SERVER = """<{0}Server type="{1}"><hostname>{1}.%EMAILDOMAIN%</hostname><port>{2}</port>
<socketType>{3}</socketType><username>%EMAILADDRESS%</username>
<authentication>OAuth2</authentication><authentication>password-cleartext</authentication></{0}Server>"""
_PAGE = (
    '<?xml version="1.0"?><clientConfig version="1.1"><emailProvider id="x">{}</emailProvider></clientConfig>'
)
SPECIMENS = [
    _PAGE.format(
        _SERVER.format("incoming", "imap", 993, security)
        + _SERVER.format("outgoing", "smtp", 587, "STARTTLS")
    ).encode(codec)
    for security in ("SSL", "STARTTLS", "plain")
    for codec in ("utf-8", "utf-16")
] + [b'<!DOCTYPE a [<!ENTITY b "cc"><!ENTITY d "&b;&b;">]><clientConfig>&d;</clientConfig>', b"<html><head>"]


def check(data: bytes) -> None:
    try:
        found = read_page(data, ADDRESS)
    except WorldError:
        return
    for endpoint in (found.imap, found.smtp):
        if endpoint is not None:
            assert endpoint.security in ("tls", "starttls")
            assert is_host(endpoint.host)
            assert 0 < endpoint.port < 65536
    assert "%" not in found.login
    assert set(found.authentications) <= {"password", "psc", "cps"}


if __name__ == "__main__":
    campaign("operators_pages", SPECIMENS, check)
