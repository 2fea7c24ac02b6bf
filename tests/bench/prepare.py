"""Makes the profile that is measured, in the environment of a keyring.

``python -m tests.bench.prepare PROFILE MESSAGES [ADDRESS HOST PORT CA]``, the password on standard input.
"""

import sys
from pathlib import Path

from mssclient.model.accounts import Account, Endpoint
from mssclient.model.ids import AccountId
from mssclient.model.secrets import Secret
from mssclient.store.accounts import add_account
from mssclient.store.key import load_key, store_password
from mssclient.store.profile import Profile
from mssclient.store.store import Priority, Store
from tests.store.sample import fill


def main() -> None:
    profile = Profile(Path(sys.argv[1]))
    profile.prepare()
    store = Store.open(profile.store_path, load_key(profile, ask=None, passphrase=None))
    fill(store, int(sys.argv[2]), words=40)
    if len(sys.argv) > 3:
        address, host, port, ca = sys.argv[3:7]
        end = Endpoint(host=host, port=int(port))
        account = Account(
            id=AccountId(0), address=address, login=address, imap=end, smtp=end, ca_pem=Path(ca).read_text()
        )
        store.write(Priority.PERSON, lambda tx: add_account(tx, account))
        store_password(profile, address, Secret(sys.stdin.read()), store=store)
    store.close()


if __name__ == "__main__":
    main()
