"""Which files Etsy takes as images of a listing. The document is silent; Etsy's seller help names
the formats and the size, and the least length is unconfirmed.
"""

from marketplaces.sandbox.etsy.errors import refusal
from marketplaces.sandbox.pictures import HugeError, UnreadableError, measure

MAX_BYTES = 10 * 1024 * 1024
MIN_SIDE = 50
"""Pixels."""
FORMATS = ("JPEG", "PNG", "GIF")
"""Pillow's names."""


def check_file(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of an acceptable image."""
    if len(content) > MAX_BYTES:
        raise refusal(400, f"The image must be smaller than {MAX_BYTES} bytes.")
    try:
        width, height = measure(content, FORMATS)
    except UnreadableError as unreadable:
        raise refusal(400, "The image must be a valid JPG, PNG or GIF file.") from unreadable
    except HugeError as huge:
        raise refusal(400, "The image is too large.") from huge
    if min(width, height) < MIN_SIDE:
        raise refusal(400, f"The image must be at least {MIN_SIDE} pixels wide and high.")
    return width, height
