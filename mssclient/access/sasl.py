"""SASL responses (RFC 4422) that carry no password: EXTERNAL, XOAUTH2, OAUTHBEARER."""

__all__ = ["external", "oauthbearer", "xoauth2"]

_STEP = "\x01"


def external() -> bytes:
    """RFC 4422 appendix A, without an authorization identity: the server takes it from the certificate."""
    return b""


def xoauth2(login: str, token: str) -> bytes:
    """As Pro Santé Connect's operators want it (ECO.1.2.1); the form is Google's."""
    return f"user={login}{_STEP}auth=Bearer {token}{_STEP}{_STEP}".encode()


def oauthbearer(login: str, host: str, port: int, token: str) -> bytes:
    """RFC 7628 §3.1."""
    name = login.replace("=", "=3D").replace(",", "=2C")
    fields = (f"n,a={name},", f"host={host}", f"port={port}", f"auth=Bearer {token}", "", "")
    return _STEP.join(fields).encode()
