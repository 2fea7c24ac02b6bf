"""Bent revocation lists and OCSP answers: what is still believed says what the authority said.

``python -m tests.fuzz.operators_revocation --seconds 3600``
"""

import time

from cryptography.hazmat.primitives.serialization import Encoding

from mssclient.operators.revocation.evidence import Unusable, links_of
from mssclient.operators.revocation.lists import read_list
from mssclient.operators.revocation.responses import make_question, read_response
from tests.fuzz.medical_mutations import campaign
from tests.servers.authority import Authority
from tests.servers.revocation import Responder

AUTHORITY = Authority()
SERVER, OTHER = AUTHORITY.server(), AUTHORITY.server()
ROOT = AUTHORITY.certificate.public_bytes(Encoding.DER)
LINK, OTHER_LINK = (links_of([each.certificate_der, ROOT])[0] for each in (SERVER, OTHER))
QUESTION, NONCE = make_question(LINK)
RESPONDER = Responder(AUTHORITY, SERVER, OTHER)
RESPONDER.revoke(SERVER)
NOW = time.time()
DELEGATED = Responder(AUTHORITY, SERVER)
DELEGATED.signer = AUTHORITY.responder()
DELEGATED.revoke(SERVER)
LISTS = {AUTHORITY.revocation_list([SERVER]): "revoked", AUTHORITY.revocation_list([OTHER]): "good"}
SPECIMENS = [
    *LISTS,
    Authority().revocation_list(),
    RESPONDER(QUESTION),
    DELEGATED(QUESTION),
    RESPONDER(make_question(OTHER_LINK)[0]),
]


def check(data: bytes) -> None:
    try:
        found = read_list(data, AUTHORITY.certificate)
    except Unusable:
        pass
    else:
        assert found.standing(LINK, "", NOW) == LISTS[data]
    try:
        statement = read_response(data, LINK, NONCE, NOW)
    except Unusable:
        return
    assert statement.state == "revoked"


if __name__ == "__main__":
    campaign("operators_revocation", SPECIMENS, check)
