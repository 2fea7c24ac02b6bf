"""Wants: what a person asked, written down before it is done.

A want that changes mail goes to the journal and passes through the states
``waiting → doing → done | undone | parked | uncertain``. The others are carried out by the engine at
once and only report progress and an end. Each carries an id given by whoever posts it and is posted
again until acknowledged; the engine recognises the second post.
"""

import msgspec

from mssclient.model.accounts import Endpoint
from mssclient.model.drafts import Draft
from mssclient.model.ids import AccountId, DraftId, FolderId, PlacementId
from mssclient.model.records import Record
from mssclient.model.secrets import Secret

__all__ = [
    "ANY_WANT",
    "STATES",
    "WITH_SECRET",
    "AddAccount",
    "Append",
    "AttachFile",
    "AttachPart",
    "ChangePassword",
    "Copy",
    "Delete",
    "DeliverHprim",
    "DiscardDraft",
    "KeepDraft",
    "LogIn",
    "LogOut",
    "MarkFlags",
    "Move",
    "RemoveAccount",
    "Retry",
    "SetNotification",
    "SetSetting",
    "Settle",
    "Submit",
    "Sync",
    "Undo",
    "Want",
    "WantView",
]

STATES = ("waiting", "doing", "done", "undone", "parked", "uncertain")


class Want(Record, frozen=True, kw_only=True, tag_field="want"):
    """Base of all wants."""


class MarkFlags(Want, frozen=True, kw_only=True, tag="mark"):
    """Add and remove flags (lower case, no backslash: seen, flagged, answered) and keywords (tags)."""

    placements: tuple[PlacementId, ...]
    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()


class Move(Want, frozen=True, kw_only=True, tag="move"):
    """Move to a folder of the same account."""

    placements: tuple[PlacementId, ...]
    folder: FolderId


class Copy(Want, frozen=True, kw_only=True, tag="copy"):
    placements: tuple[PlacementId, ...]
    folder: FolderId


class Delete(Want, frozen=True, kw_only=True, tag="delete"):
    """Move to the trash; in the trash (or without one) remove for good."""

    placements: tuple[PlacementId, ...]


class Append(Want, frozen=True, kw_only=True, tag="append"):
    """Store these bytes in a folder of the server (look by Message-ID first, append if absent)."""

    account: AccountId
    folder: FolderId
    raw: bytes
    flags: tuple[str, ...] = ()
    rfc_message_id: str = ""


class Submit(Want, frozen=True, kw_only=True, tag="submit"):
    """Freeze a kept draft, or the given bytes, and hand it to the operator at most once."""

    account: AccountId
    draft: DraftId | None = None
    words: Draft | None = None
    """The draft as it stands in the window, whatever was kept of it: what the person reads is what leaves."""
    raw: bytes = b""
    """A whole RFC 5322 message (command line); its Bcc is read for the envelope and removed."""


class Undo(Want, frozen=True, kw_only=True, tag="undo"):
    """Take another want back: before it was carried out, or by its opposite after."""

    target: str


class Retry(Want, frozen=True, kw_only=True, tag="retry"):
    """Put a parked want back to waiting."""

    target: str


class Settle(Want, frozen=True, kw_only=True, tag="settle"):
    """The person decides an uncertain submission: "sent" or "draft"."""

    target: str
    outcome: str


class KeepDraft(Want, frozen=True, kw_only=True, tag="keep_draft"):
    draft: Draft


class DiscardDraft(Want, frozen=True, kw_only=True, tag="discard_draft"):
    draft: DraftId


class AttachFile(Want, frozen=True, kw_only=True, tag="attach_file"):
    """The engine copies a file of the person's disk into a draft. The poster chooses ``attachment``."""

    draft: DraftId
    attachment: str
    path: str


class AttachPart(Want, frozen=True, kw_only=True, tag="attach_part"):
    """Copy a part of a message (or the whole message when ``part`` is "") into a draft."""

    draft: DraftId
    attachment: str
    placement: PlacementId
    part: str = ""


class AddAccount(Want, frozen=True, kw_only=True, tag="add_account"):
    """Log in once and keep the account. The secret is never journalled or logged."""

    address: str
    name: str = ""
    kind: str = "personal"
    login: str = ""
    imap: Endpoint | None = None
    smtp: Endpoint | None = None
    auth: str = "password"
    ca_pem: str = ""
    secret: Secret = Secret()
    """Password, or passphrase of the PKCS#12 file. A PIN is asked by a prompt."""
    new_secret: Secret = Secret()
    """A new password, when the operator lets nobody in before the given one is changed; else unused."""
    operator: str = ""
    """Id of the profile that the person chose."""
    confirmed_hosts: tuple[str, ...] = ()
    """Hosts outside of the address's domain that the person accepted; others are refused, host-outside."""
    sieve: Endpoint | None = None
    ldap: Endpoint | None = None
    certificate: str = ""
    """For "cps" and "pkcs11": fingerprint of the chosen certificate; "" = the only one, else the person is
    asked."""
    pkcs12: str = ""
    """For "pkcs12": path of the file."""
    pkcs11: str = ""
    """For "pkcs11": URI of the certificate (RFC 7512), without PIN."""
    national_id: str = ""
    """For "psc" by telephone."""
    psc_way: str = ""
    """"phone", "browser"; "" = phone with a national id, else browser."""


class LogIn(Want, frozen=True, kw_only=True, tag="log_in"):
    """Get in again: a session of Pro Santé Connect ended, a card came back. Prompts follow; Done."""

    account: AccountId
    way: str = ""
    """As ``AddAccount.psc_way``."""


class LogOut(Want, frozen=True, kw_only=True, tag="log_out"):
    """« Fermer la session »: Pro Santé Connect is told, the card forgets its PIN, the window locks."""


class RemoveAccount(Want, frozen=True, kw_only=True, tag="remove_account"):
    """Forget a BAL here; refused as ``account-unsent`` when sends or drafts would go with it."""

    account: AccountId
    drop_unsent: bool = False
    """The person was told what would be lost, and said so."""


class ChangePassword(Want, frozen=True, kw_only=True, tag="change_password"):
    """Change the password of a BAL at its operator and here. Ends with PasswordChanged.

    Never journalled, logged or posted again: a second one would fail, the first having changed it.
    """

    account: AccountId
    current: Secret
    new: Secret


class SetNotification(Want, frozen=True, kw_only=True, tag="set_notification"):
    """The ordinary address that hears of new mail of a BAL; "" = none. Ends with NotificationAnswer, or with
    the operator's refusal, and then nothing is kept."""

    account: AccountId
    address: str


class SetSetting(Want, frozen=True, kw_only=True, tag="set_setting"):
    """A setting of this profile; ``value`` is JSON text."""

    name: str
    value: str


class Sync(Want, frozen=True, kw_only=True, tag="sync"):
    """One full turn now: wants pushed, news fetched. Ends with :class:`SyncReport`."""

    account: AccountId | None = None
    folder: FolderId | None = None
    headers_only: bool = False


class DeliverHprim(Want, frozen=True, kw_only=True, tag="deliver_hprim"):
    """Write every new medical file of the folder (the inbox when None) into ``directory``, once."""

    directory: str
    account: AccountId | None = None
    folder: FolderId | None = None
    placements: tuple[PlacementId, ...] = ()
    """Only these, when given."""
    dry_run: bool = False
    again: bool = False


ANY_WANT = (
    MarkFlags
    | Move
    | Copy
    | Delete
    | Append
    | Submit
    | Undo
    | Retry
    | Settle
    | KeepDraft
    | DiscardDraft
    | AttachFile
    | AttachPart
    | AddAccount
    | LogIn
    | LogOut
    | ChangePassword
    | RemoveAccount
    | SetNotification
    | SetSetting
    | Sync
    | DeliverHprim
)

WITH_SECRET = (AddAccount, ChangePassword)
"""Never journalled, logged, posted again or given to ``--json``."""


class WantView(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A want of the journal as views and the command line show it."""

    id: str
    kind: str
    state: str
    account: AccountId | None = None
    describe: str = ""
    """French, without health data: « Déplacer 3 messages vers Archives »."""
    problem_code: str = ""
    sentence: str = ""
    remedy: str = ""
    created_utc: int = 0
    attempts: int = 0
