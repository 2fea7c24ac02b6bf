"""The ordinary address that hears of new mail, told to a Zimbra by its dialogue."""

import ssl
from collections.abc import Callable

import pytest

from mssclient.access import notification
from mssclient.model.errors import MssError
from mssclient.operators.tls import client_context
from tests.access.test_passwords import LOGIN, REQUEST, answer, fault
from tests.planted import seed_secret
from tests.servers import Authority
from tests.servers.scripted import Close, Expect, Script, ScriptedServer, Send

PASSWORD = seed_secret("Zinnia-0-Avis")
ADDRESS = "camille@ordinaire.example"
TOKEN: Script = [REQUEST, Send(answer(AuthResponse={"authToken": [{"_content": "jeton"}]})), Close()]


@pytest.fixture
def context(authority: Authority) -> ssl.SSLContext:
    return client_context(authority.ca_pem.decode())


def info(address: str = "", enabled: str = "TRUE", **attributes: str) -> Script:
    preferences = {
        "zimbraPrefNewMailNotificationEnabled": enabled,
        "zimbraPrefNewMailNotificationAddress": address,
    }
    told = {"prefs": {"_attrs": preferences}, "attrs": {"_attrs": attributes}}
    return [REQUEST, Send(answer(GetInfoResponse=told)), Close()]


def taken(enabled: str, address: str) -> Script:
    wanted = (
        rb'.*"ModifyPrefsRequest": {"_jsns": "urn:zimbraAccount", "_attrs":'
        rb' {"zimbraPrefNewMailNotificationEnabled": "%s", "zimbraPrefNewMailNotificationAddress": "%s"'
    ) % (enabled.encode(), address.encode())
    return [REQUEST, Expect(wanted, b"}}}}"), Send(answer(ModifyPrefsResponse={})), Close()]


@pytest.mark.parametrize(
    ("script", "expected"),
    [(info(ADDRESS), ADDRESS), (info(ADDRESS, "FALSE"), ""), (info(), ""), (info(enabled=""), "")],
)
def test_what_the_operator_has(
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    context: ssl.SSLContext,
    script: Script,
    expected: str,
) -> None:
    server = scripted(TOKEN, script, tls=server_tls)
    assert notification.read(server.host, server.port, context, LOGIN, PASSWORD) == expected


@pytest.mark.parametrize(("address", "enabled"), [(ADDRESS, "TRUE"), ("", "FALSE")])
def test_it_is_told_of_another(
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    context: ssl.SSLContext,
    address: str,
    enabled: str,
) -> None:
    server = scripted(TOKEN, info("ancienne@x.example"), taken(enabled, address), tls=server_tls)
    notification.change(server.host, server.port, context, LOGIN, PASSWORD, address)


def test_what_it_has_already_is_not_told_again(
    scripted: Callable[..., ScriptedServer], server_tls: ssl.SSLContext, context: ssl.SSLContext
) -> None:
    server = scripted(TOKEN, info(ADDRESS), tls=server_tls)
    notification.change(server.host, server.port, context, LOGIN, PASSWORD, ADDRESS)


REFUSED: Script = [REQUEST, Send(fault("account.INVALID_ATTR_VALUE")), Close()]


@pytest.mark.parametrize(
    ("scripts", "code"),
    [
        ([[REQUEST, Send(fault("account.AUTH_FAILED")), Close()]], "login-refused"),
        ([[REQUEST, Send(fault("account.CHANGE_PASSWORD")), Close()]], "password-must-change"),
        (
            [[REQUEST, Send(b"HTTP/1.1 404 X\r\nContent-Length: 0\r\n\r\n"), Close()]],
            "notification-unavailable",
        ),
        ([TOKEN, info(zimbraFeatureNewMailNotificationEnabled="FALSE")], "notification-unavailable"),
        ([TOKEN, [REQUEST, Send(fault("service.PERM_DENIED")), Close()]], "notification-unavailable"),
        ([TOKEN, info(), REFUSED], "notification-address"),
        ([TOKEN, info(), [REQUEST, Close()]], "connection-lost"),
    ],
)
def test_each_refusal_has_its_sentence(
    scripted: Callable[..., ScriptedServer],
    server_tls: ssl.SSLContext,
    context: ssl.SSLContext,
    scripts: list[Script],
    code: str,
) -> None:
    server = scripted(*scripts, tls=server_tls)
    with pytest.raises(MssError) as raised:
        notification.change(server.host, server.port, context, LOGIN, PASSWORD, ADDRESS)
    assert raised.value.code == code
    assert raised.value.remedy
