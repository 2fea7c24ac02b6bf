"""A second start brings the first window forward."""

import threading

from mssclient.engine import transport, wire
from mssclient.store.profile import Profile

__all__ = ["raise_running"]

_RAISE_LIMIT_S = 2.0


def raise_running(profile: Profile, argument: str = "") -> bool:
    """Hand a mailto: or a file to the window that already runs on this profile. False when none does."""
    try:
        channel = transport.connect(profile.socket_path)
    except transport.ChannelClosed:
        return False
    watch = threading.Timer(_RAISE_LIMIT_S, channel.close)
    watch.daemon = True
    watch.start()
    try:
        channel.send(wire.encode(wire.Hello(role="start")))
        channel.send(wire.encode(wire.Raise(argument=argument)))
        while True:
            if isinstance(wire.decode_from_engine(channel.receive()), wire.Raised):
                return True
    except (transport.ChannelClosed, wire.NotAFrame):
        return False
    finally:
        watch.cancel()
        channel.close()
