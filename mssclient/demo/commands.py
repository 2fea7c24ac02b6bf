"""IMAP commands that pymap lacks: QUOTA (RFC 9208), NAMESPACE (RFC 2342), UNSELECT (RFC 3691)."""

from pymap.parsing import EndLine, Params, Space
from pymap.parsing.command import CommandAuth, CommandNoArgs, CommandSelect
from pymap.parsing.command.auth import CommandMailboxArg
from pymap.parsing.specials import AString

__all__ = ["COMMANDS", "GetQuota", "GetQuotaRoot", "Namespace", "Unselect"]


class GetQuotaRoot(CommandMailboxArg):
    command = b"GETQUOTAROOT"


class GetQuota(CommandAuth):
    command = b"GETQUOTA"

    def __init__(self, tag: bytes, root: str) -> None:
        super().__init__(tag)
        self.root = root

    @classmethod
    def parse(cls, buf: memoryview, params: Params) -> tuple["GetQuota", memoryview]:
        _, buf = Space.parse(buf, params)
        root, buf = AString.parse(buf, params)
        _, buf = EndLine.parse(buf, params)
        return cls(params.tag, root.value.decode("utf-8", "replace")), buf


class Namespace(CommandNoArgs, CommandAuth):
    command = b"NAMESPACE"


class Unselect(CommandNoArgs, CommandSelect):
    command = b"UNSELECT"


COMMANDS = (GetQuotaRoot, GetQuota, Namespace, Unselect)
