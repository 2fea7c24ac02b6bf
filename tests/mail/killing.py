"""A courier that can be killed: a small process forks one for each order, so that a death costs little.

Orders come as lines of JSON on standard input: where the store is, and at which pause to die (0: not at
all). Each is answered by a line: the number of pauses passed, or "killed".
"""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

__all__ = ["Slaughterhouse"]


class Slaughterhouse:
    """Runs couriers in processes of their own. For one thread."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.mail.killing"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def run(self, store: Path, login: str, password: str, *, die_at: int = 0) -> str:
        """Let a courier do all it can, or die at its ``die_at``-th pause. "killed", or "lived n"."""
        order = {"store": str(store), "login": login, "password": password, "die_at": die_at}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(order) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def carry_out(order: dict[str, Any]) -> int:
    """All wants that are due, and a look for uncertain ones; returns how many pauses were passed."""
    from mssclient.access.credential import PasswordCredential
    from mssclient.mail.annotating import Annotators
    from mssclient.mail.connector import Connector
    from mssclient.mail.courier import Courier
    from mssclient.model.secrets import Secret
    from mssclient.store.store import Store
    from tests.mail.accounts import KEY, annotate, annotate_headers

    count = 0

    def pause(point: str) -> None:
        nonlocal count
        count += 1
        if count == order["die_at"]:
            os.kill(os.getpid(), signal.SIGKILL)

    store = Store.open(Path(order["store"]), KEY)
    view = store.view()
    account = view.accounts()[0]
    view.close()
    credential = PasswordCredential(login=order["login"], secret=Secret(order["password"]))
    annotators = Annotators(annotate, annotate_headers)
    courier = Courier(account, store, annotators, Connector(account, lambda: credential), pause=pause)
    courier.settle_interrupted()
    courier.find_uncertain()
    while courier.carry_out_next() or courier.look_for_uncertain():
        pass
    courier.end()
    store.close()
    return count


def main() -> None:
    import mssclient.mail.courier
    import tests.mail.accounts  # noqa: F401 - loaded once, here

    del mssclient
    for line in sys.stdin:
        read, write = os.pipe()
        child = os.fork()
        if child == 0:
            os.close(read)
            count = carry_out(json.loads(line))
            os.write(write, str(count).encode())
            os._exit(0)
        os.close(write)
        _pid, status = os.waitpid(child, 0)
        told = os.read(read, 100).decode()
        os.close(read)
        if os.WIFSIGNALED(status):
            print("killed" if os.WTERMSIG(status) == signal.SIGKILL else f"died of {status}", flush=True)
        else:
            print(f"lived {told}" if told else f"failed {status}", flush=True)


if __name__ == "__main__":
    main()
