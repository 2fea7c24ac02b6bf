"""The IMAP side of the demonstration operator: pymap's dict backend with the extensions it lacks.

What it announces after login: IMAP4rev1 LITERAL+ ID BINARY UIDPLUS MOVE CHILDREN APPENDLIMIT IDLE
OBJECTID MULTIAPPEND NAMESPACE UNSELECT SPECIAL-USE QUOTA. It has neither CONDSTORE nor QRESYNC: the
demonstration shows the fallbacks of the client.
"""

import logging
from argparse import Namespace as Arguments
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, closing
from io import BytesIO
from ssl import SSLContext
from typing import Any
from uuid import uuid4

from proxyprotocol.sock import SocketInfo
from pymap.backend.dict import Config, Identity, Login, Session
from pymap.backend.dict.filter import FilterSet
from pymap.context import connection_exit
from pymap.exceptions import MailboxError, ResponseError
from pymap.imap import IMAPConnection, IMAPServer
from pymap.imap.state import ConnectionState
from pymap.interfaces.login import IdentityInterface
from pymap.parsing.command import Command
from pymap.parsing.commands import Commands
from pymap.parsing.message import AppendMessage
from pymap.parsing.primitives import QuotedString
from pymap.parsing.response import (
    CommandResponse,
    Response,
    ResponseCode,
    ResponseNo,
    ResponseOk,
    UntaggedResponse,
)
from pymap.parsing.response.code import AppendUid, CopyUid
from pymap.parsing.specials import Mailbox, SequenceSet
from pymap.selected import SelectedMailbox
from pymap.user import Passwords, UserMetadata
from pysasl.creds.server import ServerCredentials
from pysasl.hashing import BuiltinHash

from mssclient.demo.commands import COMMANDS, GetQuota, GetQuotaRoot, Namespace, Unselect
from mssclient.demo.mailboxes import DemoFolder, DemoMailbox
from mssclient.demo.repairs import encode_folder

__all__ = ["ImapOperator", "OverQuota"]

_log = logging.getLogger(__name__)


class OverQuota(MailboxError):
    """NO [OVERQUOTA] (RFC 9208 §4.3)."""

    def __init__(self, name: str) -> None:
        super().__init__(name, b"Quota exceeded.", ResponseCode.of(b"OVERQUOTA"))


class _Session(Session):
    @property
    def demo_mailbox(self) -> DemoMailbox:
        mailbox = self.mailbox_set
        assert isinstance(mailbox, DemoMailbox)
        return mailbox

    async def list_mailboxes(
        self,
        ref_name: str,
        filter_: str,
        subscribed: bool = False,
        selected: SelectedMailbox | None = None,
    ) -> tuple[Iterable[tuple[str, str | None, Sequence[bytes]]], SelectedMailbox | None]:
        rows, updates = await super().list_mailboxes(ref_name, filter_, subscribed, selected)
        special = self.demo_mailbox.special
        named = [(n, sep, [*attrs, special[n]] if n in special else attrs) for n, sep, attrs in rows]
        return named, updates

    def _make_room(self, name: str, octets: int) -> None:
        owner = self.demo_mailbox.home(name)[0]
        if owner.usage()[0] + octets > owner.limit_octets:
            raise OverQuota(name)

    async def _octets_of(self, selected: SelectedMailbox, numbers: SequenceSet) -> int:
        folder = await self._get_selected(selected)
        assert isinstance(folder, DemoFolder)
        return folder.octets_of(uid for _, uid in selected.messages.get_uids(numbers))

    async def append_messages(
        self, name: str, messages: Sequence[AppendMessage], selected: SelectedMailbox | None = None
    ) -> tuple[AppendUid, SelectedMailbox | None]:
        self._make_room(name, sum(len(m.literal) for m in messages))
        return await super().append_messages(name, messages, selected)

    async def copy_messages(
        self, selected: SelectedMailbox, sequence_set: SequenceSet, mailbox: str
    ) -> tuple[CopyUid | None, SelectedMailbox]:
        self._make_room(mailbox, await self._octets_of(selected, sequence_set))
        return await super().copy_messages(selected, sequence_set, mailbox)

    async def move_messages(
        self, selected: SelectedMailbox, sequence_set: SequenceSet, mailbox: str
    ) -> tuple[CopyUid | None, SelectedMailbox]:
        if self.demo_mailbox.home(mailbox)[0] is not self.demo_mailbox.home(selected.lookup)[0]:
            self._make_room(mailbox, await self._octets_of(selected, sequence_set))
        return await super().move_messages(selected, sequence_set, mailbox)


def _quota(mailbox: DemoMailbox) -> UntaggedResponse:
    octets, messages = mailbox.usage()
    return UntaggedResponse(
        b"QUOTA %b (STORAGE %d %d MESSAGE %d %d)"
        % (
            bytes(QuotedString(mailbox.address.encode())),
            -(-octets // 1024),
            mailbox.limit_octets // 1024,
            messages,
            100_000,
        )
    )


class _State(ConnectionState):
    @property
    def _mailbox(self) -> DemoMailbox:
        session = self.session
        assert isinstance(session, _Session)
        return session.demo_mailbox

    async def do_greeting(self) -> CommandResponse:
        response = await super().do_greeting()
        if b"STARTTLS" in self._capability:
            # stock pymap lets anyone on loopback log in before STARTTLS
            self.auth = self.config.initial_auth
            return ResponseOk(b"*", self.config.greeting, self.capability)
        return response

    async def do_command(self, cmd: Command) -> CommandResponse:
        try:
            return await super().do_command(cmd)
        except (ResponseError, ConnectionError, EOFError):
            raise
        except Exception:  # noqa: BLE001 - stock pymap drops the connection
            _log.exception("%s failed", cmd.command.decode("ascii", "replace"))
            return ResponseNo(cmd.tag, b"Server error.", ResponseCode.of(b"SERVERBUG"))

    async def do_getquotaroot(self, cmd: GetQuotaRoot) -> tuple[CommandResponse, None]:
        await self.session.get_mailbox(cmd.mailbox)  # NO [NONEXISTENT] where it lacks
        owner = self._mailbox.home(cmd.mailbox)[0]
        response = ResponseOk(cmd.tag, b"GETQUOTAROOT completed.")
        root = bytes(QuotedString(owner.address.encode()))
        response.add_untagged(
            UntaggedResponse(b"QUOTAROOT %b %b" % (bytes(Mailbox(cmd.mailbox)), root)), _quota(owner)
        )
        return response, None

    async def do_getquota(self, cmd: GetQuota) -> tuple[CommandResponse, None]:
        for owner in (self._mailbox, *self._mailbox.mounts.values()):
            if owner.address == cmd.root:
                response = ResponseOk(cmd.tag, b"GETQUOTA completed.")
                response.add_untagged(_quota(owner))
                return response, None
        return ResponseNo(cmd.tag, b"No such quota root."), None

    async def do_namespace(self, cmd: Namespace) -> tuple[CommandResponse, None]:
        prefixes = sorted({p.split("/")[0] + "/" for p in self._mailbox.mounts})
        shared = b"".join(b'(%b "/")' % bytes(QuotedString(encode_folder(p))) for p in prefixes)
        response = ResponseOk(cmd.tag, b"NAMESPACE completed.")
        response.add_untagged(
            UntaggedResponse(b'NAMESPACE (("" "/")) NIL ' + (b"(%b)" % shared if shared else b"NIL"))
        )
        return response, None

    async def do_unselect(self, cmd: Unselect) -> tuple[CommandResponse, None]:
        self._selected = None
        return ResponseOk(cmd.tag, b"UNSELECT completed."), None


class _Connection(IMAPConnection):
    async def write_response(self, resp: Response) -> None:
        """One write per response: faster, and no client is handed half a line."""
        buffer = BytesIO()
        try:
            await resp.async_write(buffer)  # pyright: ignore[reportArgumentType]
        except Exception:  # noqa: BLE001 - the client is told, the operator lives on
            _log.exception("a response could not be written")
            buffer = BytesIO(bytes(ResponseNo(resp.tag, b"Server error.", ResponseCode.of(b"SERVERBUG"))))
        try:
            self.writer.write(buffer.getvalue())
            await self.writer.drain()
        except ConnectionError:
            pass


class _Server(IMAPServer):
    async def __call__(
        self, reader: StreamReader, writer: StreamWriter, sock_info: SocketInfo | None = None
    ) -> None:
        # not through ProxyProtocolReader: it keeps no reference to the task it makes, and on
        # Python 3.13 the garbage collector ends live connections
        socket = sock_info or SocketInfo.get(writer, None, unique_id=uuid4().bytes)
        connection = _Connection(self.commands, self._config, reader, writer, socket)
        async with AsyncExitStack() as stack:
            connection_exit.set(stack)
            stack.enter_context(closing(connection))
            try:
                await connection.run(_State(self._login, self._config))
            except (ValueError, ConnectionError, EOFError):
                # a line over the stream's limit, or a client gone in the middle of a command
                _log.debug("connection ended", exc_info=True)


class _Config(Config):
    @property
    def greeting(self) -> bytes:
        return b"Operateur de demonstration"  # stock: socket.getfqdn(), slow without DNS

    @property
    def commands(self) -> Commands:
        commands = super().commands
        for command in COMMANDS:
            commands.register(command)
        return commands

    @property
    def login_capability(self) -> Sequence[bytes]:
        return [
            *super().login_capability,
            b"NAMESPACE",
            b"UNSELECT",
            b"SPECIAL-USE",
            b"QUOTA",
            b"QUOTA=RES-STORAGE",
            b"QUOTA=RES-MESSAGE",
        ]

    @classmethod
    def make(cls, tls: SSLContext, append_limit_octets: int, starttls: bool) -> "_Config":
        arguments = Arguments(
            host="127.0.0.1",
            port=0,
            debug=False,
            cert=None,
            key=None,
            # with implicit TLS this is off, or STARTTLS would stay announced
            tls=starttls,
            passlib_cfg=None,
            proxy_protocol=None,
            demo_data=False,
            demo_user="",
            demo_password="",
        )
        return cls.from_args(
            arguments,
            ssl_context=tls,
            hash_context=BuiltinHash(rounds=1000),  # the default costs 0.3 s a login
            max_append_len=append_limit_octets,
            bad_command_limit=None,  # stock: five BAD in a row disconnect
        )


class _Identity(Identity):
    @asynccontextmanager
    async def new_session(self) -> AsyncGenerator[Session, None]:
        await self.get()
        yield _Session(self.name, self.config, *self.config.set_cache[self.name])


class _Login(Login):
    async def authenticate(self, credentials: ServerCredentials) -> Identity:
        identity = await super().authenticate(credentials)
        return _Identity(identity.name, self, None, identity.roles)

    async def authorize(self, authenticated: IdentityInterface, authzid: str) -> Identity:
        await super().authorize(authenticated, authzid)
        return _Identity(authzid, self, None, authenticated.roles)


class ImapOperator:
    """The mailboxes behind a login, and the two callables that serve connections (implicit TLS, STARTTLS)."""

    def __init__(self, tls: SSLContext, append_limit_octets: int) -> None:
        self._config = _Config.make(tls, append_limit_octets, starttls=False)
        self._config.apply_context()
        starttls = _Config.make(tls, append_limit_octets, starttls=True)
        starttls.set_cache = self._config.set_cache
        self._login = _Login(self._config)
        self.serve: Any = _Server(self._login, self._config)
        self.serve_starttls: Any = _Server(self._login, starttls)

    async def admit(self, login: str, password: str, mailbox: DemoMailbox) -> None:
        """Let a person in: from now on that login opens that mailbox."""
        self._config.set_cache[login] = (mailbox, FilterSet())
        hashed = await Passwords(self._config).hash_password(password)
        await _Identity(login, self._login, None, frozenset()).set(
            UserMetadata(self._config, login, password=hashed)
        )
