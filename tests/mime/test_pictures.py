"""Pictures of messages: decoded within limits, encoded anew, refused without an exception."""

import io
import struct
import time
import zlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from mssclient.mime.pictures import picture_size, reencode


def drawn(kind: str, size: tuple[int, int] = (40, 30), mode: str = "RGB", **options: object) -> bytes:
    out = io.BytesIO()
    Image.new(mode, size, color=1 if mode in ("1", "P", "L") else None).save(out, kind, **options)
    return out.getvalue()


@pytest.mark.parametrize(
    ("kind", "mode"),
    [("PNG", m) for m in ("RGB", "RGBA", "L", "LA", "P", "1", "I;16")]
    + [("JPEG", m) for m in ("RGB", "L", "CMYK")]
    + [("GIF", "P"), ("WEBP", "RGB"), ("WEBP", "RGBA"), ("BMP", "RGB"), ("BMP", "1")],
)
def test_usual_pictures(kind: str, mode: str) -> None:
    data = drawn(kind, mode=mode)
    assert picture_size(data) == (40, 30)
    picture = reencode(data)
    assert picture is not None
    assert (picture.width, picture.height) == (40, 30)
    again = Image.open(io.BytesIO(picture.data))
    assert again.format in ("PNG", "JPEG")
    assert again.size == (40, 30)


def test_large_pictures_are_scaled_down() -> None:
    picture = reencode(drawn("JPEG", (4000, 3000)))
    assert picture is not None
    assert (picture.width, picture.height) == (2000, 1500)
    assert reencode(drawn("PNG", (100, 100)), max_pixels=9999) is None
    small = reencode(drawn("PNG", (100, 50)), max_side=10)
    assert small is not None
    assert (small.width, small.height) == (10, 5)


def test_metadata_is_gone_and_orientation_applied() -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = "Jeanne LEROUX"
    picture = reencode(drawn("JPEG", (40, 30), exif=exif.tobytes()))
    assert picture is not None
    assert (picture.width, picture.height) == (30, 40)
    assert b"LEROUX" not in picture.data
    from PIL.PngImagePlugin import PngInfo

    info = PngInfo()
    info.add_text("Comment", "Jeanne LEROUX")
    picture = reencode(drawn("PNG", pnginfo=info))
    assert picture is not None
    assert b"LEROUX" not in picture.data


def png_header(width: int, height: int, body: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(body))
        + chunk(b"IEND", b"")
    )


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GIF89a",
        b"%PDF-1.7",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        drawn("TIFF"),
        drawn("ICO"),
        drawn("PPM"),
        drawn("PNG")[:60],
        drawn("JPEG", (400, 400))[:-300],
        png_header(60_000, 60_000, b""),
        png_header(3000, 3000, b"\x00" * 1000),
        png_header(0, 0, b""),
    ],
    ids=range(13),
)
def test_what_is_refused(data: bytes) -> None:
    begun = time.process_time()
    assert reencode(data) is None
    assert time.process_time() - begun < 1


def test_a_bomb_in_a_text_chunk() -> None:
    bomb = zlib.compress(b"a" * 200_000_000)
    text = b"k\x00\x00" + bomb
    chunk = struct.pack(">I", len(text)) + b"zTXt" + text + struct.pack(">I", zlib.crc32(b"zTXt" + text))
    data = drawn("PNG")
    begun = time.process_time()
    reencode(data[:33] + chunk + data[33:])
    assert time.process_time() - begun < 1


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(["PNG", "JPEG", "GIF", "WEBP", "BMP"]), st.data())
def test_damaged_pictures_never_raise(kind: str, data: st.DataObject) -> None:
    raw = bytearray(drawn(kind, (20, 20)))
    for _ in range(data.draw(st.integers(1, 5))):
        raw[data.draw(st.integers(0, len(raw) - 1))] = data.draw(st.integers(0, 255))
    picture = reencode(bytes(raw))
    assert picture is None or picture.width * picture.height <= 16_000_000
