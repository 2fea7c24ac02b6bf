"""The padlock: one function per rule over the headers of one message, and the level they add up to.

A message is "mssante" when the account is an MSSanté one, the one From mailbox has a domain that a
verified white list names, and nothing contradicts it: operators exchange over mutually authenticated
TLS inside the trust space, so a listed From in an MSSanté BAL is true unless the headers show another
hand. What senders write about themselves (X-MSS-* fields, a padlock in a name) proves nothing.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from mssclient.mime.addresses import domain_of, parse_addresses
from mssclient.mime.defects import ENVELOPE_TORN
from mssclient.mime.mailboxes import tokens
from mssclient.mime.reading import Reading
from mssclient.model.language import _
from mssclient.model.verdicts import Reason, Verdict
from mssclient.trust.lookalike import HIDDEN, claims_security, is_mixed_script
from mssclient.trust.subject import Subject
from mssclient.trust.whitelist import TrustList

__all__ = ["PATIENTS", "RULES", "Finding", "is_apicrypt", "is_ins", "judge"]

PATIENTS = "patient.mssante.fr"
"""Domain of Mon espace santé."""

_INS = re.compile(r"[1-478]\d{4}(?:\d\d|2[abAB])\d{8}")
_PLAIN = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~.-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+")
_INTERNATIONAL = re.compile(r"[\w!#$%&'*+/=?^`{|}~.-]{1,64}@[\w-]+(?:\.[\w-]+)+")
_ADDRESS = re.compile(r"[^\s<>()\"',;:]{1,64}\s?[@\uff20\ufe6b]\s?([^\s<>()\"',;:]{3,253})")
_LOCAL = re.compile(r"[\w.!#$%&'*+=?^`{|}~-]{1,64}@")
_MOST_OF_LISTS = 5000
_DOMAIN = re.compile(r"(?:[\w-]{1,63}\.){1,8}[a-z]{2,20}", re.I)


@dataclass(frozen=True, slots=True)
class Finding:
    """What one rule found. ``weight``: "good", "blocks" (no padlock), "list" (no padlock because of the
    list alone) or "doubtful" (somebody may be lying)."""

    reason: Reason
    weight: str


def is_ins(local: str) -> bool:
    """Whether the local part of a patient's address has the shape of an INS with its key (15 signs)."""
    return _INS.fullmatch(local) is not None


def is_apicrypt(domain: str) -> bool:
    return domain == "apicrypt.org" or domain.endswith(".apicrypt.org")


Rule = Callable[[Subject], Finding | None]


def _good(rule: str, sentence: str) -> Finding:
    return Finding(Reason(rule=rule, sentence=sentence, good=True), "good")


def _bad(weight: str, rule: str, sentence: str) -> Finding:
    return Finding(Reason(rule=rule, sentence=sentence), weight)


def _doubt(rule: str, sentence: str) -> Finding:
    return _bad("doubtful", rule, sentence)


# -- who says to have written it ---------------------------------------------------------------------


def from_count(subject: Subject) -> Finding | None:
    """Exactly one mailbox over all From fields (RFC 5322 §3.6.2 allows more; readers then disagree)."""
    if len(subject.fields.get("from", ())) > 1:
        return _doubt("from-several", _("Le message porte plusieurs en-têtes d’expéditeur (From)."))
    if len(subject.authors) > 1:
        return _doubt("from-several", _("Le message annonce plusieurs expéditeurs."))
    if not subject.author.address:
        return _doubt("from-missing", _("Le message n’a pas d’adresse d’expéditeur."))
    return None


def from_shape(subject: Subject) -> Finding | None:
    """An address that reads the same to everybody: one @, no hidden character, no quoted part, no literal."""
    address = subject.author.address
    if not address:
        return None
    field = subject.fields["from"][0]
    if any(HIDDEN.search(one.text) for one in subject.fields["from"]):
        return _doubt(
            "from-hidden-characters", _("L’en-tête de l’expéditeur contient des caractères invisibles.")
        )
    if (
        not subject.domain
        or (field.raw.count(b"@") > 1 and _has_second_address(field.text))
        or address.endswith(".")
        or _INTERNATIONAL.fullmatch(address) is None
        or is_mixed_script(address)
    ):
        return _doubt("from-odd-address", _("L’adresse de l’expéditeur est mal formée."))
    if _PLAIN.fullmatch(address) is None and subject.listed:
        return _doubt("from-odd-address", _("L’adresse de l’expéditeur contient des caractères inhabituels."))
    return None


def _has_second_address(text: str) -> bool:
    """An address in a comment, a route or a group's name, that some readers take for the sender.

    One that stands in the display name is :func:`name_address`'s. Encoded words do not count: one that is
    decoded into the name must not make up for another that stands elsewhere.
    """
    plain = "".join("x" if kind == "word" else word.replace("=?", "") for kind, word in tokens(text))
    named = sum(address.name.count("@") for address in parse_addresses(plain))
    return plain.count("@") - 1 - named > 0


def from_listed(subject: Subject) -> Finding | None:
    """The domain of From stands in the list, exactly."""
    if not subject.domain:
        return None
    if subject.listed:
        return _good(
            "from-listed",
            _("Le domaine de l’expéditeur ({domain}) figure dans la liste blanche MSSanté.").format(
                domain=subject.domain
            ),
        )
    if is_apicrypt(subject.domain):
        return _bad(
            "blocks",
            "from-apicrypt-not-listed",
            _("{domain} est un domaine Apicrypt hors de l’espace de confiance MSSanté.").format(
                domain=subject.domain
            ),
        )
    return _bad(
        "blocks",
        "from-not-listed",
        _("Le domaine de l’expéditeur ({domain}) ne figure pas dans la liste blanche MSSanté.").format(
            domain=subject.domain
        ),
    )


def from_lookalike(subject: Subject) -> Finding | None:
    """A domain made to be taken for a listed one."""
    if not subject.imitated:
        return None
    return _doubt(
        "from-lookalike",
        _("Le domaine de l’expéditeur ({domain}) imite {imitated}.").format(
            domain=subject.domain, imitated=subject.imitated
        ),
    )


def patient_address(subject: Subject) -> Finding | None:
    """Mon espace santé addresses are a matricule INS."""
    if subject.domain != PATIENTS:
        return None
    if not is_ins(subject.author.address.rpartition("@")[0]):
        return _doubt("patient-odd-address", _("Cette adresse de patient ne porte pas de matricule INS."))
    return _good("patient-address", _("L’adresse est celle d’un patient dans Mon espace santé."))


# -- what the name pretends --------------------------------------------------------------------------


def name_address(subject: Subject) -> Finding | None:
    """The display name shows another address, or another domain of the list, than the real one."""
    name = subject.author.name
    if not name:
        return None
    own = subject.author.address.casefold()
    if "@" in name or "\uff20" in name or "\ufe6b" in name:
        for found in _ADDRESS.finditer(name):
            shown = re.sub(r"\s", "", found[0]).replace("\uff20", "@").replace("\ufe6b", "@").casefold()
            if shown.rstrip(".") != own:
                return _doubt(
                    "name-other-address",
                    _("Le nom affiché contient une autre adresse que celle de l’expéditeur."),
                )
    if "." in name:
        for found in _DOMAIN.finditer(name):
            domain = domain_of("x@" + found[0])
            if domain != subject.domain and subject.trust.lists(domain):
                return _doubt(
                    "name-other-domain",
                    _("Le nom affiché cite un domaine MSSanté qui n’est pas celui de l’expéditeur."),
                )
    return None


def name_claim(subject: Subject) -> Finding | None:
    """The display name of somebody outside says "MSSanté" or "sécurisé"."""
    if subject.listed or not claims_security(subject.author.name):
        return None
    return _doubt("name-claims", _("Le nom affiché se prétend sécurisé alors que l’adresse ne l’est pas."))


def name_letters(subject: Subject) -> Finding | None:
    """Letters that are not seen, or that look like others."""
    name = subject.author.name
    if name.isascii():
        return None
    if HIDDEN.search(name) or is_mixed_script(name):
        return _doubt(
            "name-odd-letters", _("Le nom affiché contient des caractères invisibles ou d’un autre alphabet.")
        )
    return None


# -- what contradicts a listed From ------------------------------------------------------------------


def sender_field(subject: Subject) -> Finding | None:
    """Sender names who really handed it in (RFC 5322 §3.6.2): it must be of the same domain."""
    if "sender" not in subject.fields or not subject.listed:
        return None
    domains = {domain_of(mailbox.address) for mailbox in subject.mailboxes("sender")}
    if domains == {subject.domain} and len(subject.fields["sender"]) == 1:
        return _good("sender-same", _("L’en-tête Sender est du même domaine que l’expéditeur."))
    return _doubt("sender-other", _("Le message a été remis par un autre domaine que celui de l’expéditeur."))


def reply_to_field(subject: Subject) -> Finding | None:
    """An answer would leave the trust space."""
    if "reply-to" not in subject.fields or not subject.listed:
        return None
    if subject.strangers("reply-to"):
        return _doubt(
            "reply-to-elsewhere", _("La réponse partirait vers une adresse hors de l’espace MSSanté.")
        )
    return _good("reply-to-listed", _("L’adresse de réponse est dans l’espace MSSanté."))


def return_path_field(subject: Subject) -> Finding | None:
    """The envelope, as the last server wrote it; a null one is that of receipts (RFC 5321 §4.5.5)."""
    fields = subject.fields.get("return-path")
    if fields is None or not subject.listed:
        return None
    if all(field.raw.strip() in (b"<>", b"") for field in fields):
        if subject.reading.root.type == "multipart/report":
            return None
        return _bad("blocks", "return-path-empty", _("Le message est arrivé sans expéditeur d’enveloppe."))
    if subject.strangers("return-path"):
        return _doubt(
            "return-path-elsewhere", _("Le message a été envoyé depuis une adresse hors de l’espace MSSanté.")
        )
    return _good("return-path-listed", _("L’expéditeur de l’enveloppe est dans l’espace MSSanté."))


def resent_fields(subject: Subject) -> Finding | None:
    """Resent-*: somebody put it back into the mail; From no longer says who."""
    if not subject.listed or not any(name.startswith("resent-") for name in subject.fields):
        return None
    return _doubt("resent", _("Le message a été réexpédié par un tiers (en-têtes Resent)."))


def list_fields(subject: Subject) -> Finding | None:
    """List-*: it passed through a mailing list; one of the trust space names a listed domain."""
    names = [name for name in subject.fields if name.startswith("list-")]
    if not subject.listed or not names:
        return None
    text = " ".join(field.text for name in names for field in subject.fields[name])
    hosts = _LOCAL.sub("@", text[:_MOST_OF_LISTS])
    domains = {domain_of("x@" + found[0]) for found in _DOMAIN.finditer(hosts)}
    is_read = len(text) <= _MOST_OF_LISTS
    if is_read and domains and all(_belongs(domain, subject.trust) for domain in domains):
        return None
    return _doubt(
        "mailing-list", _("Le message est passé par une liste de diffusion hors de l’espace MSSanté.")
    )


def _belongs(domain: str, trust: TrustList) -> bool:
    """Listed, or a name inside a listed domain (a list's id is often one)."""
    labels = domain.split(".")
    return any(trust.lists(".".join(labels[at:])) for at in range(len(labels)))


def recipients(subject: Subject) -> Finding | None:
    """What left from our own domain is as safe as the furthest place it went to: a copy in Sent."""
    if not subject.listed or subject.domain != subject.account:
        return None
    if not any(subject.strangers(name) for name in ("to", "cc", "bcc")):
        return None
    return _bad("blocks", "recipient-not-listed", _("Un destinataire au moins est hors de l’espace MSSanté."))


def torn_headers(subject: Subject) -> Finding | None:
    """Header lines that another reader would read differently."""
    if not subject.listed:
        return None
    root = subject.reading.root.path
    if any(defect.code in ENVELOPE_TORN and defect.where == root for defect in subject.reading.defects):
        return _doubt("headers-torn", _("Les en-têtes du message sont mal formés."))
    return None


# -- the account and the list ------------------------------------------------------------------------


def account_listed(subject: Subject) -> Finding | None:
    """Only an MSSanté BAL is fed by operators of the trust space."""
    if not subject.account:
        return _bad("blocks", "account-unknown", _("La BAL qui a reçu ce message n’est pas connue."))
    if subject.trust.state.origin == "none" or subject.trust.lists(subject.account):
        return _good("account-mssante", _("Ce message est dans une BAL MSSanté."))
    return _bad("blocks", "account-not-mssante", _("La BAL qui a reçu ce message n’est pas une BAL MSSanté."))


def list_state(subject: Subject) -> Finding | None:
    """A list proves something only while its signature does."""
    state = subject.trust.state_at(subject.at_utc)
    if state.origin == "none":
        return _bad(
            "list", "list-missing", _("Non vérifié\u00a0: aucune liste blanche MSSanté n’est disponible.")
        )
    date = datetime.fromtimestamp(state.generated_utc, UTC).strftime("%d/%m/%Y")
    if state.origin != "verified":
        return _bad("list", "list-unverified", _("Non vérifié, liste du {date}.").format(date=date))
    if state.expired:
        return _bad(
            "list",
            "list-expired",
            _("Non vérifié\u00a0: la signature de la liste blanche du {date} a expiré.").format(date=date),
        )
    return _good("list-verified", _("La liste blanche du {date} est signée et vérifiée.").format(date=date))


RULES: tuple[Rule, ...] = (
    from_listed,
    account_listed,
    from_count,
    from_shape,
    from_lookalike,
    name_address,
    name_claim,
    name_letters,
    sender_field,
    reply_to_field,
    return_path_field,
    resent_fields,
    list_fields,
    recipients,
    torn_headers,
    patient_address,
    list_state,
)
"""Every rule, in the order in which reasons of equal weight are told."""

_ORDER = {"doubtful": 0, "blocks": 1, "list": 2, "good": 3}


def judge(
    reading: Reading, trust: TrustList, account_domain: str, at_utc: int, *, provisional: bool = False
) -> Verdict:
    """Level and reasons of one message, the deciding reason first.

    ``account_domain`` is the domain of the BAL that received it ("" when unknown: never secured);
    ``at_utc`` the time of judging, against which the list's own validity is held. ``provisional`` is
    copied into the verdict (headers only). Pure, never raises, under 0.2 ms. Any thread.
    """
    subject = Subject(reading, trust, account_domain, at_utc)
    findings = [finding for rule in RULES if (finding := rule(subject)) is not None]
    findings.sort(key=lambda finding: _ORDER[finding.weight])
    return Verdict(
        level=_level(subject, {finding.weight for finding in findings}),
        reasons=tuple(finding.reason for finding in findings),
        trust_list=trust.state_at(at_utc),
        provisional=provisional,
    )


def _level(subject: Subject, weights: set[str]) -> str:
    if "doubtful" in weights:
        return "doubtful"
    if subject.trust.state.origin == "none":
        return "unknown"
    if "blocks" in weights:
        return "ordinary"
    if "list" in weights:
        return "unknown"
    if subject.domain == PATIENTS:
        return "patient"
    return "apicrypt" if is_apicrypt(subject.domain) else "mssante"
