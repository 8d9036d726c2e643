"""The bytes of photos that lie in our storage, as a browser may have them."""

from __future__ import annotations

import io
import warnings
from pathlib import PurePosixPath
from typing import BinaryIO, cast

from PIL import Image, ImageOps

from marketplaces.models import ProductImage
from tasks.errors import StoFlowError
from tasks.tenancy import current_schema

TYPES = {".jpg": "image/jpeg", ".png": "image/png", ".webp": "image/webp", ".gif": "image/gif"}
"""By the suffix that the import gave it after it had looked inside."""
_DECODERS = ("JPEG", "PNG", "WEBP", "GIF")


class PhotoNotShownError(StoFlowError):
    """There is no such file, or nothing in it that a browser should get."""


def original(photo: ProductImage) -> tuple[BinaryIO, str]:
    """The file, open, and its type."""
    name = photo.file.name or ""
    kind = TYPES.get(PurePosixPath(name).suffix)
    # A row can name any file below the storage's root: only this tenant's photos are shown.
    if kind is None or ".." in name or not name.startswith(f"{current_schema()}/images/"):
        raise PhotoNotShownError("The photo is no file of this seller.")
    try:
        return cast("BinaryIO", photo.file.storage.open(name)), kind
    except OSError as error:
        raise PhotoNotShownError("The photo's file is missing.") from error


def reduced(photo: ProductImage, pixels: int) -> bytes:
    """A JPEG that is at most so wide and high, upright, on white."""
    file, _kind = original(photo)
    with file, warnings.catch_warnings():
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            with Image.open(file, formats=_DECODERS) as image:
                return _jpeg(image, pixels)
        except Exception as error:  # a damaged photo makes a decoder raise anything
            raise PhotoNotShownError("The photo's file is damaged.") from error


def _jpeg(image: Image.Image, pixels: int) -> bytes:
    image.draft("RGB", (pixels, pixels))
    upright = ImageOps.exif_transpose(image)
    upright.thumbnail((pixels, pixels))
    see_through = upright.convert("RGBA")
    page = Image.new("RGBA", see_through.size, "white")
    page.alpha_composite(see_through)
    data = io.BytesIO()
    page.convert("RGB").save(data, "JPEG", quality=82)
    return data.getvalue()
