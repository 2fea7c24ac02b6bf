from mssclient.operators.capabilities import Capabilities, from_tokens, table

DOVECOT = "IMAP4rev1 SASL-IR ID ENABLE IDLE LITERAL+ CONDSTORE QRESYNC MOVE AUTH=PLAIN AUTH=LOGIN RIGHTS=TEXK"


def test_tokens_become_fields_in_any_case() -> None:
    caps = from_tokens(DOVECOT.swapcase().split())
    assert caps.qresync
    assert caps.condstore
    assert caps.move
    assert caps.idle
    assert caps.literal_plus
    assert caps.auth == ("PLAIN", "LOGIN")
    assert not caps.uidplus


def test_qresync_needs_enable_and_means_condstore() -> None:
    assert not from_tokens(["IMAP4rev1", "QRESYNC"]).qresync
    assert from_tokens(["IMAP4rev1", "QRESYNC"]).condstore


def test_rev2_includes_what_it_made_mandatory() -> None:
    caps = from_tokens(["IMAP4rev2"])
    assert caps.move
    assert caps.uidplus
    assert caps.idle
    assert caps.esearch
    assert caps.special_use


def test_append_limit_is_read_and_nonsense_is_not() -> None:
    assert from_tokens(["APPENDLIMIT=35000000"]).append_limit_octets == 35_000_000
    assert from_tokens(["APPENDLIMIT", "APPENDLIMIT=x", "APPENDLIMIT=" + "9" * 40]).append_limit_octets == 0


def test_each_row_of_the_table_is_a_field_with_a_fallback() -> None:
    fields = Capabilities.__struct_fields__
    for row in table():
        assert row.field in fields, row.token
        assert row.fallback
    assert len({row.token for row in table()}) == len(table())
