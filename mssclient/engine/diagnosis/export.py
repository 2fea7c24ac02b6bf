"""The text for a support desk: every line, its state and remedy; no health or personal data."""

import os
import platform
import re
import ssl
import time
from pathlib import Path

from mssclient import __version__
from mssclient.engine.diagnosis.world import Targets
from mssclient.model.accounts import Account
from mssclient.model.diagnosis import Check, area_title
from mssclient.model.language import _
from mssclient.model.questions import Diagnosis

__all__ = ["make_text", "without_personal_data"]

_MARKS = {"ok": "[ok]", "warn": "[!]", "fail": "[ÉCHEC]", "skip": "[-]"}
_ADDRESS = re.compile(r"[^\s<>«»\"'(),;:@]+@(?=[\w-])")
_PATHS = re.compile(r"(?i)(?:[a-z]:)?[\\/](?:home|users|root)[\\/][^\s\\/«»\"',;:]+")


def make_text(diagnosis: Diagnosis, targets: Targets, now: float) -> str:
    """Accounts are numbered and told by the domain of their address; hosts are named, people never."""
    lines = [
        _("Diagnostic de la messagerie de santé"),
        time.strftime("%d/%m/%Y %H:%M UTC", time.gmtime(now)),
        f"mssclient {__version__}, Python {platform.python_version()}, {ssl.OPENSSL_VERSION}",
        f"{platform.system()} {platform.release()} {platform.machine()}",
        "",
    ]
    private = _private_words(targets.accounts)
    lines += _of_computer(diagnosis.checks, private)
    for number, account in enumerate(targets.accounts, 1):
        checks = [each for each in diagnosis.checks if each.account == account.id]
        lines += [_heading(number, account, targets), "", *_grouped(checks, private)]
    if diagnosis.requirements:
        lines += [_("Exigences du référentiel MSSanté"), ""]
        lines += [f"{each.id} [{each.state}] {each.sentence}" for each in diagnosis.requirements]
        lines.append("")
    return "\n".join(without_personal_data(line) for line in lines)


def _of_computer(checks: tuple[Check, ...], private: tuple[str, ...]) -> list[str]:
    return _grouped([each for each in checks if each.account is None], private)


def _heading(number: int, account: Account, targets: Targets) -> str:
    domain = account.address.rpartition("@")[2]
    profile = targets.profile(account)
    operator = profile.name if profile is not None else _("opérateur non répertorié")
    head = _("Boîte aux lettres {number} ({domain}, {operator}, {kind}, {auth})").format(
        number=number, domain=domain, operator=operator, kind=account.kind, auth=account.auth
    )
    return f"== {head} =="


def _grouped(checks: list[Check], private: tuple[str, ...]) -> list[str]:
    lines: list[str] = []
    for area in dict.fromkeys(each.area for each in checks):
        lines.append(f"-- {area_title(area)} --")
        for each in checks:
            if each.area == area:
                # Codes are ours, and may happen to be somebody's name.
                code = " ".join(filter(None, (each.code, without_personal_data(each.detail, private))))
                words = without_personal_data(each.sentence, private)
                lines.append(f"{_MARKS.get(each.state, '')} {words}{f' ({code})' if code else ''}")
                if each.remedy and each.state in ("warn", "fail"):
                    lines.append(f"     → {without_personal_data(each.remedy, private)}")
        lines.append("")
    return lines


def _private_words(accounts: list[Account]) -> tuple[str, ...]:
    """What may stand nowhere in the text, the longest first."""
    words: set[str] = set()
    for account in accounts:
        words |= {account.address, account.login, account.name, account.national_id}
        words |= {account.pkcs12, account.pkcs11}
        words.add(account.address.rpartition("@")[0])
    words |= {str(Path.home()), os.environ.get("USERNAME", ""), os.environ.get("USER", "")}
    # Two letters would be found everywhere, and « root » or « user » name nobody.
    return tuple(sorted((each for each in words if len(each) > 2 and each not in ("root", "user")), key=len))[
        ::-1
    ]


def without_personal_data(line: str, private: tuple[str, ...] = ()) -> str:
    """The last guard: lines are made without such data, and lose what slipped in all the same.

    Of an address only the domain stays; a path in a person's folder becomes « ~ ».
    """
    for word in private:
        kept = word.rpartition("@")[2] if "@" in word else "…"
        line = re.sub(
            rf"(?<!\w){re.escape(word)}(?!\w)", lambda _found, kept=kept: kept, line, flags=re.IGNORECASE
        )
    line = _ADDRESS.sub("…@", line)
    return _PATHS.sub("~", line)
