"""A desk on a domain of the tests' own: its profile, its BAL, and what its verbs say."""

from pathlib import Path

from tests.cli.calling import Said, mssclient
from tests.light_keys import keyed
from tests.planted import assert_no_secret, seed_secret
from tests.servers import ImapServer
from tests.servers.outside import Outside

__all__ = ["Desk", "refusal", "works"]

_people = iter(range(1000))


class Desk:
    """A new profile with a passphrase and somebody's BAL on the domain of the test."""

    def __init__(self, home: Path, dovecot: ImapServer) -> None:
        self.address, password = dovecot.new_user(f"camille{next(_people)}", domain=Outside.domain)
        self.password = seed_secret(password)
        self._passphrase = seed_secret("phrase du cabinet vert")
        self.profile = keyed(home / "p", self._passphrase)
        self.ca = home / "ca.pem"
        self.ca.write_bytes(dovecot.ca_pem)
        self._secrets = home / "secrets.toml"
        self.say_secrets()

    def say_secrets(self, password: str | None = "", pin: str = "", new: str = "") -> None:
        """``password``: the right one by default; None: none at all."""
        lines = [f'[store]\npassphrase = "{self._passphrase}"']
        if password is not None:
            lines.append(f'[accounts."{self.address}"]\npassword = "{password or self.password}"')
        if new:
            lines.append(f'new_password = "{new}"')
        if pin:
            lines.append(f'[card]\npin = "{seed_secret(pin) if len(pin) > 6 else pin}"')
        self._secrets.write_text("\n".join(lines))
        self._secrets.chmod(0o600)

    @property
    def common(self) -> list[str]:
        return ["--json", "--profile", str(self.profile), "--secrets", str(self._secrets)]

    def verb(self, *arguments: str | Path) -> Said:
        said = mssclient(*self.common, *arguments)
        assert_no_secret(said.err, "standard error")
        return said

    def add(self, *more: str | Path) -> Said:
        return self.verb("account", "add", self.address, "--ca", self.ca, *more)

    def own_profile(self, text: str) -> None:
        folder = self.profile / "operators"
        folder.mkdir(parents=True, exist_ok=True)
        self.profile.chmod(0o700)
        (folder / "essai.toml").write_text(
            f'name = "Essai"\ndomains = ["{Outside.domain}"]\ntrust = "system"\n{text}'
        )


def works(desk: Desk) -> None:
    """What was added brings mail by itself, in another process."""
    synced = desk.verb("sync")
    assert synced.code == 0, synced.out
    assert [one["folder"] for one in synced.json["accounts"][0]["folders"]].count("INBOX") == 1


def refusal(said: Said) -> tuple[int, str]:
    assert said.json["error"]["sentence"]
    assert said.json["error"]["remedy"]
    return said.code, said.json["error"]["code"]
