"""What an authority publishes about revocation, over plain http on the loopback: lists and OCSP answers."""

import http.server
import threading
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp

from tests.servers.authority import Authority, Identity

__all__ = ["Publisher", "Responder"]

Answer = bytes | Callable[[bytes], bytes]


class Responder:
    """Answers OCSP questions about certificates of ``authority``; a test bends its attributes."""

    def __init__(self, authority: Authority, *certificates: Identity | x509.Certificate) -> None:
        self.authority = authority
        self.certificates = {
            each.serial_number: each
            for each in (c.certificate if isinstance(c, Identity) else c for c in certificates)
        }
        self.revoked: set[int] = set()
        self.unknown = False
        self.signer: Identity = authority.identity
        self.issuer: x509.Certificate = authority.certificate
        self.begin = datetime.now(UTC) - timedelta(hours=1)
        self.end: datetime | None = datetime.now(UTC) + timedelta(hours=12)
        self.nonce: bytes | None = None
        """Instead of the asked one."""
        self.with_nonce = True
        self.by_name = False

    def revoke(self, *certificates: Identity | x509.Certificate) -> None:
        for each in certificates:
            found = each.certificate if isinstance(each, Identity) else each
            self.revoked.add(found.serial_number)

    def __call__(self, question: bytes) -> bytes:
        request = ocsp.load_der_ocsp_request(question)
        certificate = self.certificates.get(request.serial_number)
        if certificate is None:
            refused = ocsp.OCSPResponseBuilder.build_unsuccessful(ocsp.OCSPResponseStatus.UNAUTHORIZED)
            return refused.public_bytes(Encoding.DER)
        status, when = ocsp.OCSPCertStatus.GOOD, None
        if self.unknown:
            status = ocsp.OCSPCertStatus.UNKNOWN
        elif request.serial_number in self.revoked:
            status, when = ocsp.OCSPCertStatus.REVOKED, datetime.now(UTC) - timedelta(days=1)
        encoding = ocsp.OCSPResponderEncoding.NAME if self.by_name else ocsp.OCSPResponderEncoding.HASH
        builder = (
            ocsp.OCSPResponseBuilder()
            .add_response(certificate, self.issuer, hashes.SHA1(), status, self.begin, self.end, when, None)
            .responder_id(encoding, self.signer.certificate)
        )
        if self.signer.certificate != self.authority.certificate:
            builder = builder.certificates([self.signer.certificate])
        if self.with_nonce:
            asked = request.extensions.get_extension_for_class(x509.OCSPNonce).value.nonce
            builder = builder.add_extension(x509.OCSPNonce(self.nonce or asked), False)
        return builder.sign(self.signer.key, hashes.SHA256()).public_bytes(Encoding.DER)


class Publisher:
    """One http server; what is at a path is bytes, or a function of the question that gives them.

    ``hang`` makes it take questions and say nothing until :meth:`release`.
    """

    host = "127.0.0.1"

    def __init__(self) -> None:
        self.answers: dict[str, Answer] = {}
        self.moved: dict[str, str] = {}
        self.asked: list[str] = []
        self.logins: list[str] = []
        """What each question told a proxy of us."""
        self.hang = False
        self.trickle = False
        self._released = threading.Event()
        publisher = self

        class Page(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                publisher._serve(self, b"")

            def do_POST(self) -> None:
                publisher._serve(self, self.rfile.read(int(self.headers["Content-Length"])))

            def log_message(self, *_arguments: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer((self.host, 0), Page)
        self.port: int = self._server.server_address[1]

    def url(self, path: str) -> str:
        return f"http://{self.host}:{self.port}{path}"

    def count(self, path: str) -> int:
        return self.asked.count(path)

    def release(self) -> None:
        self._released.set()

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_error: object) -> None:
        self.release()
        self._server.shutdown()
        self._server.server_close()

    def _serve(self, page: http.server.BaseHTTPRequestHandler, question: bytes) -> None:
        self.asked.append(page.path)
        self.logins.append(page.headers.get("Proxy-Authorization", ""))
        if self.hang:
            self._released.wait(60)
            page.close_connection = True
            return
        if page.path in self.moved:
            page.send_response(302)
            page.send_header("Location", self.moved[page.path])
            page.send_header("Content-Length", "0")
            page.end_headers()
            return
        answer = self.answers.get(page.path)
        data = answer(question) if callable(answer) else answer
        page.send_response(200 if data is not None else 404)
        page.send_header("Content-Length", str(len(data or b"")))
        page.end_headers()
        try:
            for piece in self._pieces(data or b""):
                page.wfile.write(piece)
                page.wfile.flush()
        except OSError:
            page.close_connection = True  # the client had enough

    def _pieces(self, data: bytes) -> Iterable[bytes]:
        if not self.trickle:
            yield data
            return
        for start in range(len(data)):
            yield data[start : start + 1]
            if self._released.wait(0.1):
                return
