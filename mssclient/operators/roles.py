"""Which folder is the sent one, the trash …: by SPECIAL-USE (RFC 6154), else by its name."""

import unicodedata
from collections.abc import Iterable

__all__ = ["role_by_name", "role_by_use"]

_BY_USE = {
    "\\all": "all",
    "\\archive": "archive",
    "\\drafts": "drafts",
    "\\junk": "junk",
    "\\spam": "junk",  # XLIST, older Zimbra
    "\\sent": "sent",
    "\\trash": "trash",
    "\\inbox": "inbox",  # XLIST
}

_BY_NAME = {
    "sent": "sent",
    "sent items": "sent",
    "sent messages": "sent",
    "sent mail": "sent",
    "envoyes": "sent",
    "elements envoyes": "sent",
    "messages envoyes": "sent",
    "objets envoyes": "sent",
    "courrier envoye": "sent",
    "drafts": "drafts",
    "draft": "drafts",
    "brouillons": "drafts",
    "brouillon": "drafts",
    "trash": "trash",
    "deleted items": "trash",
    "deleted messages": "trash",
    "deleted": "trash",
    "corbeille": "trash",
    "elements supprimes": "trash",
    "messages supprimes": "trash",
    "poubelle": "trash",
    "junk": "junk",
    "junk e-mail": "junk",
    "spam": "junk",
    "bulk mail": "junk",
    "indesirables": "junk",
    "courrier indesirable": "junk",
    "pourriel": "junk",
    "pourriels": "junk",
    "archive": "archive",
    "archives": "archive",
}


def role_by_use(attributes: Iterable[str]) -> str:
    """The role said by LIST attributes; "" when none says it.

    Zimbra gives \\Sent, \\Trash … without announcing SPECIAL-USE (8.7 to 10.1): attributes are believed
    whatever the capabilities.
    """
    for attribute in attributes:
        if role := _BY_USE.get(attribute.lower()):
            return role
    return ""


def role_by_name(name: str) -> str:
    """The role that the last element of a folder's name suggests, French or English; "" when none."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().strip().lower()
    return _BY_NAME.get(" ".join(plain.split()), "")
