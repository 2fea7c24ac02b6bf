import ssl

import pytest

from mssclient.model.errors import Refused
from mssclient.operators.tls import client_context, operator_anchors
from tests.servers import Authority


def test_the_policy_is_strict_whatever_the_anchors(authority: Authority) -> None:
    for context in (client_context(), client_context(authority.ca_pem.decode()), client_context(system=True)):
        assert context.minimum_version >= ssl.TLSVersion.TLSv1_2
        assert context.verify_mode is ssl.CERT_REQUIRED
        assert context.check_hostname


def test_only_forward_secret_authenticated_suites() -> None:
    names = [suite["name"] for suite in client_context().get_ciphers()]
    assert names
    for name in names:
        assert name.startswith(("TLS_", "ECDHE-", "DHE-")), name
        assert "GCM" in name or "CHACHA20" in name or "CCM" in name, name


def test_an_anchor_that_is_none_is_refused() -> None:
    for text in ("du texte", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"):
        with pytest.raises(Refused) as refusal:
            client_context(text)
        assert refusal.value.code == "certificate-anchor"


def test_the_shipped_anchors_are_certificates() -> None:
    context = client_context()
    assert len(context.get_ca_certs()) == len(operator_anchors())
