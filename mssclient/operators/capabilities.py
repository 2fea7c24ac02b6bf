"""What a server can do, asked and never assumed; every missing capability has a stated fallback.

Code asks ``caps.move``, never a string. A new capability is one field of :class:`Capabilities` and one
row of :func:`table`.
"""

import re
from collections.abc import Iterable

from mssclient.model.language import _
from mssclient.model.records import Record

__all__ = ["Capabilities", "Row", "from_tokens", "table"]


class Capabilities(Record, frozen=True, kw_only=True):
    """IMAP capabilities after login (RFC 3501 §6.1.1), one field each."""

    idle: bool = False
    move: bool = False
    uidplus: bool = False
    condstore: bool = False
    qresync: bool = False
    special_use: bool = False
    list_extended: bool = False
    list_status: bool = False
    namespace: bool = False
    quota: bool = False
    acl: bool = False
    metadata: bool = False
    enable: bool = False
    literal_plus: bool = False
    literal_minus: bool = False
    esearch: bool = False
    notify: bool = False
    compress: bool = False
    unselect: bool = False
    id: bool = False
    sasl_ir: bool = False
    multiappend: bool = False
    binary: bool = False
    status_size: bool = False
    objectid: bool = False
    rev2: bool = False
    append_limit_octets: int = 0
    """RFC 7889; 0 = not said."""
    auth: tuple[str, ...] = ()
    """SASL mechanisms, upper case."""
    login_disabled: bool = False
    starttls: bool = False
    tokens: tuple[str, ...] = ()


class Row(Record, frozen=True, kw_only=True):
    """One row of the table: what a capability brings, and what is done without it."""

    token: str
    field: str
    fallback: str
    """English, for the reader of the code."""
    sentence: str = ""
    """French, for the diagnosis when it is missing; "" when a person need not know."""


def table() -> tuple[Row, ...]:
    """All rows, their sentences in the language chosen now."""
    return (
        Row(
            token="IDLE",
            field="idle",
            fallback="STATUS of the inbox every minute",
            sentence=_(
                "Le serveur n’annonce pas l’arrivée des messages\u00a0: ils sont cherchés chaque minute."
            ),
        ),
        Row(token="MOVE", field="move", fallback="UID COPY, \\Deleted, UID EXPUNGE of these UIDs only"),
        Row(
            token="UIDPLUS",
            field="uidplus",
            fallback="the messages stay marked \\Deleted in the source; no EXPUNGE that would kill others'",
            sentence=_(
                "Le serveur ne sait pas effacer un message précis\u00a0:"
                " ceux qui sont déplacés y restent marqués «\u00a0supprimé\u00a0»."
            ),
        ),
        Row(
            token="CONDSTORE",
            field="condstore",
            fallback="UIDs and flags of the whole folder compared",
            sentence=_("Le serveur ne dit pas ce qui a changé\u00a0: chaque dossier est comparé en entier."),
        ),
        Row(token="QRESYNC", field="qresync", fallback="CONDSTORE, and UIDs compared when the count differs"),
        Row(token="SPECIAL-USE", field="special_use", fallback="roles by French and English names"),
        Row(token="LIST-EXTENDED", field="list_extended", fallback="plain LIST"),
        Row(token="LIST-STATUS", field="list_status", fallback="one STATUS for each folder"),
        Row(token="NAMESPACE", field="namespace", fallback='one personal namespace "", delimiter of LIST'),
        Row(
            token="QUOTA",
            field="quota",
            fallback="no gauge",
            sentence=_("Le serveur n’indique pas la place restante."),
        ),
        Row(
            token="ACL",
            field="acl",
            fallback="rights unknown; READ-ONLY at SELECT is believed",
            sentence=_("Le serveur n’indique pas les droits sur les dossiers partagés."),
        ),
        Row(token="METADATA", field="metadata", fallback="what would be shared stays on this computer"),
        Row(token="ENABLE", field="enable", fallback="QRESYNC is not used"),
        Row(token="LITERAL+", field="literal_plus", fallback="literals wait for the server's go-ahead"),
        Row(token="LITERAL-", field="literal_minus", fallback="literals wait for the server's go-ahead"),
        Row(token="ESEARCH", field="esearch", fallback="plain SEARCH"),
        Row(token="NOTIFY", field="notify", fallback="IDLE on the inbox, LIST-STATUS for other folders"),
        Row(token="COMPRESS=DEFLATE", field="compress", fallback="uncompressed"),
        Row(token="UNSELECT", field="unselect", fallback="the folder stays selected"),
        Row(token="ID", field="id", fallback="product unknown"),
        Row(token="SASL-IR", field="sasl_ir", fallback="one more round trip at login"),
        Row(token="MULTIAPPEND", field="multiappend", fallback="one APPEND a message"),
        Row(token="BINARY", field="binary", fallback="transfer encodings undone here"),
        Row(token="STATUS=SIZE", field="status_size", fallback="sizes summed here"),
        Row(token="OBJECTID", field="objectid", fallback="Message-ID, size and INTERNALDATE"),
        Row(token="IMAP4REV2", field="rev2", fallback="IMAP4rev1"),
        Row(token="LOGINDISABLED", field="login_disabled", fallback="LOGIN may be used"),
        Row(token="STARTTLS", field="starttls", fallback="implicit TLS or nothing"),
    )


_FIELD_OF = {row.token: row.field for row in table()}
_LIMIT = re.compile(r"APPENDLIMIT=(\d{1,15})$")


def from_tokens(tokens: Iterable[str]) -> Capabilities:
    """The capabilities announced by these tokens, in any case; ``tokens`` keeps them all."""
    upper = tuple(dict.fromkeys(token.upper() for token in tokens))
    fields = {_FIELD_OF[token]: True for token in upper if token in _FIELD_OF}
    # QRESYNC implies CONDSTORE (RFC 7162 §3.2.3); some servers announce the former only.
    if fields.get("qresync"):
        fields["condstore"] = True
    # QRESYNC must be switched on by ENABLE (RFC 7162 §3.2.3): without it, it can't be used.
    if fields.get("qresync") and not fields.get("enable"):
        fields["qresync"] = False
    # IMAP4rev2 includes these (RFC 9051 §appendix E), announced or not.
    if fields.get("rev2"):
        for field in ("idle", "move", "uidplus", "namespace", "enable", "esearch", "unselect", "sasl_ir"):
            fields[field] = True
        fields["list_extended"] = fields["list_status"] = fields["special_use"] = True
    limit = 0
    for token in upper:
        if found := _LIMIT.match(token):
            limit = int(found.group(1))
    auth = tuple(token.removeprefix("AUTH=") for token in upper if token.startswith("AUTH="))
    return Capabilities(**fields, append_limit_octets=limit, auth=auth, tokens=upper)
