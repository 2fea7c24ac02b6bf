"""A client certificate whose private key is a function: a card, a PKCS#11 module, any signer.

The key is placed into the OpenSSL that Python's own ``ssl`` uses, so IMAP, SMTP, Sieve, LDAP and HTTPS keep
an ordinary :class:`ssl.SSLContext` and the private key never leaves its place. This is the only file that
reaches OpenSSL by ctypes.

How it is held together: one RSA method and one C callback serve the whole process and are never freed. Each
:class:`ClientKey` owns one reference to its RSA object, so the address by which the callback finds it cannot
belong to another key while it is known. RSA_METHOD is deprecated since OpenSSL 3.0 but works up to 3.5; keys
of such a method take OpenSSL's legacy path.
"""

import contextlib
import ctypes as c
import ssl
import sys
import threading
import weakref
from collections.abc import Callable, Sequence
from enum import IntEnum
from functools import cache
from typing import Any

from mssclient.model.errors import WorldError
from mssclient.model.language import _

__all__ = ["ClientKey", "Padding", "Sign", "attach", "attach_software", "check_openssl"]

_SSL_CTRL_CHAIN_CERT = 89
_SSL_CTRL_SET_CLIENT_SIGALGS_LIST = 102
_WITHOUT_PSS = b"RSA+SHA256:RSA+SHA384:RSA+SHA512"
_CERTIFICATE_OCTETS = 1 << 16
_WINDOWS_NAMES = ("3", "3-x64", "3-arm64", "1_1", "1_1-x64", "1_1-arm64")

_Callback = c.CFUNCTYPE(c.c_int, c.c_int, c.c_void_p, c.c_void_p, c.c_void_p, c.c_int)


class Padding(IntEnum):
    """What the signer has to do with the block; the numbers are OpenSSL's."""

    PKCS1 = 1
    """The block is a DigestInfo: pad it as PKCS#1 v1.5 type 1, then the private operation."""
    NONE = 3
    """The block is as long as the modulus and padded already (PSS): the private operation alone."""


Sign = Callable[[bytes, Padding], bytes]
"""Called by the thread that does the handshake, with the interpreter lock held; may block; may raise."""


class ClientKey:
    """A key attached to a context. The context keeps it alive; whoever wants its errors may keep it too.

    An exception of the signer cannot go through OpenSSL: the handshake fails with words of OpenSSL's, and
    the exception waits here for the thread that made the handshake.
    """

    def __init__(self, sign: Sign, *, pss: bool = True) -> None:
        self._sign = sign
        self.pss = pss
        """False: TLS 1.3 is out of reach."""
        self._errors: dict[int, BaseException] = {}
        self.signatures = 0
        """How many were made."""

    @property
    def error(self) -> BaseException | None:
        """What the signer raised in the last handshake of the calling thread."""
        return self._errors.get(threading.get_ident())

    def take_error(self) -> BaseException | None:
        """The same, once: to be asked before a handshake (old news go) and after a failed one."""
        return self._errors.pop(threading.get_ident(), None)

    def answer(self, block: bytes, padding: int, size: int) -> bytes | None:
        """The signature of exactly ``size`` octets, or None after noting why. For the callback."""
        thread = threading.get_ident()
        self._errors.pop(thread, None)
        try:
            signature = self._sign(block, Padding(padding))
            if len(signature) != size:
                raise ValueError("a signature of a wrong length")
        except BaseException as error:  # noqa: BLE001 - handed over: nothing may go through OpenSSL's frames
            self._errors[thread] = error
            return None
        self.signatures += 1
        return signature


class _OpenSsl:
    """The functions of the interpreter's OpenSSL, found once."""

    def __init__(self) -> None:
        tls, crypto = _libraries()
        pointer, number = c.c_void_p, c.c_int

        def function(library: c.CDLL, name: str, result: Any, *arguments: Any) -> Any:
            found = getattr(library, name)  # AttributeError: not exported
            found.restype, found.argtypes = result, arguments
            return found

        version = function(crypto, "OpenSSL_version", c.c_char_p, number)
        if version(0).decode("ascii", "replace") != ssl.OPENSSL_VERSION:
            raise OSError("another OpenSSL")
        self.d2i_x509 = function(crypto, "d2i_X509", pointer, pointer, c.POINTER(c.c_char_p), c.c_long)
        self.x509_free = function(crypto, "X509_free", None, pointer)
        self.x509_pubkey = function(crypto, "X509_get0_pubkey", pointer, pointer)
        self.get1_rsa = function(crypto, "EVP_PKEY_get1_RSA", pointer, pointer)
        self.rsa_public_dup = function(crypto, "RSAPublicKey_dup", pointer, pointer)
        self.rsa_free = function(crypto, "RSA_free", None, pointer)
        self.rsa_size = function(crypto, "RSA_size", number, pointer)
        self.rsa_set_method = function(crypto, "RSA_set_method", number, pointer, pointer)
        self.pkey_new = function(crypto, "EVP_PKEY_new", pointer)
        self.pkey_set1_rsa = function(crypto, "EVP_PKEY_set1_RSA", number, pointer, pointer)
        self.d2i_key = function(
            crypto, "d2i_AutoPrivateKey", pointer, pointer, c.POINTER(c.c_char_p), c.c_long
        )
        self.pkey_free = function(crypto, "EVP_PKEY_free", None, pointer)
        self.clear_errors = function(crypto, "ERR_clear_error", None)
        self.use_certificate = function(tls, "SSL_CTX_use_certificate", number, pointer, pointer)
        self.use_key = function(tls, "SSL_CTX_use_PrivateKey", number, pointer, pointer)
        self.check_key = function(tls, "SSL_CTX_check_private_key", number, pointer)
        self.control = function(tls, "SSL_CTX_ctrl", c.c_long, pointer, number, c.c_long, pointer)
        self.options = function(tls, "SSL_CTX_get_options", c.c_uint64, pointer)
        self.verify_mode = function(tls, "SSL_CTX_get_verify_mode", number, pointer)
        duplicate = function(crypto, "RSA_meth_dup", pointer, pointer)
        original = function(crypto, "RSA_PKCS1_OpenSSL", pointer)
        set_private_encrypt = function(crypto, "RSA_meth_set_priv_enc", number, pointer, _Callback)
        self.method = duplicate(original())
        if not self.method or set_private_encrypt(self.method, _private_encrypt) != 1:
            raise OSError("RSA method")


def _libraries() -> tuple[c.CDLL, c.CDLL]:
    """(libssl, libcrypto) of the module ``_ssl``, never another copy. Raises OSError, AttributeError."""
    import _ssl  # pyright: ignore[reportMissingModuleSource]

    if sys.platform == "win32":
        # Only what the process has loaded already: its own DLLs, under names that vary with the build.
        windows = c.WinDLL("kernel32")
        windows.GetModuleHandleW.restype = c.c_void_p
        windows.GetModuleHandleW.argtypes = [c.c_wchar_p]
        for name in _WINDOWS_NAMES:
            handles = [windows.GetModuleHandleW(f"lib{part}-{name}.dll") for part in ("ssl", "crypto")]
            if all(handles):
                return c.CDLL("libssl", handle=handles[0]), c.CDLL("libcrypto", handle=handles[1])
        raise OSError("no OpenSSL loaded")
    # dlsym on the extension follows its own dependencies; without a file OpenSSL is inside the interpreter.
    library = c.CDLL(_ssl.__file__)
    return library, library


@cache
def _openssl() -> _OpenSsl:
    try:
        if sys.implementation.name != "cpython":
            raise OSError(sys.implementation.name)
        return _OpenSsl()
    except (OSError, AttributeError, TypeError, ImportError) as error:
        raise WorldError(
            "openssl-static",
            _("Cette installation ne permet pas d’utiliser une carte ou un certificat protégé."),
            _("Installez le programme avec le paquet fourni, ou un Python dont OpenSSL est séparé."),
            f"{type(error).__name__} {ssl.OPENSSL_VERSION}",
        ) from None


def check_openssl() -> None:
    """Raises WorldError("openssl-static") where this interpreter's OpenSSL cannot be reached."""
    _address_of(ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))


_keys: dict[int, "weakref.ref[ClientKey]"] = {}
"""By the address of the RSA object, each of which its ClientKey holds a reference to."""


@_Callback
def _private_encrypt(length: int, source: int, target: int, rsa: int, padding: int) -> int:
    found = _keys.get(rsa)
    key = found() if found is not None else None
    if key is None or length < 0:
        return -1
    # OpenSSL gives RSA_size octets of room and no more.
    signature = key.answer(c.string_at(source, length), padding, _openssl().rsa_size(rsa))
    if signature is None:
        return -1
    c.memmove(target, signature, len(signature))
    return len(signature)


def _address_of(context: ssl.SSLContext) -> int:
    """The SSL_CTX of a context: the first field after the object's head, from Python 3.6 to 3.14.

    What stands there must tell the same settings as the context, or nothing is touched.
    """
    openssl = _openssl()
    address = c.c_void_p.from_address(id(context) + object.__basicsize__).value
    if (
        not address
        or address % c.sizeof(c.c_void_p)
        or openssl.verify_mode(address) & 3 != {0: 0, 1: 1, 2: 3}[int(context.verify_mode)]
        or openssl.options(address) & 0xFFFFFFFF != int(context.options) & 0xFFFFFFFF
    ):
        raise WorldError(
            "openssl-static",
            _("Cette installation ne permet pas d’utiliser une carte ou un certificat protégé."),
            _("Installez le programme avec le paquet fourni."),
            f"SSLContext {sys.version.split()[0]}",
        )
    return address


def attach(
    context: ssl.SSLContext,
    certificate_der: bytes,
    sign: Sign,
    *,
    pss: bool,
    chain: Sequence[bytes] = (),
) -> ClientKey:
    """Let ``context`` show this RSA certificate and sign with ``sign``.

    ``pss``: the signer takes :attr:`Padding.NONE`. Without it the context is limited to TLS 1.2 and to
    PKCS#1 v1.5 signatures, both of which are needed: OpenSSL picks PSS in TLS 1.2 too.
    ``chain``: authorities to send along, DER. The context must be the caller's own, and not in use yet.
    Thread: one at a time for one context; its connections may then be made by any.

    Raises WorldError: openssl-static, client-certificate-unusable (not RSA, not a certificate, refused
    by the security level of this computer's OpenSSL).
    """
    address = _address_of(context)
    openssl = _openssl()
    key = ClientKey(sign, pss=pss)
    with contextlib.ExitStack() as freed:
        freed.callback(openssl.clear_errors)  # else the next call of ``ssl`` would report them
        certificate = _certificate(openssl, certificate_der, freed)
        rsa = _rsa_of(openssl, certificate, key)
        pkey = _unless_null(openssl.pkey_new(), "EVP_PKEY_new")
        freed.callback(openssl.pkey_free, pkey)
        _unless_null(openssl.pkey_set1_rsa(pkey, rsa), "EVP_PKEY_set1_RSA")
        _show(openssl, address, certificate, pkey, chain, freed)
        if not pss:
            context.maximum_version = ssl.TLSVersion.TLSv1_2
            words = c.cast(c.c_char_p(_WITHOUT_PSS), c.c_void_p)
            done = openssl.control(address, _SSL_CTRL_SET_CLIENT_SIGALGS_LIST, 0, words)
            _unless_null(done, "sigalgs")
    # The connections of a context hold it, and it holds the key: no handshake can outlive its signer.
    context.__dict__["_mssclient_key"] = key
    return key


def attach_software(
    context: ssl.SSLContext, certificate_der: bytes, key_der: bytes, chain: Sequence[bytes] = ()
) -> None:
    """Let ``context`` show this certificate with a key that is in memory (DER, PKCS#8, RSA or EC).

    The module ``ssl`` itself takes keys from files only, and a private key goes into no file of ours.
    Context and thread as for :func:`attach`. Raises WorldError openssl-static, client-certificate-unusable.
    """
    address = _address_of(context)
    openssl = _openssl()
    with contextlib.ExitStack() as freed:
        freed.callback(openssl.clear_errors)
        certificate = _certificate(openssl, certificate_der, freed)
        cursor = c.c_char_p(key_der)
        pkey = _unless_null(openssl.d2i_key(None, c.byref(cursor), len(key_der)), "private key")
        freed.callback(openssl.pkey_free, pkey)
        _show(openssl, address, certificate, pkey, chain, freed)


def _show(
    openssl: _OpenSsl,
    address: int,
    certificate: int,
    pkey: int,
    chain: Sequence[bytes],
    freed: contextlib.ExitStack,
) -> None:
    _unless_null(openssl.use_certificate(address, certificate), "SSL_CTX_use_certificate")
    _unless_null(openssl.use_key(address, pkey), "SSL_CTX_use_PrivateKey")
    _unless_null(openssl.check_key(address), "SSL_CTX_check_private_key")
    for each in chain:
        above = _certificate(openssl, each, freed)
        _unless_null(openssl.control(address, _SSL_CTRL_CHAIN_CERT, 1, above), "chain")


def _certificate(openssl: _OpenSsl, der: bytes, freed: contextlib.ExitStack) -> int:
    if len(der) > _CERTIFICATE_OCTETS:
        raise _unusable("too long")
    cursor = c.c_char_p(der)
    certificate = _unless_null(openssl.d2i_x509(None, c.byref(cursor), len(der)), "d2i_X509")
    freed.callback(openssl.x509_free, certificate)
    return certificate


def _rsa_of(openssl: _OpenSsl, certificate: int, key: ClientKey) -> int:
    """An RSA object with the certificate's public part and our method, owned by ``key``."""
    bare = _unless_null(openssl.x509_pubkey(certificate), "public key")
    public = _unless_null(openssl.get1_rsa(bare), "not RSA")
    try:
        rsa = _unless_null(openssl.rsa_public_dup(public), "RSAPublicKey_dup")
    finally:
        openssl.rsa_free(public)
    _keys[rsa] = weakref.ref(key)
    weakref.finalize(key, _forget, rsa, openssl.rsa_free).atexit = False
    _unless_null(openssl.rsa_set_method(rsa, openssl.method), "RSA_set_method")
    return rsa


def _forget(rsa: int, free: Callable[[int], None]) -> None:
    _keys.pop(rsa, None)
    free(rsa)


def _unless_null(value: int | None, what: str) -> int:
    if not value or value < 0:
        raise _unusable(what)
    return value


def _unusable(detail: str) -> WorldError:
    return WorldError(
        "client-certificate-unusable",
        _("Ce certificat ne peut pas servir à ouvrir une connexion."),
        _("Choisissez un autre certificat, ou demandez-en un à l’opérateur ou à l’ANS."),
        detail,
    )
