"""What this program does about each requirement of the référentiel socle MSSanté #2 (clients), v1.0.1.

True to the code of the day: who changes what a line says changes the line. The order is the référentiel's.
Requirements whose text could not be read promise nothing.
"""

from mssclient.model.diagnosis import Requirement
from mssclient.model.language import _

__all__ = ["requirements"]


def requirements() -> tuple[Requirement, ...]:
    """In the language chosen now."""
    return (
        *_transport(),
        *_encryption(),
        *_sessions(),
        *_documents(),
        *_messages(),
        *_headers(),
        *_window(),
        *_traces(),
    )


def _one(id: str, title: str, state: str, sentence: str) -> Requirement:
    return Requirement(id=id, title=title, state=state, sentence=sentence)


def _unread(id: str) -> Requirement:
    return _one(
        id,
        _("Texte non consulté"),
        "not-yet",
        _("Le texte de cette exigence n’a pas pu être lu\u00a0: rien n’est affirmé à son sujet."),
    )


def _transport() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.1.0.1",
            _("Envoi par SMTP avec STARTTLS"),
            "done",
            _("Les messages partent par SMTP avec STARTTLS, ou TLS dès le premier octet, jamais en clair."),
        ),
        _one(
            "ECO.1.0.2",
            _("Réception par IMAP avec STARTTLS"),
            "done",
            _("Les messages sont lus par IMAP avec STARTTLS, ou TLS dès le premier octet, jamais en clair."),
        ),
    )


def _encryption() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.1.1.1",
            _("TLS 1.2 au minimum"),
            "done",
            _("Une connexion en dessous de TLS 1.2 est refusée."),
        ),
        _unread("ECO.1.1.2"),
        _one(
            "ECO.1.1.3",
            _("Suites de chiffrement permises"),
            "partly",
            _("Seules les suites du profil de l’ANSSI servent\u202f; la liste exacte reste à lire."),
        ),
        _unread("ECO.1.1.4"),
        _one(
            "ECO.1.1.5",
            _("Refus d’un certificat expiré"),
            "done",
            _("Un certificat d’opérateur expiré, ou pas encore valable, est refusé, sans passer outre."),
        ),
        _one(
            "ECO.1.1.6",
            _("Vérification de la révocation"),
            "done",
            _("La révocation est vérifiée à chaque connexion par liste ou OCSP, signatures comprises."),
        ),
        _one(
            "ECO.1.1.7",
            _("Dernière liste de révocation gardée"),
            "done",
            _("La dernière liste non expirée est gardée dans le profil et sert hors ligne."),
        ),
        _unread("ECO.1.1.8"),
        _one(
            "ECO.1.1.9",
            _("Configuration par le DNS (SRV)"),
            "done",
            _("L’ajout d’une boîte cherche ses serveurs dans le DNS (SRV), puis par autoconfiguration."),
        ),
        _one(
            "ECO.1.1.10",
            _("IGC-Santé seule autorité"),
            "partly",
            _(
                "Seule l’IGC-Santé est reconnue pour une boîte MSSanté, sauf quand la fiche de l’opérateur"
                " nomme d’autres autorités."
            ),
        ),
    )


def _sessions() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.1.2.1",
            _("TLS, puis XOAUTH2 avec le jeton de Pro Santé Connect"),
            "done",
            _("Le jeton de Pro Santé Connect est montré par XOAUTH2, après l’ouverture de TLS seulement."),
        ),
        _unread("ECO.1.2.2"),
        _one(
            "ECO.1.2.3",
            _("Une erreur de connexion ne gêne pas le reste"),
            "done",
            _("La lecture, la recherche et la rédaction continuent hors connexion\u202f; l’envoi attend."),
        ),
        _unread("ECO.1.2.4"),
        _one(
            "ECO.1.2.5",
            _("Jeton jamais conservé"),
            "done",
            _("Les jetons de Pro Santé Connect restent en mémoire et ne sont écrits nulle part."),
        ),
        _one(
            "ECO.1.2.6",
            _("Fin de session avec Pro Santé Connect"),
            "done",
            _("Un renouvellement refusé met fin à la session\u202f; la personne est invitée à se connecter."),
        ),
        _one(
            "ECO.1.2.7",
            _("Réouverture silencieuse"),
            "done",
            _("Tant que Pro Santé Connect le permet, un jeton périmé est renouvelé sans rien demander."),
        ),
    )


def _documents() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.2.1.1",
            _("Documents envoyés en archive IHE_XDM"),
            "not-yet",
            _("Les pièces jointes partent telles quelles\u202f; l’archive IHE_XDM n’est pas produite."),
        ),
        _one(
            "ECO.2.1.2",
            _("Patient reconnu par METADATA.XML"),
            "partly",
            _("Les archives IHE_XDM reçues sont lues\u202f; le rapprochement par INS n’est pas encore fait."),
        ),
        _one(
            "ECO.2.1.3",
            _("Objet XDM/1.0/DDM+"),
            "not-yet",
            _("L’objet est celui que la personne écrit\u202f; il n’est pas composé pour elle."),
        ),
        _unread("ECO.2.1.4"),
        _one(
            "ECO.2.1.5",
            _("Copie PDF/A-1 de chaque CDA"),
            "not-yet",
            _("Aucune copie PDF/A-1 n’est encore produite à l’envoi."),
        ),
        _one(
            "ECO.2.1.6",
            _("Nom du fichier PDF"),
            "not-yet",
            _("Le nom du PDF n’est pas encore composé, puisque le PDF n’est pas produit."),
        ),
    )


def _messages() -> tuple[Requirement, ...]:
    return (
        _one("ECO.2.2.1", _("Message-ID"), "done", _("Chaque message porte un Message-ID unique.")),
        _one(
            "ECO.2.2.2",
            _("In-Reply-To et References"),
            "done",
            _("Chaque réponse porte In-Reply-To et References."),
        ),
        _one("ECO.2.2.3", _("Textes en UTF-8"), "done", _("Les textes partent en UTF-8.")),
        _one(
            "ECO.2.2.4",
            _("Corps text/plain ou multipart/alternative"),
            "done",
            _("Le corps est en text/plain, ou en multipart/alternative quand une mise en forme suit."),
        ),
        _one(
            "ECO.2.2.5",
            _("Reply-To des boîtes applicatives"),
            "not-applicable",
            _("Elle vise les boîtes applicatives\u202f; ce programme sert des personnes."),
        ),
        _one(
            "ECO.2.2.6",
            _("Adresse du patient tirée d’un INS qualifié"),
            "not-yet",
            _("Aucune adresse de patient n’est composée\u202f; répondre à un patient reste possible."),
        ),
        _one(
            "ECO.2.2.7",
            _("Nom d’expéditeur parlant"),
            "done",
            _("L’assistant compose titre, prénom, NOM et entité, sans rien qui ajoute un en-tête."),
        ),
        _one(
            "ECO.2.2.8",
            _("En-tête X-MSS-MES"),
            "not-yet",
            _("Interdire la réponse d’un patient n’est pas encore proposé."),
        ),
    )


def _headers() -> tuple[Requirement, ...]:
    """Receipts and the headers of MSSanté."""
    return (
        _one(
            "ECO.2.3.1",
            _("Accusé de réception demandé"),
            "not-yet",
            _("Demander un accusé de réception n’est pas encore proposé."),
        ),
        _one(
            "ECO.2.4.1",
            _("En-tête X-MSS-CODECDA"),
            "not-yet",
            _("L’en-tête n’est pas écrit, puisque l’archive IHE_XDM n’est pas encore produite."),
        ),
        _one(
            "ECO.2.4.2",
            _("En-tête X-MSS-INS"),
            "not-yet",
            _("L’en-tête n’est pas écrit, puisque l’archive IHE_XDM n’est pas encore produite."),
        ),
        _one(
            "ECO.2.4.3",
            _("En-tête X-MSS-NIL"),
            "not-yet",
            _("La référence attribuée par l’ANS n’est pas encore écrite dans les messages."),
        ),
    )


def _window() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.3.1.1",
            _("Professionnels et patients distingués"),
            "done",
            _("Un message de patient porte sa propre couleur et ses mots, dans la liste et à la lecture."),
        ),
        _one(
            "ECO.3.1.2",
            _("Nom et INS du patient montrés"),
            "partly",
            _("Le nom du patient est montré avec ses documents\u202f; l’INS n’est pas encore mis en avant."),
        ),
        _one(
            "ECO.3.1.3",
            _("Préfixe XDM/1.0/DDM+ masqué"),
            "done",
            _("Le préfixe est masqué dans la liste, à la lecture et dans le suivi des envois."),
        ),
        _one(
            "ECO.3.1.4",
            _("Recherche dans l’Annuaire Santé"),
            "not-yet",
            _("Les adresses déjà rencontrées sont proposées\u202f; l’Annuaire n’est pas interrogé."),
        ),
        _one(
            "ECO.3.1.5",
            _("Écrire à un patient"),
            "partly",
            _("Répondre à un patient est possible\u202f; lui écrire depuis une base ne l’est pas."),
        ),
        _one(
            "ECO.3.1.6",
            _("Accusé de lecture rendu"),
            "not-yet",
            _("La demande d’accusé de lecture est lue, mais aucun accusé n’est encore rendu."),
        ),
    )


def _traces() -> tuple[Requirement, ...]:
    return (
        _one(
            "ECO.4.1.1",
            _("Trace des actions sur la boîte"),
            "partly",
            _("L’ajout et le retrait d’une boîte et les dépôts HPRIM sont tracés, pas encore le reste."),
        ),
        _one(
            "ECO.4.1.2",
            _("Contenu de chaque trace"),
            "partly",
            _("Chaque trace porte date, boîte et action\u202f; l’auteur et la requête manquent encore."),
        ),
    )
