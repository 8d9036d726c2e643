"""Our own key of a listing: one for each product of each tenant, and no two alike."""

from __future__ import annotations

import base64
import hashlib
import re

LONGEST = 32
"""What Etsy is believed to take as a SKU; eBay takes 50."""
_ESCAPED = re.compile(r"[^a-y0-9]")
_SHORT = {"z": "zz", "_": "zu", "-": "zd"}


def own_key(schema: str, product_id: int) -> str:
    """Lower-case letters and digits, at most LONGEST (eBay's error 25707 allows no other).

    `z` starts an escape, so the parts can be told apart again, also where case does not count. A
    schema too long for that is replaced by as much of a hash of it as there is room for: 80 bits
    and more beside any number of up to 12 digits.
    """
    number = f"zp{product_id}"
    room = LONGEST - len(number)
    name = _ESCAPED.sub(_escape, schema)
    if len(name) > room:
        digest = hashlib.sha256(schema.encode()).digest()
        name = f"zh{base64.b32hexencode(digest).decode().lower()}"[:room]
    return f"{name}{number}"


def _escape(match: re.Match[str]) -> str:
    return _SHORT.get(match[0]) or f"zx{ord(match[0]):06x}"


def product_of(schema: str, key: str) -> int | None:
    """The id of the product whose `own_key` in this schema is `key`; None for any other text."""
    number = key.rpartition("zp")[2]
    if not number.isdecimal() or not number.isascii() or len(number) > len(str(2**63)):
        return None
    return int(number) if own_key(schema, int(number)) == key else None
