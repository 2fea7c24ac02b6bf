"""The doors of an operator: an account and a credential in, a verified and authenticated stream out."""

import ssl
from collections.abc import Callable
from typing import TypeVar

from mssclient.access import imap
from mssclient.access.credential import Credential
from mssclient.access.proxy import Opened, reach_service
from mssclient.access.sieve import ManageSieve
from mssclient.access.smtp import Submission
from mssclient.access.stream import Patience, Stream
from mssclient.model.accounts import Account, Endpoint
from mssclient.model.errors import MssError, Refused
from mssclient.model.language import _
from mssclient.operators import station
from mssclient.operators.capabilities import Capabilities
from mssclient.operators.tls import client_context, new_client_context

__all__ = [
    "Credential",
    "ImapStream",
    "Opened",
    "Patience",
    "context_of",
    "open_imap",
    "open_sieve",
    "open_submission",
    "sieve_of",
]

T = TypeVar("T")


class ImapStream:
    """An authenticated IMAP stream and what the server can do."""

    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        self.stream = stream
        self.capabilities = capabilities


def context_of(account: Account, credential: Credential | None = None) -> ssl.SSLContext:
    """The TLS context for this account, with the credential's certificate when it has one.

    The operator's profile says whose certificates count. Without one an MSSanté account believes IGC-Santé
    alone (ECO.1.1.10), and an ordinary one, which only takes a password, the computer's own authorities.
    """
    profile = station.profile_of(account.operator)
    system, ca_pem = account.auth == "password" and not _is_mssante(account), account.ca_pem
    if profile is not None:
        system = profile.trust == "system"
        ca_pem = "\n".join(each for each in (ca_pem, *profile.anchors) if each)
    if credential is None or not credential.wants_own_context:
        return client_context(ca_pem, system=system)
    context = new_client_context(ca_pem, system=system)
    credential.prepare(context)
    return context


def _is_mssante(account: Account) -> bool:
    return account.mssante or f".{account.address.rpartition('@')[2]}".casefold().endswith(".mssante.fr")


def open_imap(
    account: Account,
    credential: Credential,
    patience: Patience | None = None,
    opened: Opened | None = None,
) -> ImapStream:
    """Connect, secure, check, log in.

    Raises WorldError (or its child Refused) with one of: host-unknown, host-unreachable, timeout,
    connection-lost, tls-failed, certificate-untrusted, certificate-expired, certificate-name,
    certificate-revoked, starttls-missing, preauth-before-tls, server-busy, protocol-nonsense, those of
    :func:`imap.log_in`, and what the credential raises (a card, a session that ended).
    Thread: any; the stream belongs to the caller's.
    """
    return _with_second_try(lambda: _open_imap(account, credential, patience, opened), credential)


def open_submission(
    account: Account,
    credential: Credential,
    patience: Patience | None = None,
    opened: Opened | None = None,
) -> Submission:
    """Connect, secure, check, log in to the submission server. Raises as :func:`open_imap`."""
    return _with_second_try(lambda: _open_submission(account, credential, patience, opened), credential)


def open_sieve(
    account: Account,
    credential: Credential,
    patience: Patience | None = None,
    opened: Opened | None = None,
) -> ManageSieve:
    """Connect, secure, check, log in to the server of filters (ManageSieve).

    Raises as :func:`open_imap`, Refused: sieve-unknown, server-moved.
    """
    return _with_second_try(lambda: _open_sieve(account, credential, patience, opened), credential)


def sieve_of(account: Account) -> Endpoint | None:
    """Where its filters are kept, by the account or else by its operator's profile."""
    profile = station.profile_of(account.operator)
    return account.sieve or (profile.sieve if profile is not None else None)


def _with_second_try(opening: Callable[[], T], credential: Credential) -> T:
    """A token that the operator refuses may just have ended: once more, with a new one."""
    try:
        return opening()
    except MssError as error:
        if error.code != "token-refused" or not credential.may_try_again():
            raise
    return opening()


def _open_imap(
    account: Account, credential: Credential, patience: Patience | None, opened: Opened | None
) -> ImapStream:
    stream, context, implicit = _connect(account.imap, account, credential, patience, opened)
    try:
        if implicit:
            _secure(stream, context, credential)
        capabilities = imap.begin_session(stream, context_ready=implicit)
        if not implicit:
            imap.upgrade(stream, capabilities)
            _secure(stream, context, credential)
            capabilities = imap.ask_capabilities(stream)
        return ImapStream(stream, imap.log_in(stream, capabilities, credential, account.imap))
    except BaseException:
        stream.close()
        raise


def _open_submission(
    account: Account, credential: Credential, patience: Patience | None, opened: Opened | None
) -> Submission:
    stream, context, implicit = _connect(account.smtp, account, credential, patience, opened)
    try:
        submission = Submission(stream)
        if implicit:
            _secure(stream, context, credential)
        submission.greet()
        if not implicit:
            submission.upgrade()
            _secure(stream, context, credential)
            submission.secured()
        submission.log_in(credential, account.smtp)
        return submission
    except BaseException:
        stream.close()
        raise


def _open_sieve(
    account: Account, credential: Credential, patience: Patience | None, opened: Opened | None
) -> ManageSieve:
    endpoint = sieve_of(account)
    if endpoint is None:
        raise Refused(
            "sieve-unknown",
            _("Aucun serveur de filtres (ManageSieve) n’est connu pour cette boîte."),
            _("Réglez les filtres sur la page de l’opérateur."),
        )
    stream, context, implicit = _connect(endpoint, account, credential, patience, opened)
    try:
        filters = ManageSieve(stream)
        if not implicit:
            filters.greet()
            filters.upgrade()
        _secure(stream, context, credential)
        filters.greet()
        filters.log_in(credential, endpoint)
        return filters
    except BaseException:
        stream.close()
        raise


def _secure(stream: Stream, context: ssl.SSLContext, credential: Credential) -> None:
    try:
        stream.start_tls(context)
    except MssError as error:
        raise credential.handshake_problem(error) from None


def _connect(
    endpoint: Endpoint,
    account: Account,
    credential: Credential,
    patience: Patience | None,
    opened: Opened | None,
) -> tuple[Stream, ssl.SSLContext, bool]:
    context = context_of(account, credential)
    return (
        reach_service(endpoint.host, endpoint.port, patience, opened),
        context,
        # Anything but "starttls" is TLS from the first octet: clear text does not exist here.
        endpoint.security != "starttls",
    )
