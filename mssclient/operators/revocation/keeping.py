"""The lists kept on this computer (ECO.1.1.7): the last one of each place that has not ended."""

import contextlib
import hashlib
import os
import time
from pathlib import Path

from cryptography import x509

from mssclient.operators.revocation.evidence import Link, Unusable, key_name
from mssclient.operators.revocation.lists import LIST_OCTETS, RevocationList, read_list

__all__ = ["KeptLists"]

_FILES_MAX = 40


class KeptLists:
    """Lists by authority and place, in memory and in files of one folder; checked again when read from there.

    One thread at a time: the caller's lock guards it.
    """

    def __init__(self, folder: Path | None) -> None:
        """``folder`` is made when it is first needed; None: kept in memory only."""
        self._folder = folder
        self._lists: dict[str, RevocationList | None] = {}

    def find(self, link: Link, place: str) -> RevocationList | None:
        name = _name(link.issuer, place)
        if name not in self._lists:
            self._lists[name] = self._read(name, link.issuer)
        return self._lists[name]

    def keep(self, link: Link, place: str, new: RevocationList) -> None:
        """Unless a newer one is here: an older list that is sent again would hide what was revoked since."""
        old = self.find(link, place)
        if old is not None and old.begin_utc > new.begin_utc:
            return
        name = _name(link.issuer, place)
        self._lists[name] = new
        if self._folder is not None and (old is None or old.data != new.data):
            # A full disk or a folder that is not ours costs the copy only.
            with contextlib.suppress(OSError):
                self._write(self._folder, name, new.data)

    def _read(self, name: str, issuer: x509.Certificate) -> RevocationList | None:
        if self._folder is None:
            return None
        file = self._folder / name
        try:
            if file.stat().st_size > LIST_OCTETS:
                return None
            return read_list(file.read_bytes(), issuer)
        except (OSError, Unusable):
            return None

    def _write(self, folder: Path, name: str, data: bytes) -> None:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = folder / f"{name}.new"
        new.unlink(missing_ok=True)
        new.write_bytes(data)
        new.chmod(0o600)
        os.replace(new, folder / name)
        self._tidy(folder)

    def _tidy(self, folder: Path) -> None:
        """Lists of authorities that are no longer met: the oldest files go."""
        files = sorted(folder.glob("*.crl"), key=lambda each: each.stat().st_mtime)
        for each in files[: max(0, len(files) - _FILES_MAX)]:
            each.unlink(missing_ok=True)
        for each in folder.glob("*.new"):  # of a writing that was cut
            if each.stat().st_mtime < time.time() - 3600:
                each.unlink(missing_ok=True)


def _name(issuer: x509.Certificate, place: str) -> str:
    return f"{key_name(issuer)[:16]}-{hashlib.sha256(place.encode()).hexdigest()[:16]}.crl"
