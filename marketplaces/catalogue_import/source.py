"""From a file or an upload to text: what is no CSV is named, what is damaged is marked."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.wording import quoted
from tasks.sentences import sentence

LARGEST_FILE = 100 * 1024 * 1024
DAMAGED = "\N{REPLACEMENT CHARACTER}"
"""Stands in a damaged text wherever bytes could not be read."""

WORKBOOK = sentence("an Excel or LibreOffice workbook")
ARCHIVE = sentence("an Excel or LibreOffice workbook or another zip archive")
SIGNATURES = {
    b"\x89PNG": sentence("a PNG image"),
    b"\xff\xd8\xff": sentence("a JPEG image"),
    b"GIF8": sentence("a GIF image"),
    b"%PDF": sentence("a PDF document"),
    b"PK\x03\x04": ARCHIVE,
    b"\xd0\xcf\x11\xe0": WORKBOOK,
    b"\x1f\x8b": sentence("a gzip archive"),
    b"SQLite format 3": sentence("a database"),
}
# The longer mark first: UTF-32's little-endian mark begins with UTF-16's.
BYTE_ORDER_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF32_LE: "utf-32",
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
CP1252_PUNCTUATION = frozenset(bytes.fromhex("80858b8c91929394959697999b9c"))
"""Euro, quotes, dashes, ligatures: mac_roman has accented letters between 0x80 and 0x9F."""


@dataclass(frozen=True)
class Text:
    content: str
    encoding: str
    is_guess: bool = False
    is_damaged: bool = False
    """Some bytes were unreadable: rows with `DAMAGED` in them are not to be trusted."""


def read_bytes(source: Path | IO[bytes]) -> bytes:
    """All of the file or upload. Raises CatalogueFileError where there is nothing to read."""
    data = _read_path(source) if isinstance(source, Path) else source.read(LARGEST_FILE + 1)
    if len(data) > LARGEST_FILE:
        raise CatalogueFileError(
            sentence(
                "The file is larger than {limit} MB.",
                limit=LARGEST_FILE // 1024 // 1024,
            ),
            advice=sentence(
                "Export the shop in several parts and import them one after the other."
            ),
        )
    return data


def _read_path(path: Path) -> bytes:
    name = quoted(str(path))
    try:
        if path.is_dir():
            raise CatalogueFileError(
                sentence("{name} is a folder.", name=name),
                advice=sentence("Name the CSV file inside it."),
            )
        if path.exists() and not path.is_file():
            raise CatalogueFileError(
                sentence("{name} is no ordinary file.", name=name),
                advice=sentence("Name a CSV file."),
            )
        with path.open("rb") as file:
            return file.read(LARGEST_FILE + 1)
    except FileNotFoundError:
        raise CatalogueFileError(
            sentence("There is no file {name}.", name=name), advice=sentence("Check the path.")
        ) from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise CatalogueFileError(
            sentence("{name} cannot be read: {reason}.", name=name, reason=reason),
            advice=sentence("Check the file's permissions."),
        ) from error


def decode(data: bytes) -> Text:
    """The text of a CSV file, in whichever encoding it was saved.

    A file that is UTF-8 but for a few bytes stays UTF-8: taking it for Windows-1252 would spoil
    every accent in it without a word.
    """
    _refuse_what_is_no_text(data)
    for mark, encoding in BYTE_ORDER_MARKS.items():
        if data.startswith(mark):
            return _decode_as(data, encoding)
    try:
        return Text(data.decode("utf-8"), "utf-8")
    except UnicodeDecodeError:
        return _decode_as(data, "utf-8") if _is_mostly_utf8(data) else _guess(data)


def _refuse_what_is_no_text(data: bytes) -> None:
    if not data.strip(codecs.BOM_UTF8 + b" \t\r\n"):
        raise CatalogueFileError(
            sentence("The file is empty."), advice=sentence("Export the products again.")
        )
    for signature, kind in SIGNATURES.items():
        if data.startswith(signature):
            advice = sentence("Give the shop's product export, a CSV file.")
            if kind in {WORKBOOK, ARCHIVE}:
                advice = sentence(
                    "Open it, choose “Save as”, then “CSV UTF-8”, and import that file."
                )
            raise CatalogueFileError(
                sentence("The file is {kind}, not a CSV file.", kind=kind), advice=advice
            )


def _decode_as(data: bytes, encoding: str) -> Text:
    try:
        return Text(data.decode(encoding), encoding)
    except UnicodeDecodeError:
        return Text(data.decode(encoding, errors="replace"), encoding, is_damaged=True)


def _is_mostly_utf8(data: bytes) -> bool:
    """Whether the lines with accents that are valid UTF-8 outnumber those that are not."""
    balance = 0
    for line in data.splitlines():
        if not line.isascii():
            balance += 1 if _is_utf8(line) else -1
    return balance > 0


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _guess(data: bytes) -> Text:
    """What spreadsheets write besides UTF-8: cp1252, a superset of Latin-1, or mac_roman.

    Decided by where the accented letters stand: statistics of a language are wrong for the few
    letters of a short catalogue.
    """
    western = sum(byte >= 0xC0 for byte in data)
    macintosh = sum(0x80 <= byte < 0xA0 and byte not in CP1252_PUNCTUATION for byte in data)
    encoding = "mac_roman" if macintosh > western else "cp1252"
    content = data.decode(encoding, errors="replace")
    return Text(content, encoding, is_guess=True, is_damaged=DAMAGED in content)
