"""Names made to look like others: letters of other scripts, digits, a true name inside a false one.

Source: Unicode UTS #39 (skeletons, mixed scripts), reduced to what imitates Latin letters; all is
bounded by the length of a domain or of a display name.
"""

import re
import unicodedata
from functools import lru_cache

__all__ = ["HIDDEN", "claims_security", "imitates", "is_mixed_script", "skeleton"]

HIDDEN = re.compile(
    "[\x00-\x08\x0a-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e"
    "\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\U000e0000-\U000e007f]"
)
"""Characters that are not seen, or that move the others: controls, bidirectional marks, zero widths."""

# Cyrillic, Greek, Armenian and odd Latin letters, and digits, with the plain letter they are drawn like
_DRAWN_LIKE = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i", "ј": "j", "ѕ": "s",
        "һ": "h", "ԁ": "d", "ԛ": "q", "ԝ": "w", "в": "b", "м": "m", "н": "h", "к": "k", "т": "t", "п": "n",
        "α": "a", "ο": "o", "ρ": "p", "ν": "v", "ι": "i", "κ": "k", "τ": "t", "υ": "u", "ω": "w", "η": "n",
        "ε": "e", "օ": "o", "ս": "u", "ո": "n", "ց": "g", "հ": "h", "ı": "i", "ɑ": "a", "ɡ": "g", "ɩ": "i",
        "ʟ": "l", "ᴀ": "a", "ᴇ": "e", "ѵ": "v", "ƽ": "s", "ſ": "s", "ł": "l", "ø": "o", "đ": "d", "ħ": "h",
        "0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "$": "s", "|": "l",
    }
)  # fmt: skip
_CLAIMS = re.compile(
    r"ms[\W_]?sante|mon espace sante|messageries? de sante|messageries? securise|\bsecurisee?s?\b"
)
_SEALS = re.compile("[\U0001f50f-\U0001f513\u2705\u2714\u2611\U0001f6e1]")
_TRUE = "mssante"


def _one_slip(word: str) -> frozenset[str]:
    """The word with one letter forgotten, doubled or exchanged with the next."""
    slips = {word[:i] + word[i + 1 :] for i in range(len(word))}
    slips |= {word[:i] + word[i] + word[i:] for i in range(len(word))}
    slips |= {word[:i] + word[i + 1] + word[i] + word[i + 2 :] for i in range(len(word) - 1)}
    return frozenset(slips - {word})


_SLIPS = _one_slip(_TRUE)


def skeleton(text: str) -> str:
    """What a text looks like at a glance: lower case, no accents, foreign letters as those they imitate."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", text.casefold())
        text = "".join(letter for letter in text if not unicodedata.combining(letter))
    return text.lower().translate(_DRAWN_LIKE).replace("rn", "m").replace("vv", "w")


def imitates(domain: str, listed: frozenset[str]) -> str:
    """The name that a domain, itself not listed, is made to look like; "" for an honest one.

    ``domain`` in comparable form (A-labels). Domains under ``mssante.fr`` and ``gouv.fr`` cannot be
    registered by anybody and imitate nothing.
    """
    labels = domain.split(".")
    if len(labels) < 2 or labels[-2:] in (["mssante", "fr"], ["gouv", "fr"]):
        return ""
    for count in range(len(labels) - 1, 1, -1):  # a listed name, and then something else
        if (head := ".".join(labels[:count])) in listed:
            return head
    seen = [skeleton(_unicode(label)) for label in labels]
    if any(_TRUE in label.replace("-", "").replace("_", "") for label in seen) or seen[-2] in _SLIPS:
        return "mssante.fr"
    return _skeletons(listed).get(".".join(seen), "")


def _unicode(label: str) -> str:
    """A label as it is shown."""
    if not label.startswith("xn--"):
        return label
    try:
        return label[4:].encode("ascii").decode("punycode")
    except (UnicodeError, ValueError):
        return label


@lru_cache(2)
def _skeletons(listed: frozenset[str]) -> dict[str, str]:
    """Skeletons of the listed names outside ``mssante.fr``: the others were seen to already."""
    return {skeleton(name): name for name in listed if not name.endswith(".mssante.fr")}


def claims_security(name: str) -> bool:
    """Whether a display name says of itself that it is MSSanté, or secured, or draws a seal."""
    return bool(_CLAIMS.search(skeleton(name)) or (not name.isascii() and _SEALS.search(name)))


def is_mixed_script(text: str) -> bool:
    """Whether a word mixes Latin letters with Cyrillic or Greek ones."""
    if text.isascii():
        return False
    return any(_mixes(word) for word in re.findall(r"[^\W\d_]+", text) if not word.isascii())


def _mixes(word: str) -> bool:
    scripts = {_script(letter) for letter in word[:200]}
    return "LATIN" in scripts and bool(scripts & {"CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE"})


def _script(letter: str) -> str:
    return "LATIN" if letter.isascii() else unicodedata.name(letter, "?").partition(" ")[0]
