"""Which files eBay's picture server takes.

Formats: the Media API's document. Size, and the sum of width and height: eBay's picture pages
(UploadSiteHostedPictures, "Introduction to Pictures"). Least length: the picture policy.
"""

from marketplaces.sandbox.ebay.errors import refusal
from marketplaces.sandbox.pictures import HugeError, UnreadableError, measure

MAX_BYTES = 12 * 1024 * 1024
MAX_WIDTH_PLUS_HEIGHT = 15_000
"""Pixels; eBay's page uses this figure as its example of the limit."""
MIN_LONGEST_SIDE = 500
"""Pixels. Unconfirmed: that the Media API itself refuses a smaller one, and with this id."""

FORMATS = ("JPEG", "GIF", "PNG", "BMP", "TIFF", "AVIF", "WEBP")
"""Pillow's names. HEIC belongs to eBay's list too, but Pillow has no reader for it."""


def check_file(content: bytes) -> tuple[int, int]:
    """Width and height in pixels of an acceptable picture."""
    if len(content) > MAX_BYTES:
        raise refusal(400, 190201)
    try:
        width, height = measure(content, FORMATS)
    except UnreadableError as unreadable:
        raise refusal(400, 190203) from unreadable
    except HugeError as huge:
        raise refusal(400, 190202) from huge
    if width + height > MAX_WIDTH_PLUS_HEIGHT or max(width, height) < MIN_LONGEST_SIDE:
        raise refusal(400, 190202)
    return width, height
