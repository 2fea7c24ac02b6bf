"""slapd with a small annuaire of invented professionals: ldaps, a size limit, paging, RFC 3062."""

import random
from pathlib import Path

from tests.planted import seed_secret
from tests.servers.authority import Authority
from tests.servers.children import Child, free_ports, give_away, need_program
from tests.servers.relay import DOMAIN

__all__ = ["LdapServer"]


class LdapServer:
    """slapd on the loopback; ``port`` speaks LDAP inside TLS (ldaps), ``port_clear`` without.

    ``entries`` BAL hang under ``base``. A search gives at most ``limit`` of them, by pages all.
    alice, bob and cabinet can bind as :meth:`dn` with their password in ``users``.
    """

    host = "localhost"
    base = "ou=bal,o=mssante"
    entries = 153
    limit = 50

    def __init__(self, folder: Path, authority: Authority) -> None:
        self._folder = folder
        self._authority = authority
        self.ca_pem = authority.ca_pem
        self.port, self.port_clear = free_ports(2)
        self.users = {
            name: (f"{name}@{DOMAIN}", seed_secret(f"annuaire-{name}"))
            for name in ("alice", "bob", "cabinet")
        }

    def dn(self, name: str) -> str:
        return f"uid={name},{self.base}"

    def create(self) -> None:
        """Fill the directory and start. Called once by the fixture."""
        (self._folder / "db").mkdir(parents=True)
        program, filler = need_program("slapd", "slapd"), need_program("slapadd", "slapd")
        certificate, key = self._authority.server().write(self._folder, "server")
        (self._folder / "ca.pem").write_bytes(self.ca_pem)
        (self._folder / "sante.schema").write_text(SCHEMA)
        settings = self._folder / "slapd.conf"
        settings.write_text(
            SETTINGS.format(folder=self._folder, certificate=certificate, key=key, limit=self.limit)
        )
        (self._folder / "data.ldif").write_text(self._ldif())
        give_away(self._folder)
        fill = Child([filler, "-q", "-f", settings, "-l", self._folder / "data.ldif"], self._folder / "log")
        fill.run()
        urls = f"ldaps://127.0.0.1:{self.port}/ ldap://127.0.0.1:{self.port_clear}/"
        self._child = Child([program, "-d", "0", "-f", settings, "-h", urls], self._folder / "log")
        self.start()

    def start(self) -> None:
        self._child.start([self.port, self.port_clear])

    def stop(self) -> None:
        self._child.stop()

    @property
    def running(self) -> bool:
        return self._child.running

    def logs(self) -> dict[str, Path]:
        return {"slapd": self._child.log}

    def _ldif(self) -> str:
        chance = random.Random(7)
        known = [
            ("alice", "MARTIN", "Alice", "Médecin", "Cardiologie"),
            ("bob", "DURAND", "Bob", "Infirmier", "Soins généraux"),
            ("cabinet", "CABINET DES LILAS", "Secrétariat", "Organisation", "Médecine générale"),
        ]
        families = ("BERNARD", "PETIT", "MOREAU", "LÉVÊQUE", "ROUX", "D'ARGENT", "LE GALL")
        given = ("Zoé", "Paul", "Élodie", "Jean-Noël", "Inès")
        professions = ("Médecin", "Pharmacien", "Sage-femme")
        people = known + [
            (
                f"pro{i:03d}",
                chance.choice(families),
                chance.choice(given),
                chance.choice(professions),
                "Libéral",
            )
            for i in range(self.entries - len(known))
        ]
        found = [ROOT.format(base=self.base)]
        for uid, family, first, profession, speciality in people:
            lines = [f"dn: {self.dn(uid)}", "objectClass: inetOrgPerson", "objectClass: personneSante"]
            lines += [f"uid: {uid}", f"sn: {family}", f"givenName: {first}", f"cn: {first} {family}"]
            lines += [f"mail: {uid}@{DOMAIN}", f"profession: {profession}", f"specialite: {speciality}"]
            lines += [
                f"structure: Cabinet {chance.randrange(20)}",
                f"rpps: 8100{chance.randrange(10**7):07d}",
            ]
            lines += [f"postalCode: {chance.randrange(1, 96):02d}000"]
            if uid in self.users:
                lines.append(f"userPassword: {self.users[uid][1]}")
            found.append("\n".join(lines))
        return "\n\n".join(found) + "\n"


ROOT = """dn: o=mssante
objectClass: organization
o: mssante

dn: {base}
objectClass: organizationalUnit
ou: bal"""

_TEXT = "SYNTAX 1.3.6.1.4.1.1466.115.121.1.15"
_MATCH = "EQUALITY caseIgnoreMatch SUBSTR caseIgnoreSubstringsMatch"
SCHEMA = f"""
attributetype ( 1.3.6.1.4.1.99999.1.1 NAME 'profession' {_MATCH} {_TEXT} )
attributetype ( 1.3.6.1.4.1.99999.1.2 NAME 'specialite' {_MATCH} {_TEXT} )
attributetype ( 1.3.6.1.4.1.99999.1.3 NAME 'structure' {_MATCH} {_TEXT} )
attributetype ( 1.3.6.1.4.1.99999.1.4 NAME 'finess' EQUALITY caseIgnoreMatch {_TEXT} )
attributetype ( 1.3.6.1.4.1.99999.1.5 NAME 'rpps' EQUALITY caseIgnoreMatch {_TEXT} SINGLE-VALUE )
objectclass ( 1.3.6.1.4.1.99999.2.1 NAME 'personneSante' SUP top AUXILIARY
  MAY ( profession $ specialite $ structure $ finess $ rpps ) )
"""

SETTINGS = """
include /etc/ldap/schema/core.schema
include /etc/ldap/schema/cosine.schema
include /etc/ldap/schema/inetorgperson.schema
include {folder}/sante.schema
pidfile {folder}/slapd.pid
modulepath /usr/lib/ldap
moduleload back_mdb
TLSCACertificateFile {folder}/ca.pem
TLSCertificateFile {certificate}
TLSCertificateKeyFile {key}
TLSVerifyClient try
password-hash {{SSHA}}
database mdb
suffix "o=mssante"
rootdn "cn=admin,o=mssante"
directory {folder}/db
maxsize 104857600
dbnosync
index objectClass eq
index mail,cn,sn,givenName,uid eq,sub
limits anonymous size.soft={limit} size.hard={limit} size.prtotal=unlimited size.pr={limit}
limits users size.soft={limit} size.hard={limit} size.prtotal=unlimited size.pr={limit}
access to attrs=userPassword by self write by anonymous auth by * none
access to * by * read
"""
