"""The two doors of an operator: an account and a credential in, a verified and authenticated stream out."""

import ssl

from mssclient.access import imap
from mssclient.access.credential import Credential
from mssclient.access.smtp import Submission
from mssclient.access.stream import Patience, Stream
from mssclient.model.accounts import Account, Endpoint
from mssclient.operators.capabilities import Capabilities
from mssclient.operators.tls import client_context

__all__ = ["Credential", "ImapStream", "Patience", "context_of", "open_imap", "open_submission"]


class ImapStream:
    """An authenticated IMAP stream and what the server can do."""

    def __init__(self, stream: Stream, capabilities: Capabilities) -> None:
        self.stream = stream
        self.capabilities = capabilities


def context_of(account: Account) -> ssl.SSLContext:
    """The TLS context for this account.

    ECO.1.1.10 wants IGC-Santé alone on the "API LPS" interface (card, Pro Santé Connect). Operators that
    take a password do so on a public interface, mostly with a certificate of a public authority.
    """
    return client_context(account.ca_pem, system=account.auth == "password")


def open_imap(account: Account, credential: Credential, patience: Patience | None = None) -> ImapStream:
    """Connect, secure, check, log in.

    Raises WorldError (or its child Refused) with one of: host-unknown, host-unreachable, timeout,
    connection-lost, tls-failed, certificate-untrusted, certificate-expired, certificate-name,
    certificate-revoked, starttls-missing, preauth-before-tls, login-refused, login-impossible,
    server-busy, protocol-nonsense. Thread: any; the stream belongs to the caller's.
    """
    stream, context, implicit = _connect(account.imap, account, patience)
    try:
        if implicit:
            stream.start_tls(context)
        capabilities = imap.begin_session(stream, context_ready=implicit)
        if not implicit:
            imap.upgrade(stream, capabilities)
            stream.start_tls(context)
            capabilities = imap.ask_capabilities(stream)
        return ImapStream(stream, imap.log_in(stream, capabilities, credential))
    except BaseException:
        stream.close()
        raise


def open_submission(account: Account, credential: Credential, patience: Patience | None = None) -> Submission:
    """Connect, secure, check, log in to the submission server. Raises as :func:`open_imap`."""
    stream, context, implicit = _connect(account.smtp, account, patience)
    try:
        submission = Submission(stream)
        if implicit:
            stream.start_tls(context)
        submission.greet()
        if not implicit:
            submission.upgrade()
            stream.start_tls(context)
            submission.secured()
        submission.log_in(credential)
        return submission
    except BaseException:
        stream.close()
        raise


def _connect(
    endpoint: Endpoint, account: Account, patience: Patience | None
) -> tuple[Stream, ssl.SSLContext, bool]:
    context = context_of(account)
    return (
        Stream.connect(endpoint.host, endpoint.port, patience),
        context,
        # Anything but "starttls" is TLS from the first octet: clear text does not exist here.
        endpoint.security != "starttls",
    )
