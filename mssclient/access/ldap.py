"""A small LDAP dialogue (RFC 4511) on a verified stream: STARTTLS, bind, extended operations.

The stream is ours, so that the TLS policy, revocation and a card's key hold for the directory too. The
encoding is pyasn1's; this is the only file that calls it.
"""

import ssl
from typing import Any

from pyasn1.codec.ber import decoder, encoder
from pyasn1.error import PyAsn1Error
from pyasn1.type import namedtype, tag, univ
from pyasn1_modules import rfc2251

from mssclient.access.failures import nonsense, starttls_missing
from mssclient.access.proxy import reach_service
from mssclient.access.stream import Patience, Stream
from mssclient.model.accounts import Endpoint
from mssclient.model.records import Record

__all__ = ["Directory", "LdapAnswer", "LdapResult", "read_message"]

_STARTTLS = b"1.3.6.1.4.1.1466.20037"
_PASSWORD_MODIFY = b"1.3.6.1.4.1.4203.1.11.1"
_MESSAGE_OCTETS = 1 << 14
"""Answers to a bind or a change hold a few words."""
_DEPTH_MAX = 12
_NOTICES_MAX = 10
_ANSWER_S = 60.0
"""For a whole answer, however slowly its octets come."""
_BROKEN = (PyAsn1Error, ValueError, TypeError, LookupError, AttributeError, ArithmeticError, RecursionError)
"""What comes out of pyasn1 for octets that are no message."""


class LdapResult(Record, frozen=True, kw_only=True):
    """What the server answered: a result code of RFC 4511 §4.1.9 and its own words."""

    code: int
    message: str = ""

    def __repr__(self) -> str:
        return f"LdapResult(code={self.code})"  # its words may name a person

    @property
    def done(self) -> bool:
        return self.code == 0


class LdapAnswer(Record, frozen=True, kw_only=True):
    """One message of the server's that says how an operation ended."""

    number: int
    """Of the question; 0 = a notice (RFC 4511 §4.4)."""
    operation: str
    """"bindResponse", "extendedResp"; another one's name."""
    result: LdapResult | None
    """None for an operation that we ask nothing of."""


def _field(number: int) -> Any:
    tagged = tag.Tag(tag.tagClassContext, tag.tagFormatSimple, number)
    return univ.OctetString().subtype(implicitTag=tagged)


class _PasswordModify(univ.Sequence):
    """PasswdModifyRequestValue, RFC 3062 §2."""

    componentType = namedtype.NamedTypes(
        namedtype.OptionalNamedType("userIdentity", _field(0)),
        namedtype.OptionalNamedType("oldPasswd", _field(1)),
        namedtype.OptionalNamedType("newPasswd", _field(2)),
    )


class Directory:
    """One connection to a directory. One thread."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self._number = 0

    @classmethod
    def connect(
        cls, endpoint: Endpoint, context: ssl.SSLContext, patience: Patience | None = None
    ) -> "Directory":
        """Connect and secure; nothing is said in clear but STARTTLS. Raises as ``access.open``."""
        stream = reach_service(endpoint.host, endpoint.port, patience)
        try:
            directory = cls(stream)
            if endpoint.security == "starttls" and not directory._extended(_STARTTLS).done:
                raise starttls_missing()
            stream.start_tls(context)
        except BaseException:
            stream.close()
            raise
        return directory

    def bind(self, name: str, password: str) -> LdapResult:
        """Simple bind. An empty password would be an anonymous bind (RFC 4513 §5.1.2) and is not sent."""
        if not password:
            return LdapResult(code=49)
        request = rfc2251.BindRequest()
        request["version"] = 3
        request["name"] = name.encode()
        request["authentication"]["simple"] = password.encode()
        return self._ask("bindRequest", request, "bindResponse")

    def modify_password(self, old: str, new: str, name: str = "") -> LdapResult:
        """RFC 3062, of the bound identity when ``name`` is empty."""
        value = _PasswordModify()
        if name:
            value["userIdentity"] = name.encode()
        value["oldPasswd"] = old.encode()
        value["newPasswd"] = new.encode()
        return self._extended(_PASSWORD_MODIFY, encoder.encode(value))

    def close(self) -> None:
        self._stream.close()

    def _extended(self, name: bytes, value: bytes | None = None) -> LdapResult:
        request = rfc2251.ExtendedRequest()
        request["requestName"] = name
        if value is not None:
            request["requestValue"] = value
        return self._ask("extendedReq", request, "extendedResp")

    def _ask(self, operation: str, request: Any, expected: str) -> LdapResult:
        self._number += 1
        message = rfc2251.LDAPMessage()
        message["messageID"] = self._number
        message["protocolOp"][operation] = request
        self._stream.write(encoder.encode(message))
        with self._stream.within(_ANSWER_S):
            for _ in range(_NOTICES_MAX):
                answer = read_message(self._receive())
                if answer.number != self._number:
                    continue  # a notice
                if answer.operation != expected or answer.result is None:
                    raise nonsense(f"LDAP answer to {operation}")
                return answer.result
        raise nonsense("LDAP notices")

    def _receive(self) -> bytes:
        """The octets of one message, bounded."""
        head = self._stream.read_exactly(2)
        length, more = head[1], b""
        if head[0] != 0x30:
            raise nonsense("LDAP message")
        if length & 0x80:
            if not 1 <= length & 0x7F <= 4:
                raise nonsense("LDAP length")
            more = self._stream.read_exactly(length & 0x7F)
            length = int.from_bytes(more, "big")
        if length > _MESSAGE_OCTETS:
            raise nonsense("LDAP message too long")
        return head + more + self._stream.read_exactly(length)


def read_message(data: bytes) -> LdapAnswer:
    """One LDAPMessage. Raises WorldError protocol-nonsense for anything else; pure."""
    _check_depth(data)
    try:
        message, rest = decoder.decode(data, asn1Spec=rfc2251.LDAPMessage())
        operation = str(message["protocolOp"].getName())
        answer = message["protocolOp"][operation]
        ours = operation in ("bindResponse", "extendedResp")
        found = LdapAnswer(
            number=int(message["messageID"]), operation=operation, result=_result(answer) if ours else None
        )
    except _BROKEN:
        raise nonsense("LDAP encoding") from None
    if rest:
        raise nonsense("LDAP encoding")
    return found


def _check_depth(data: bytes) -> None:
    """Raises for constructed values nested deeper than any answer: the decoder calls itself for each."""
    ends = [len(data)]
    at = 0
    while at < len(data):
        while len(ends) > 1 and at >= ends[-1]:
            ends.pop()
        tag_octet, at = data[at], at + 1
        if tag_octet & 0x1F == 0x1F or at >= len(data):
            raise nonsense("LDAP encoding")  # tags of several octets are of no use here
        length, at = data[at], at + 1
        if length & 0x80:
            octets = length & 0x7F
            if not 1 <= octets <= 4:  # also the indefinite length, which LDAP forbids (RFC 4511 §5.1)
                raise nonsense("LDAP encoding")
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        if at + length > ends[-1]:
            raise nonsense("LDAP encoding")
        if tag_octet & 0x20:
            ends.append(at + length)
            if len(ends) > _DEPTH_MAX:
                raise nonsense("LDAP nesting")
        else:
            at += length


def _result(answer: Any) -> LdapResult:
    message = bytes(answer["errorMessage"]).decode("utf-8", "replace")[:500]
    return LdapResult(code=int(answer["resultCode"]), message=message)
