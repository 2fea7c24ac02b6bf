"""The ordinary address that a Zimbra tells of new mail: one of the person's preferences there.

Source: ``zimbraPrefNewMailNotificationEnabled`` and ``…Address`` (one address), ModifyPrefs of zm-mailbox 8.8
to 10.1. The server words the notice, and by its default puts sender and subject into it.
"""

import ssl

from mssclient.access import zimbra
from mssclient.access.passwords.problems import must_change
from mssclient.access.zimbra import ACCOUNT, Fault
from mssclient.model.errors import Refused
from mssclient.model.language import _

__all__ = ["change", "read"]

_ENABLED = "zimbraPrefNewMailNotificationEnabled"
_ADDRESS = "zimbraPrefNewMailNotificationAddress"
_FEATURE = "zimbraFeatureNewMailNotificationEnabled"


def read(host: str, port: int, context: ssl.SSLContext, login: str, password: str) -> str:
    """ "" when nobody is told. Raises Refused login-refused, password-must-change, notification-unavailable;
    WorldErrors of ``access.https``."""
    try:
        return _read(host, port, context, zimbra.log_in(host, port, context, login, password))
    except Fault as fault:
        raise _refusal(fault) from None


def change(host: str, port: int, context: ssl.SSLContext, login: str, password: str, address: str) -> None:
    """ "" ends it. Raises as :func:`read`, and Refused notification-address."""
    try:
        token = zimbra.log_in(host, port, context, login, password)
        if _read(host, port, context, token) == address:
            return
        wanted = {_ENABLED: "TRUE" if address else "FALSE", _ADDRESS: address}
        request = {"ModifyPrefsRequest": {"_jsns": ACCOUNT, "_attrs": wanted}}
        zimbra.call(host, port, context, request, token=token)
    except Fault as fault:
        raise _refusal(fault) from None


def _read(host: str, port: int, context: ssl.SSLContext, token: str) -> str:
    info = zimbra.info(host, port, context, token, "prefs,attrs")
    if info.attributes.get(_FEATURE) == "FALSE":
        raise Fault(_FEATURE)
    return info.preferences.get(_ADDRESS, "") if info.preferences.get(_ENABLED) == "TRUE" else ""


def _refusal(fault: Fault) -> Refused:
    match fault.code:
        case "account.AUTH_FAILED":
            return Refused(
                "login-refused",
                _("L’opérateur a refusé le mot de passe de cette boîte aux lettres."),
                _("Saisissez-le de nouveau, puis recommencez."),
            )
        case "account.CHANGE_PASSWORD":
            return must_change()
        case "account.INVALID_ATTR_VALUE":
            return Refused(
                "notification-address",
                _("L’opérateur ne prend pas cette adresse."),
                _("Vérifiez-la, ou donnez-en une autre."),
            )
        case _:
            return Refused(
                "notification-unavailable",
                _("L’opérateur ne permet pas de choisir d’ici l’adresse à prévenir."),
                _("Réglez-la sur sa page, ou demandez-le à son assistance."),
                fault.code,
            )
