"""What is kept on this computer: store, disk, list of trust, HPRIM directory, wants that wait."""

import contextlib
import errno
import os
import secrets
import shutil
from collections.abc import Iterator
from pathlib import Path

from mssclient.engine.desk import WHITELIST_FILE, Desk
from mssclient.engine.diagnosis.lines import Lines
from mssclient.engine.diagnosis.world import World
from mssclient.model.diagnosis import Check
from mssclient.model.language import _, ngettext
from mssclient.store.health import quick_check
from mssclient.trust.whitelist import TrustList

__all__ = ["hprim", "store", "trust", "wants"]

_LOW_DISK_OCTETS = 500_000_000
_OLD_LIST_DAYS = 14
_DAY_S = 86_400
_CHECK_S = 8.0


def store(desk: Desk) -> Iterator[Check]:
    lines = Lines("store")
    yield lines.ok(
        "open",
        _("La base de messages est ouverte et chiffrée (version {schema}, {size}).").format(
            schema=desk.store.schema, size=_size(_octets(desk.profile.store_path))
        ),
    )
    yield _free(lines, desk.profile.folder)
    with desk.reading() as view:
        sound = quick_check(view, _CHECK_S)
    if sound is None:
        yield lines.ok(
            "health", _("La base est trop grande pour être relue en entier\u202f; rien d’anormal jusque-là.")
        )
    elif sound:
        yield lines.ok("health", _("La base de messages est saine."))
    else:
        yield lines.fail(
            "health",
            _("La base de messages est endommagée."),
            _(
                "Appelez l’assistance avant de continuer\u00a0: les messages restent chez l’opérateur,"
                " les brouillons sont à copier."
            ),
            code="store-damaged",
        )


def _octets(path: Path) -> int:
    octets = 0
    for each in (path, path.with_name(f"{path.name}-wal")):
        with contextlib.suppress(OSError):
            octets += each.stat().st_size
    return octets


def _size(octets: int) -> str:
    if octets >= 10_000_000_000:
        return _("{size}\u00a0Go").format(size=octets // 1_000_000_000)
    return _("{size}\u00a0Mo").format(size=(octets + 999_999) // 1_000_000)


def _free(lines: Lines, folder: Path) -> Check:
    try:
        free = shutil.disk_usage(folder).free
    except OSError:
        return lines.warn(
            "disk", _("L’espace libre du disque est inconnu."), _("Vérifiez que le disque répond.")
        )
    sentence = _("Espace libre du disque\u00a0: {free}.").format(free=_size(free))
    if free < _LOW_DISK_OCTETS:
        return lines.warn("disk", sentence, _("Libérez de la place sur le disque."), code="disk-low")
    return lines.ok("disk", sentence)


def trust(trusted: TrustList, world: World) -> Iterator[Check]:
    lines = Lines("trust")
    now = int(world.now())
    state = trusted.state_at(now)
    day = _day(state.generated_utc)
    remedy = _(
        "Demandez à votre informaticien de mettre la liste signée du jour («\u00a0{file}\u00a0»)"
        " dans le dossier du profil."
    ).format(file=WHITELIST_FILE)
    if state.origin != "verified":
        yield lines.warn(
            "whitelist",
            _(
                "Aucune liste blanche vérifiée\u00a0: les messages restent «\u00a0non vérifiés\u00a0»."
                " Celle du programme date du {date}."
            ).format(date=day),
            remedy,
            code="whitelist-unverified",
        )
        return
    sentence = ngettext(
        "La liste blanche du {date} est vérifiée\u00a0: {count} domaine.",
        "La liste blanche du {date} est vérifiée\u00a0: {count} domaines.",
        state.domains,
    ).format(date=day, count=state.domains)
    if state.expired or now - state.generated_utc > _OLD_LIST_DAYS * _DAY_S:
        yield lines.warn("whitelist", sentence, remedy, code="whitelist-old")
    else:
        yield lines.ok("whitelist", sentence)


def _day(moment_utc: int) -> str:
    import time

    return time.strftime("%d/%m/%Y", time.gmtime(max(0, moment_utc)))


def hprim(desk: Desk) -> Iterator[Check]:
    """Whether a file can really be made and removed there."""
    lines = Lines("hprim")
    with desk.reading() as view:
        directory = str(view.setting("hprim.directory", "") or "")
    if not directory:
        yield lines.skip("directory", _("Aucun dossier n’est choisi pour les fichiers HPRIM."))
        return
    try:
        _try_writing(Path(directory))
    except OSError as error:
        yield _unwritable(lines, error)
        return
    yield lines.ok("directory", _("Le dossier des fichiers HPRIM peut être écrit."))


def _try_writing(folder: Path) -> None:
    """A hidden name that no practice's software takes for a result; never over another file."""
    probe = folder / f".mssclient-{secrets.token_hex(6)}.tmp"
    descriptor = os.open(probe, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        try:
            # More than a directory entry: a full disk takes empty files.
            os.write(descriptor, b"diagnostic\n" * 400)
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    finally:
        probe.unlink()


def _unwritable(lines: Lines, error: OSError) -> Check:
    detail = errno.errorcode.get(error.errno or 0, "")
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return lines.fail(
            "directory",
            _("Le disque du dossier des fichiers HPRIM est plein."),
            _("Libérez de la place sur ce disque, puis relancez le diagnostic."),
            code="disk-full",
            detail=detail,
        )
    if error.errno in (errno.ENOENT, errno.ENOTDIR):
        return lines.fail(
            "directory",
            _("Le dossier des fichiers HPRIM n’existe pas."),
            _("Choisissez un autre dossier dans les réglages, ou reconnectez le lecteur réseau."),
            code="hprim-directory-missing",
            detail=detail,
        )
    return lines.fail(
        "directory",
        _("Le dossier des fichiers HPRIM ne peut pas être écrit."),
        _("Vérifiez les droits de ce dossier, ou choisissez-en un autre dans les réglages."),
        code="hprim-directory-read-only",
        detail=detail,
    )


def wants(desk: Desk) -> Iterator[Check]:
    lines = Lines("wants")
    with desk.reading() as view:
        stuck = view.wants(states=("parked", "uncertain"))
    if not stuck:
        yield lines.ok("journal", _("Aucune action n’est en souffrance."))
        return
    yield lines.warn(
        "journal",
        ngettext(
            "{count} action attend une décision.", "{count} actions attendent une décision.", len(stuck)
        ).format(count=len(stuck)),
        _("Ouvrez la liste des actions en attente."),
        code="wants-stuck",
    )
