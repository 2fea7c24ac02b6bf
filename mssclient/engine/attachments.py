"""Files that leave the store because the person opens, drags out or saves them.

The folder of opened files is private (0700) and emptied at lock, exit and start; its files are read-only
and never executable. What the person saves goes where they said and never overwrites anything.
"""

import contextlib
import mimetypes
import os
import secrets
import stat
from pathlib import Path
from typing import TYPE_CHECKING

from mssclient.engine import reading
from mssclient.mime.filenames import sanitise_filename
from mssclient.mime.marks import flags_of_name
from mssclient.mime.reading import Reading, read
from mssclient.mime.summary import summarise
from mssclient.model.errors import MssError, Refused, WorldError
from mssclient.model.language import _
from mssclient.model.messages import AttachmentInfo
from mssclient.model.questions import OpenAttachment, Paths, SaveAttachments
from mssclient.store.profile import Profile

if TYPE_CHECKING:
    from mssclient.engine.desk import Desk
    from mssclient.engine.tickets import Ticket

__all__ = ["content_of", "empty_folder", "open_attachment", "save_attachments"]

_MOST_NAMES = 10_000


def empty_folder(profile: Profile) -> None:
    """Remove every file opened for the person. What another program holds open stays for next time."""
    if profile.open_folder.is_symlink():
        return
    for place, folders, files in os.walk(profile.open_folder, topdown=False):
        for name in files:
            with contextlib.suppress(OSError):
                path = os.path.join(place, name)
                if not os.path.islink(path):
                    os.chmod(path, stat.S_IRWXU)  # Windows does not delete read-only files
                os.unlink(path)
        for name in folders:
            path = os.path.join(place, name)
            with contextlib.suppress(OSError):
                os.unlink(path) if os.path.islink(path) else os.rmdir(path)


def missing_part() -> MssError:
    return Refused(
        "part-unknown",
        _("Cette pièce jointe n’existe pas dans le message."),
        _("Ouvrez à nouveau le message."),
    )


def content_of(message: Reading, path: str) -> tuple[AttachmentInfo, bytes]:
    """One part of a message, decoded; "" is the whole message. Raises Refused part-unknown."""
    if not path:
        subject = summarise(message).subject
        name = sanitise_filename((subject or _("message"))[:80] + ".eml")
        return (
            AttachmentInfo(path="", filename=name, type="message/rfc822", octets=len(message.raw)),
            message.raw,
        )
    part = message.part(path)
    if part is None:
        raise missing_part()
    content = message.content(part)
    for listed in summarise(message).attachments:
        if listed.path == path:
            return listed, content
    return (
        AttachmentInfo(
            path=path,
            filename=sanitise_filename(part.filename) if part.filename else "",
            type=part.type,
            octets=len(content),
            flags=part.flags,
        ),
        content,
    )


def file_name(info: AttachmentInfo) -> str:
    """A safe name, with an extension that goes with the type when the sender gave none."""
    if info.filename:
        return sanitise_filename(info.filename)
    extension = mimetypes.guess_extension(info.type) or ".bin"
    return sanitise_filename(_("piece-jointe") + extension)


def open_attachment(desk: "Desk", question: OpenAttachment, ticket: "Ticket") -> Paths:
    """Write one part read-only into the profile's private folder.

    Raises Refused attachment-executable, part-unknown, message-gone; WorldError of the disk or the network.
    """
    raw = reading.bytes_of(desk, question.placement, ticket)
    info, content = content_of(read(raw), question.part)
    name = file_name(info)
    if {"executable", "double-extension"} & {*info.flags, *flags_of_name(name)}:
        raise Refused(
            "attachment-executable",
            _("Cette pièce jointe est un programme\u00a0: elle ne s’ouvre pas d’ici."),
            _("Demandez à l’expéditeur ce que c’est. Vous pouvez l’enregistrer pour la faire examiner."),
        )
    folder = desk.profile.open_folder / secrets.token_hex(8)
    try:
        folder.mkdir(mode=0o700, parents=True)
        path = folder / name
        _write_new(path, content)
        path.chmod(stat.S_IRUSR)
    except OSError as error:
        raise disk_problem(error) from error
    return Paths(paths=(str(path),))


def save_attachments(desk: "Desk", question: SaveAttachments, ticket: "Ticket") -> Paths:
    """Write parts where the person chose, a number added to names that are taken.

    Raises Refused part-unknown, message-gone, folder-missing; WorldError of the disk or the network.
    """
    raw = reading.bytes_of(desk, question.placement, ticket)
    message = read(raw)
    listed = [info.path for info in summarise(message).attachments if not info.inline]
    parts = question.parts or tuple(listed)
    directory = Path(question.directory)
    if not directory.is_dir():
        raise Refused("folder-missing", _("Ce dossier n’existe pas."), _("Choisissez un autre dossier."))
    written: list[str] = []
    for number, path in enumerate(parts):
        ticket.progress(number, len(parts), _("Enregistrement des pièces jointes"))
        info, content = content_of(message, path)
        name = file_name(info)
        if question.filename and len(parts) == 1:
            name = sanitise_filename(question.filename)
        try:
            written.append(str(_write_beside(directory, name, content)))
        except OSError as error:
            raise disk_problem(error) from error
    return Paths(paths=tuple(written))


def _write_beside(directory: Path, name: str, content: bytes) -> Path:
    stem, suffix = os.path.splitext(name)
    for number in range(1, _MOST_NAMES):
        path = directory / (name if number == 1 else f"{stem} ({number}){suffix}")
        try:
            _write_new(path, content)
        except FileExistsError:
            continue
        return path
    raise FileExistsError


def _write_new(path: Path, content: bytes) -> None:
    """All of it or nothing; never over an existing file."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    descriptor = os.open(path, flags, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink()
        raise


def disk_problem(error: OSError) -> WorldError:
    """For a file outside of the profile."""
    import errno

    if error.errno in (errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)):
        return WorldError("disk-full", _("Le disque est plein."), _("Libérez de la place, puis recommencez."))
    return WorldError(
        "file-not-written",
        _("Le fichier n’a pas pu être écrit à cet endroit."),
        _("Vérifiez les droits du dossier, ou choisissez-en un autre."),
        errno.errorcode.get(error.errno or 0, ""),
    )
