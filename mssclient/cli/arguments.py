"""What may be typed. Names, keys and exit codes are a contract: add, never rename."""

import argparse
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from mssclient import __version__
from mssclient.cli.usage import Parser, UsageError
from mssclient.model.language import _

__all__ = ["VERBS", "UsageError", "read_arguments"]

VERBS = (
    "account",
    "sync",
    "folders",
    "list",
    "show",
    "search",
    "mark",
    "move",
    "delete",
    "send",
    "outbox",
    "hprim",
    "inspect",
    "whitelist",
    "doctor",
)
_Verb = Callable[[str, str], argparse.ArgumentParser]


def _endpoint(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon or not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise argparse.ArgumentTypeError(_("attendu\u00a0: HÔTE:PORT"))
    return host.strip("[]"), int(port)


def _date(text: str) -> datetime:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(_("attendu\u00a0: une date ISO 8601")) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def _count(text: str) -> int:
    if not text.isdecimal():
        raise argparse.ArgumentTypeError(_("attendu\u00a0: un nombre"))
    return int(text)


def read_arguments(arguments: list[str]) -> argparse.Namespace:
    """Raises UsageError; ``--help`` and ``--version`` print and raise SystemExit(0)."""
    parser = Parser(
        prog="mssclient",
        description=_("Client de messagerie sécurisée de santé (MSSanté)."),
        epilog=_("Sans action, la fenêtre s’ouvre."),
        allow_abbrev=False,
    )
    version = f"mssclient {__version__}"
    parser.add_argument("--version", action="version", version=version, help=_("montre la version"))
    common = Parser(add_help=False)
    for one, default in ((parser, None), (common, argparse.SUPPRESS)):
        # The options are accepted before and after the verb; after it only when given.
        fallback = default if one is common else False
        one.add_argument("--profile", type=Path, metavar="DIR", default=default, help=_("dossier du profil"))
        one.add_argument(
            "--demo", action="store_true", default=fallback, help=_("opérateur de démonstration")
        )
        one.add_argument("--json", action="store_true", default=fallback, help=_("un document JSON"))
        one.add_argument(
            "--secrets",
            metavar="FILE",
            default=default,
            help=_("fichier TOML des secrets, ou - (entrée standard)"),
        )
    verbs = parser.add_subparsers(
        title=_("actions"), dest="verb", metavar=_("ACTION"), required=True, parser_class=Parser
    )

    def verb(name: str, help: str) -> argparse.ArgumentParser:
        return verbs.add_parser(name, help=help, description=help, parents=[common], allow_abbrev=False)

    _add_account(verb("account", _("boîtes aux lettres\u00a0: ajouter, lister, retirer, essayer")), common)
    _add_reading(verb)
    _add_changing(verb)
    _add_leaving(verb, common)
    _add_files(verb, common)
    options = parser.parse_args(arguments)
    _check_letters(options)
    return options


def _check_letters(options: argparse.Namespace) -> None:
    """Octets that are no UTF-8 come as lone surrogates, which no message to the engine can carry.

    Files that are read here may be named by them.
    """
    for name, value in vars(options).items():
        for text in value if isinstance(value, list) else [value]:
            if isinstance(text, str | Path) and name not in ("file", "ca", "secrets", "text"):
                try:
                    str(text).encode()
                except UnicodeEncodeError:
                    raise UsageError(_("Un argument n’est pas écrit en UTF-8.")) from None


def _add_account(account: argparse.ArgumentParser, common: Parser) -> None:
    actions = account.add_subparsers(
        title=_("actions"),
        dest="action",
        metavar="add|list|remove|test|login",
        required=True,
        parser_class=Parser,
    )

    def action(name: str, help: str) -> argparse.ArgumentParser:
        return actions.add_parser(name, help=help, description=help, parents=[common], allow_abbrev=False)

    add = action("add", _("ajouter une boîte aux lettres"))
    add.add_argument("address", metavar="ADDRESS", help=_("son adresse"))
    add.add_argument("--imap", type=_endpoint, metavar="HOST:PORT", help=_("serveur de réception"))
    add.add_argument("--smtp", type=_endpoint, metavar="HOST:PORT", help=_("serveur d’envoi"))
    add.add_argument(
        "--security", choices=("tls", "starttls"), default="tls", help=_("chiffrement des serveurs donnés")
    )
    add.add_argument(
        "--auth",
        choices=("password", "cps", "psc", "pkcs12", "pkcs11"),
        help=_("mode d’identification\u00a0: mot de passe, carte CPS, Pro Santé Connect, certificat"),
    )
    add.add_argument(
        "--login", metavar="NAME", default="", help=_("identifiant, quand ce n’est pas l’adresse")
    )
    add.add_argument("--ca", type=Path, metavar="FILE", help=_("autorité de confiance pour elle seule"))
    add.add_argument("--name", metavar="TEXT", default="", help=_("nom montré aux destinataires"))
    _add_getting_in(add)
    action("list", _("lister les boîtes aux lettres"))
    remove = action("remove", _("retirer une boîte aux lettres"))
    test = action("test", _("essayer une boîte aux lettres"))
    login = action("login", _("s’identifier à nouveau (Pro Santé Connect, carte)"))
    _add_way(login)
    for one in (remove, test, login):
        one.add_argument("account", metavar="A", help=_("son adresse"))
    remove.add_argument(
        "--drop-unsent",
        action="store_true",
        help=_("avec les envois et brouillons qui ne sont pas partis"),
    )


def _add_getting_in(add: argparse.ArgumentParser) -> None:
    add.add_argument(
        "--accept-host",
        action="append",
        default=[],
        metavar="HOST",
        help=_("serveur accepté bien qu’il soit hors du domaine de l’adresse"),
    )
    add.add_argument("--operator", metavar="ID", default="", help=_("fiche d’opérateur à utiliser"))
    software = add.add_mutually_exclusive_group()
    software.add_argument("--pkcs12", type=Path, metavar="FILE", help=_("fichier .p12 ou .pfx du certificat"))
    software.add_argument(
        "--pkcs11",
        metavar="URI",
        help=_(
            "certificat d’un module PKCS#11\u00a0: adresse «\u00a0pkcs11:…\u00a0» (RFC 7512), sans code\u202f"
            "; son code est donné par --secrets, sous [card]"
        ),
    )
    add.add_argument(
        "--certificate",
        metavar="SHA256",
        default="",
        help=_("empreinte du certificat de la carte ou du module à utiliser"),
    )
    add.add_argument(
        "--card-module", type=Path, metavar="FILE", help=_("module PKCS#11 par lequel lire les cartes")
    )
    add.add_argument(
        "--national-id",
        metavar="NUMBER",
        default="",
        help=_("numéro national (8 puis le RPPS), pour s’identifier sur le téléphone"),
    )
    _add_way(add)


def _add_way(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--psc-way",
        choices=("phone", "browser"),
        default="",
        help=_("Pro Santé Connect par le téléphone (e-CPS) ou par le navigateur"),
    )


def _add_reading(verb: _Verb) -> None:
    sync = verb("sync", _("relever une fois"))
    sync.add_argument("--account", metavar="A", help=_account_help())
    sync.add_argument("--folder", metavar="F", help=_("ce dossier seulement"))
    sync.add_argument("--headers-only", action="store_true", help=_("sans le corps des messages"))
    folders = verb("folders", _("lister les dossiers"))
    folders.add_argument("--account", metavar="A", help=_account_help())
    listing = verb("list", _("lister les messages d’un dossier, du plus récent au plus ancien"))
    listing.add_argument("folder", metavar="FOLDER", help=_("chemin, rôle ou nom du dossier"))
    listing.add_argument("--account", metavar="A", help=_account_help())
    listing.add_argument("--limit", type=_count, metavar="N", help=_("au plus N messages"))
    listing.add_argument("--unread", action="store_true", help=_("non lus seulement"))
    show = verb("show", _("montrer un message"))
    show.add_argument("id", metavar="ID", help=_("identifiant donné par «\u00a0list\u00a0»"))
    show.add_argument("--raw", action="store_true", help=_("les octets tels quels"))
    search = verb("search", _("chercher"))
    search.add_argument("query", metavar="QUERY", nargs="+", help=_("mots, comme dans la fenêtre"))
    search.add_argument("--limit", type=_count, metavar="N", default=500, help=_("au plus N messages"))
    doctor = verb("doctor", _("diagnostic"))
    doctor.add_argument("--account", metavar="A", help=_account_help())
    doctor.add_argument(
        "--requirements", action="store_true", help=_("avec chaque exigence du référentiel MSSanté")
    )
    doctor.add_argument(
        "--text", type=Path, metavar="FILE", help=_("écrire le texte pour l’assistance dans ce fichier")
    )


def _account_help() -> str:
    return _("cette boîte aux lettres seulement")


def _add_changing(verb: _Verb) -> None:
    mark = verb("mark", _("marquer des messages"))
    mark.add_argument(
        "--add", action="append", default=[], metavar="FLAG|TAG", help=_("marque ou étiquette à mettre")
    )
    mark.add_argument(
        "--remove", action="append", default=[], metavar="FLAG|TAG", help=_("marque ou étiquette à ôter")
    )
    move = verb("move", _("déplacer des messages"))
    move.add_argument("--to", required=True, metavar="FOLDER", help=_("dossier d’arrivée"))
    delete = verb("delete", _("supprimer des messages"))
    for one in (mark, move, delete):
        one.add_argument("ids", nargs="+", metavar="ID", help=_("identifiants donnés par «\u00a0list\u00a0»"))
        one.add_argument("--wait", action="store_true", help=_("attendre que le serveur l’ait fait"))


def _add_leaving(verb: _Verb, common: Parser) -> None:
    send = verb("send", _("envoyer un message"))
    send.add_argument("file", type=Path, metavar="FILE.eml", help=_("le message entier"))
    send.add_argument("--account", metavar="A", help=_("boîte aux lettres qui envoie"))
    send.add_argument("--no-wait", action="store_true", help=_("ne pas attendre qu’il soit parti"))
    outbox = verb("outbox", _("messages qui ne sont pas partis"))
    actions = outbox.add_subparsers(title=_("actions"), dest="action", metavar="settle", parser_class=Parser)
    help = _("décider du sort d’un envoi incertain")
    settle = actions.add_parser("settle", help=help, description=help, parents=[common], allow_abbrev=False)
    settle.add_argument("id", metavar="ID", help=_("identifiant de l’envoi"))
    settle.add_argument(
        "--as",
        dest="outcome",
        choices=("sent", "draft"),
        required=True,
        help=_("parti, ou de nouveau brouillon"),
    )
    hprim = verb("hprim", _("déposer les fichiers HPRIM de la boîte de réception"))
    hprim.add_argument("--to", type=Path, required=True, metavar="DIR", help=_("dossier de dépôt"))
    hprim.add_argument("--dry-run", action="store_true", help=_("dire ce qui serait déposé"))
    hprim.add_argument("--folder", metavar="F", help=_("ce dossier au lieu de la boîte de réception"))
    hprim.add_argument("--again", action="store_true", help=_("aussi ce qui a déjà été déposé"))


def _add_files(verb: _Verb, common: Parser) -> None:
    inspect = verb("inspect", _("lire un message du disque, sans réseau ni profil"))
    inspect.add_argument("file", type=Path, metavar="FILE.eml", help=_("le message"))
    inspect.add_argument("--whitelist", type=Path, metavar="FILE", help=_("liste blanche signée"))
    inspect.add_argument("--at", type=_date, metavar="DATE", help=_("juger comme à cette date"))
    inspect.add_argument(
        "--account-domain", metavar="D", default="", help=_("domaine de la boîte qui l’a reçu")
    )
    whitelist = verb("whitelist", _("liste blanche"))
    actions = whitelist.add_subparsers(
        title=_("actions"), dest="action", metavar="verify", required=True, parser_class=Parser
    )
    help = _("vérifier la signature d’une liste")
    verify = actions.add_parser("verify", help=help, description=help, parents=[common], allow_abbrev=False)
    verify.add_argument("file", type=Path, metavar="FILE", help=_("la liste"))
    verify.add_argument("--at", type=_date, metavar="DATE", help=_("vérifier comme à cette date"))
