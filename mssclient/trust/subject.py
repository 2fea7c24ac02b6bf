"""One message as the rules of the padlock see it: the headers that say who, read once."""

from functools import cached_property

from mssclient.mime.addresses import MOST, Address, domain_of
from mssclient.mime.headers import Header
from mssclient.mime.reading import Reading
from mssclient.trust.lookalike import imitates
from mssclient.trust.whitelist import TrustList

__all__ = ["Subject"]

_MOST_FIELDS = 20
"""Of one name; the last mailbox counts as much as the first, so what is not read is not trusted."""
_MOST_OCTETS = 4000
_MOST_COMMENTS = 20
"""Of a field that names one person or a few."""
_RECIPIENTS = frozenset(("to", "cc", "bcc"))
_UNREAD = Address("", "(…)")
"""Stands for a header (or its rest) too long or too nested to be anybody's: no domain, so never trusted."""
_KEPT = frozenset(("from", "sender", "reply-to", "return-path", "to", "cc", "bcc"))


class Subject:
    """One message as the rules see it. Read once, in one pass over the headers; used by one thread."""

    def __init__(self, reading: Reading, trust: TrustList, account_domain: str, at_utc: int) -> None:
        self.reading = reading
        self.trust = trust
        self.at_utc = at_utc
        self.account = domain_of("x@" + account_domain)
        self.fields: dict[str, list[Header]] = {}
        for header in reading.headers:
            if header.lower in _KEPT or header.lower.startswith(("resent-", "list-")):
                self.fields.setdefault(header.lower, []).append(header)
        self.authors = self.mailboxes("from")
        self.author = self.authors[0] if len(self.authors) == 1 else Address("", "")
        self.domain = domain_of(self.author.address)
        self.listed = trust.lists(self.domain)

    def mailboxes(self, *names: str) -> list[Address]:
        """Every mailbox that all fields of these names hold together."""
        found: list[Address] = []
        for name in names:
            fields = self.fields.get(name, [])
            if len(fields) > _MOST_FIELDS:
                found.append(_UNREAD)
            for field in fields[:_MOST_FIELDS]:
                is_sane = len(field.raw) <= _MOST_OCTETS and field.raw.count(b"(") <= _MOST_COMMENTS
                found.extend(field.addresses if is_sane or name in _RECIPIENTS else [_UNREAD])
                if len(found) >= MOST:
                    found.append(_UNREAD)
        return found

    def strangers(self, *names: str) -> list[str]:
        """Domains in these fields that the list does not name; "" for an address without one."""
        domains = (domain_of(mailbox.address) for mailbox in self.mailboxes(*names))
        return [domain for domain in domains if not self.trust.lists(domain)]

    @cached_property
    def imitated(self) -> str:
        return "" if self.listed or not self.domain else imitates(self.domain, self.trust.domains)
