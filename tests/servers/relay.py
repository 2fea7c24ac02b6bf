"""What takes the mail from Dovecot's submission service and brings it to its LMTP: Postfix, else aiosmtpd."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.servers.children import Child, free_ports

__all__ = ["DOMAIN", "DOMAINS", "Relay"]

DOMAIN = "medecin.mssante.fr"
DOMAINS = (DOMAIN, "cabinet.mssante.fr", "chu-essai.mssante.fr", "patient.mssante.fr", "exemple.fr")
"""Domains delivered to the same Dovecot; a recipient in another one is refused with 550 5.1.2."""
MASTER = Path("/usr/lib/postfix/sbin/master")


class Relay:
    """The mail transport behind the submission service. It knows exactly the people of its table.

    With root rights and Postfix installed it is Postfix, with success notifications (DSN);
    otherwise aiosmtpd, which refuses the DSN parameters: ask :attr:`has_dsn`.
    """

    def __init__(self, folder: Path, lmtp_port: int) -> None:
        folder.mkdir(parents=True)
        folder.chmod(0o711)
        self._folder = folder
        self._table = folder / "people"
        self._table.touch()
        self._lmtp_port = lmtp_port
        (self.port,) = free_ports(1)
        postfix = MASTER.exists() and shutil.which("postfix") is not None
        self.has_dsn = postfix and os.geteuid() == 0
        if self.has_dsn:
            self._configure_postfix()
            argv: list[str | os.PathLike[str]] = [MASTER, "-c", folder / "conf", "-d"]
        else:
            argv = [sys.executable, "-m", "tests.servers.small_relay"]
            argv += [str(self.port), str(lmtp_port), self._table]
        self._child = Child(
            argv,
            folder / "log",
            privileged=self.has_dsn,
            env=os.environ | {"PYTHONPATH": str(Path(__file__).resolve().parents[2])},
        )

    def know(self, address: str) -> None:
        """Accept mail for this address from now on."""
        with self._table.open("a") as table:
            table.write(f"/^{re.escape(address)}$/ here\n")

    def start(self) -> None:
        self._child.start([self.port])

    def stop(self) -> None:
        self._child.stop()

    def kill(self) -> None:
        self._child.kill()

    def logs(self) -> dict[str, Path]:
        return {"relay": self._child.log} | ({"postfix": self._folder / "maillog"} if self.has_dsn else {})

    def _configure_postfix(self) -> None:
        conf = self._folder / "conf"
        for name in ("conf", "queue", "data"):
            (self._folder / name).mkdir()
        import pwd  # not on Windows, where this module is imported too

        mail_owner = pwd.getpwnam("postfix")
        os.chown(self._folder / "data", mail_owner.pw_uid, mail_owner.pw_gid)
        (conf / "main.cf").write_text(
            MAIN_CF.format(
                folder=self._folder, domains=", ".join(DOMAINS), table=self._table, lmtp=self._lmtp_port
            )
        )
        (conf / "master.cf").write_text(MASTER_CF.format(port=self.port))
        # Makes the queue's folders; warns of what differs from an installation, which is all of it.
        subprocess.run(
            ["postfix", "-c", conf, "check"], check=True, stdin=subprocess.DEVNULL, capture_output=True
        )


MAIN_CF = """
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
command_directory = /usr/sbin
daemon_directory = /usr/lib/postfix/sbin
meta_directory = /etc/postfix
shlib_directory = /usr/lib/postfix
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = relais.essais.example
mydestination =
virtual_mailbox_domains = {domains}
virtual_mailbox_maps = regexp:{table}
virtual_transport = lmtp:inet:127.0.0.1:{lmtp}
default_transport = error:5.1.2 hors espace de confiance
mynetworks = 127.0.0.0/8
smtpd_relay_restrictions = permit_mynetworks, reject_unauth_destination
smtpd_recipient_restrictions = reject_unlisted_recipient, permit_auth_destination, reject
smtpd_authorized_xclient_hosts = 127.0.0.1
access_map_reject_code = 550
reject_code = 550
smtpd_reject_footer =
message_size_limit = 15728640
mailbox_size_limit = 0
smtputf8_enable = yes
maillog_file = {folder}/maillog
maillog_file_prefixes = {folder}
alias_maps =
alias_database =
minimal_backoff_time = 1s
queue_run_delay = 1s
smtpd_recipient_limit = 5000
"""

# smtpd serves one connection each (-o max_use=1): the table is read at its start only, and tests add
# people all the time. Of the kind regexp because Postfix waits until a texthash is a second old.
MASTER_CF = """
postlog unix-dgram n - n - 1 postlogd
127.0.0.1:{port} inet n - n - - smtpd -o max_use=1
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
"""
