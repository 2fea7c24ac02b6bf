"""Pictures of a message decoded in the bounded child and encoded anew: the window decodes nothing hostile."""

import io
import warnings

from PIL import Image, ImageFile, ImageOps

from mssclient.model.messages import Picture

__all__ = ["picture_size", "reencode"]

_FORMATS = ("PNG", "JPEG", "GIF", "WEBP", "BMP")
MAX_OCTETS = 40_000_000

# Our own check comes before decoding; Pillow's would only warn at this size.
Image.MAX_IMAGE_PIXELS = 64_000_000
ImageFile.LOAD_TRUNCATED_IMAGES = False


def _open(data: bytes, max_pixels: int) -> Image.Image | None:
    """The header only; None when it is no picture of the five formats or claims too many pixels."""
    if not data or len(data) > MAX_OCTETS:
        return None
    picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    width, height = picture.size
    return picture if 0 < width * height <= max_pixels else None


def picture_size(data: bytes, *, max_pixels: int = 16_000_000) -> tuple[int, int] | None:
    """Width and height in pixels from the header alone, or None: what ``compile_html`` wants."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            picture = _open(data, max_pixels)
    except Exception:  # noqa: BLE001  Pillow's readers raise whatever the bytes provoke
        return None
    return picture.size if picture is not None else None


def reencode(data: bytes, *, max_pixels: int = 16_000_000, max_side: int = 2000) -> Picture | None:
    """The first frame as fresh PNG or (from a JPEG) JPEG bytes; None when refused.

    The header is checked before any pixel is decoded: formats png, jpeg, gif, webp, bmp; at most
    ``max_pixels``; scaled down to ``max_side``. Orientation is applied, metadata is gone. Never raises.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return _reencode(data, max_pixels, max_side)
    except Exception:  # noqa: BLE001  Pillow's readers raise whatever the bytes provoke
        return None


def _reencode(data: bytes, max_pixels: int, max_side: int) -> Picture | None:
    picture = _open(data, max_pixels)
    if picture is None:
        return None
    jpeg = picture.format == "JPEG"
    if jpeg:
        picture.draft("RGB", (max_side, max_side))  # decodes at a fraction of the size when that is enough
    picture.load()
    picture = ImageOps.exif_transpose(picture)
    if picture.mode not in ("RGB", "RGBA", "L"):
        transparent = "transparency" in picture.info or picture.mode in ("LA", "PA", "RGBa", "La")
        picture = picture.convert("RGBA" if transparent else "RGB")
    picture.thumbnail((max_side, max_side), Image.Resampling.LANCZOS)
    out = io.BytesIO()
    if jpeg and picture.mode in ("RGB", "L"):
        picture.save(out, "JPEG", quality=88)
    else:
        picture = Image.frombytes(picture.mode, picture.size, picture.tobytes())  # leaves every chunk behind
        picture.save(out, "PNG", compress_level=3)
    return Picture(data=out.getvalue(), width=picture.width, height=picture.height)
