from __future__ import annotations

import os
from pathlib import Path

import pytest

from marketplaces.catalogue_import.errors import CatalogueFileError
from marketplaces.catalogue_import.source import LARGEST_FILE, decode, read_bytes

FRENCH = 'Handle,Title\nrobe,"Robe d\'été légère, brodée à la main, 42 €"\nveste,Veste brûlée\n'


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "cp1252"])
def test_a_text_is_the_same_in_every_encoding(encoding: str) -> None:
    assert decode(FRENCH.encode(encoding)).content == FRENCH


@pytest.mark.parametrize("mark", ["utf-16-le", "utf-16-be"])
def test_utf_16_is_told_by_its_mark(mark: str) -> None:
    assert decode(("\ufeff" + FRENCH).encode(mark)).content == FRENCH


def test_latin_1_is_read_as_the_windows_encoding_that_contains_it() -> None:
    text = decode("Handle,Title\nrobe,Robe légère brodée à la main\n".encode("latin-1"))
    assert "légère brodée à" in text.content
    assert text.is_guess


def test_a_spreadsheet_of_an_old_mac_is_recognised() -> None:
    assert decode(FRENCH.encode("mac_roman")).content == FRENCH


def test_one_accent_is_enough_to_recognise_windows() -> None:
    assert decode("Handle,Title\na,Été\n".encode("cp1252")).content.endswith("Été\n")


def test_utf_8_with_a_damaged_line_keeps_the_accents_of_the_others() -> None:
    text = decode("é1\né2\n".encode() + b"bad \xff\n" + "é3\n".encode())
    assert text.is_damaged
    assert text.content == "é1\né2\nbad \ufffd\né3\n"


def test_a_cut_off_utf_16_file_is_read_as_far_as_it_goes() -> None:
    text = decode("a,é\n".encode("utf-16") + b"x")
    assert text.is_damaged
    assert text.content.startswith("a,é\n")


@pytest.mark.parametrize("data", [b"", b"\n\r\n  ", b"\xef\xbb\xbf", b"\xef\xbb\xbf\n"])
def test_an_empty_file_is_called_empty(data: bytes) -> None:
    with pytest.raises(CatalogueFileError, match="empty"):
        decode(data)


@pytest.mark.parametrize(
    ("data", "kind"),
    [
        (b"\x89PNG\r\n\x1a\n", "PNG image"),
        (b"\xff\xd8\xff\xe0", "JPEG"),
        (b"PK\x03\x04xl/", "workbook"),
        (b"\xd0\xcf\x11\xe0", "workbook"),
        (b"%PDF-1.7", "PDF"),
        (b"\x1f\x8b\x08", "gzip"),
    ],
)
def test_a_binary_file_is_named_for_what_it_is(data: bytes, kind: str) -> None:
    with pytest.raises(CatalogueFileError, match=kind) as caught:
        decode(data)
    assert caught.value.advice


def test_a_workbook_comes_with_the_way_to_a_csv() -> None:
    with pytest.raises(CatalogueFileError) as caught:
        decode(b"PK\x03\x04")
    assert "CSV UTF-8" in caught.value.advice


def test_a_missing_file_a_folder_and_a_pipe_are_told_apart(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.csv"
    os.mkfifo(pipe)
    with pytest.raises(CatalogueFileError, match="There is no file"):
        read_bytes(tmp_path / "none.csv")
    with pytest.raises(CatalogueFileError, match="is a folder"):
        read_bytes(tmp_path)
    with pytest.raises(CatalogueFileError, match="no ordinary file"):
        read_bytes(pipe)


@pytest.mark.parametrize("name", ["a\0b.csv", "x" * 5000 + ".csv"])
def test_an_impossible_path_is_no_traceback(name: str) -> None:
    with pytest.raises(CatalogueFileError):
        read_bytes(Path(name))


def test_an_unreadable_file_says_why() -> None:
    with pytest.raises(CatalogueFileError, match="cannot be read: Input/output error"):
        read_bytes(Path("/proc/self/mem"))


def test_a_file_beyond_all_measure_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(LARGEST_FILE + 1)
    with pytest.raises(CatalogueFileError, match="larger than 100 MB"):
        read_bytes(path)
    with path.open("rb") as upload, pytest.raises(CatalogueFileError, match="larger than 100 MB"):
        read_bytes(upload)


ACCENTS = ["Été à la plage", "Äpfel, süß"]


@pytest.mark.parametrize(
    ("encoding", "title"),
    [
        *(("mac_roman", title) for title in ACCENTS),
        *(
            ("cp1252", title)
            for title in [*ACCENTS, "\u201cL\u2019été\u201d \u2013 20 €", "Œuvre d\u2019hiver"]
        ),
    ],
)
def test_the_accents_of_one_short_title_are_enough(encoding: str, title: str) -> None:
    content = f"Handle,Title\na,{title}\n"
    assert decode(content.encode(encoding)).content == content
