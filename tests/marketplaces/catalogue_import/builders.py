"""Small CSV files, photos and rows for these tests."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from PIL import Image

COLUMNS = (
    "Handle",
    "Title",
    "Body (HTML)",
    "Vendor",
    "Type",
    "Tags",
    "Option1 Name",
    "Option1 Value",
    "Option2 Name",
    "Option2 Value",
    "Variant SKU",
    "Variant Inventory Qty",
    "Variant Price",
    "Variant Barcode",
    "Image Src",
    "Image Position",
    "Image Alt Text",
    "Google Shopping / Condition",
    "Variant Image",
)
SHORT = {
    "handle": "Handle",
    "title": "Title",
    "body": "Body (HTML)",
    "vendor": "Vendor",
    "type": "Type",
    "tags": "Tags",
    "option": "Option1 Name",
    "value": "Option1 Value",
    "option2": "Option2 Name",
    "value2": "Option2 Value",
    "sku": "Variant SKU",
    "qty": "Variant Inventory Qty",
    "price": "Variant Price",
    "barcode": "Variant Barcode",
    "image": "Image Src",
    "position": "Image Position",
    "alt": "Image Alt Text",
    "condition": "Google Shopping / Condition",
    "variant_image": "Variant Image",
}


def row(handle: str, **cells: object) -> dict[str, str]:
    """A row by short names: `row("top", title="Top", price=5)`."""
    return {SHORT[name]: str(value) for name, value in {"handle": handle, **cells}.items()}


def good(handle: str, **cells: object) -> dict[str, str]:
    """A row that is imported without a warning."""
    return row(handle, **{"title": handle.title(), "price": "10.00", "qty": 1, **cells})


def csv_text(
    *rows: Mapping[str, str], columns: Sequence[str] = COLUMNS, delimiter: str = ","
) -> str:
    text = io.StringIO(newline="")
    writer = csv.DictWriter(text, columns, restval="", delimiter=delimiter, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def upload(*rows: Mapping[str, str]) -> io.BytesIO:
    return io.BytesIO(csv_text(*rows).encode())


def draw(path: Path, colour: str = "red", size: tuple[int, int] = (600, 500)) -> bytes:
    """A photo at this path, in the format of its suffix."""
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.new("RGB", size, colour).save(path)
    return path.read_bytes()
