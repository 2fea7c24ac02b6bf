"""Random messages for hypothesis: shapes with their content, letters, and bytes that look like mail."""

from hypothesis import strategies as st

from mssclient.mime.addresses import Address
from mssclient.mime.compose import Attachment, Letter

words = st.text(
    st.characters(
        blacklist_categories=("Cs", "Cc", "Zl", "Zp", "Cf", "Co", "Cn"), blacklist_characters="\ufffd"
    ),
    max_size=60,
)
names = words.map(lambda text: " ".join(text.split()))
local_parts = st.from_regex(r"[a-z0-9]([a-z0-9._-]?[a-z0-9]){0,10}", fullmatch=True)
domains = st.from_regex(
    r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]([a-z0-9-]{0,5}[a-z0-9])?){1,2}", fullmatch=True
)
addresses = st.builds(
    lambda name, local, domain: Address(name, f"{local}@{domain}"), names, local_parts, domains
)
texts = st.lists(words, max_size=8).map("\n".join)
attachments = st.builds(
    Attachment,
    names.filter(lambda name: len(name) > 0),
    st.sampled_from(["application/pdf", "text/plain", "image/png", "absurd", "message/rfc822"]),
    st.binary(max_size=400),
)
letters = st.builds(
    Letter,
    sender=addresses,
    to=st.lists(addresses, min_size=1, max_size=5).map(tuple),
    cc=st.lists(addresses, max_size=3).map(tuple),
    subject=names,
    text=texts,
    html=st.none() | texts,
    attachments=st.lists(attachments, max_size=3).map(tuple),
    message_id=st.just("<m@x.example>"),
    date_utc=st.integers(0, 4_000_000_000),
)

_CHUNKS = [
    b"\r\n",
    b"\n",
    b"\r",
    b"\r\n\r\n",
    b"\n\n",
    b" ",
    b"\t",
    b"\x00",
    b"--",
    b"--b",
    b"--b\r\n",
    b"\r\n--b\r\n",
    b"\r\n--b--\r\n",
    b"\r\n--bc\r\n",
    b"b",
    b"Content-Type: multipart/mixed; boundary=b\r\n",
    b"Content-Type: multipart/alternative; boundary=bc\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Type: text/html; charset=",
    b"utf-8",
    b"utf-7",
    b"Content-Transfer-Encoding: base64\r\n",
    b"Content-Transfer-Encoding: quoted-printable\r\n",
    b"Content-Transfer-Encoding: x-uue\r\n",
    b"begin 644 a\n",
    b"Content-Disposition: attachment; filename",
    b"*0*=",
    b"utf-8''%C3",
    b"*=",
    b'="',
    b'"',
    b"\\",
    b";",
    b"=?",
    b"?=",
    b"=?utf-8?q?=C3=A9?=",
    b"=?utf-8?b?w6k?=",
    b"From: ",
    b"Subject: ",
    b"<",
    b">",
    b"@",
    b",",
    b"(",
    b")",
    b"[",
    b":",
    b"SGVsbG8=",
    b"=3D",
    b"=\r\n",
    b"\xc3\xa9",
    b"\xff",
    b"<p>",
    b"<style>",
    b"<!--",
    b"&nbsp;",
    b"format=flowed",
    b"Date: Mon, 1 Jan 2024 00:00:00 +0000",
    b"References: <a@b>",
    b"winmail.dat",
    b"+2AA-",
]
hostile = st.lists(st.sampled_from(_CHUNKS) | st.binary(max_size=6), max_size=80).map(b"".join)
