"""Storing a message in a folder of the server, once: looked for by its Message-ID before it is sent."""

from mssclient.mail.errand import Errand, Work, adoption
from mssclient.mail.kinds.copies import with_folder
from mssclient.mail.kinds.mark import wire_names
from mssclient.mail.listing import header_value
from mssclient.mail.problems import refused
from mssclient.model.ids import WantId
from mssclient.model.wants import Append
from mssclient.store import outbox
from mssclient.store.flags import split

__all__ = ["FILING", "carry_out"]

FILING = ".filed"
"""Ends the id of the Append that files what the Submit of the id before it has sent."""


def carry_out(errand: Errand) -> None:
    want = errand.entry.want
    assert isinstance(want, Append)
    folder = want.folder
    path = errand.folder(folder).path
    with_folder(errand, path, lambda: errand.session.select(path, read_only=True))
    uid = _present(errand, want)
    if not uid:
        limit = errand.session.capabilities.append_limit_octets
        if limit and len(want.raw) > limit:
            raise refused("APPEND", "NO", "TOOBIG")
        mark = f"{errand.session.uidvalidity}:{errand.session.uidnext}"
        errand.write(errand.noting("appending", append=mark))
        uid = errand.session.append(path, want.raw, wire_names(*split(want.flags)))
    works: list[Work] = []
    if uid:
        works = [adoption(effect.placement, folder, uid) for effect in errand.effects("create")]
    if errand.entry.id.endswith(FILING):
        submitted = WantId(errand.entry.id.removesuffix(FILING))
        works.append(lambda tx: outbox.filed(tx, submitted, folder))
    errand.write(errand.noting("appended"), *works)


def _present(errand: Errand, want: Append) -> int:
    """Its UID when it is in the selected folder already, 0 otherwise."""
    session = errand.session
    if want.rfc_message_id:
        found = session.find_message_id(want.rfc_message_id)
        return found[-1] if found else 0
    note = errand.note("append")
    uidvalidity, _colon, uidnext = note.partition(":")
    if not note or uidvalidity != str(session.uidvalidity) or not session.exists:
        return 0
    # Interrupted, and without a Message-ID: what came since and has this very size.
    for each in session.fetch_identities(uidnext.encode() + b":*"):
        same = each.octets == len(want.raw) and not header_value(each.raw or b"")
        if each.uid >= int(uidnext) and same:
            return each.uid
    return 0
