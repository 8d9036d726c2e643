"""Reads the size of a picture file, whichever marketplace it was sent to."""

import io
import warnings

from PIL import Image, UnidentifiedImageError


class UnreadableError(ValueError):
    """No picture, a broken one, or a format that isn't among those asked for."""


class HugeError(ValueError):
    """More pixels than anybody would decode."""


def measure(content: bytes, formats: tuple[str, ...]) -> tuple[int, int]:
    """Width and height in pixels of a whole picture; formats are Pillow's names."""
    try:
        with warnings.catch_warnings():
            # Pillow's warning comes far above the limits of the marketplaces, which speak first.
            warnings.simplefilter("ignore", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(content), formats=formats) as picture:
                size = picture.size
                picture.verify()
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as unreadable:
        raise UnreadableError from unreadable
    except Image.DecompressionBombError as huge:
        raise HugeError from huge
    return size
