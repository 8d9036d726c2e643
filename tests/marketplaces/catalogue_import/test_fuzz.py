"""Whatever a file contains: a report or a clear error, and no good row lost."""

from __future__ import annotations

import io
import random
from collections.abc import Callable

import pytest

from marketplaces.catalogue_import import CatalogueFileError, ImportReport, import_catalogue
from marketplaces.catalogue_import.importer import read_drafts
from marketplaces.catalogue_import.products import ProductDraft
from marketplaces.models import Product
from stoflow.tenants.models import Tenant
from tests.marketplaces.catalogue_import.builders import COLUMNS, csv_text, good

PIECES = ['"', '""', ",", ";", "\t", "\n", "\r\n", "\r", "\0", "é", "€", "\ufffd", "\u2028", "x"]
PIECES += ["Handle", "Title", "-1", "1e999", "NaN", "<script>", "<b>", "https://", "../", " ", "=1"]


def seeded(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - chance for a test, no secret


def drafts(content: bytes) -> tuple[list[ProductDraft], ImportReport]:
    report = ImportReport()
    return read_drafts(io.BytesIO(content), "EUR", report), report


def never_a_traceback(content: bytes) -> None:
    try:
        drafts(content)
    except CatalogueFileError as error:
        message = str(error)
    else:
        message = "read"
    assert message


@pytest.mark.parametrize("seed", range(200))
def test_random_bytes_never_give_a_traceback(seed: int) -> None:
    chance = seeded(seed)
    never_a_traceback(chance.randbytes(chance.randrange(1, 2000)))
    never_a_traceback(",".join(COLUMNS).encode() + b"\n" + chance.randbytes(2000))


@pytest.mark.parametrize("seed", range(200))
def test_random_rows_never_give_a_traceback(seed: int) -> None:
    chance = seeded(seed)
    body = "".join(chance.choices(PIECES, k=chance.randrange(400)))
    encoding = chance.choice(["utf-8", "utf-8-sig", "utf-16"])
    never_a_traceback(f"{','.join(COLUMNS)}\n{body}".encode(encoding))


@pytest.mark.parametrize("seed", range(100))
def test_a_file_with_bytes_flipped_never_gives_a_traceback(seed: int) -> None:
    chance = seeded(seed)
    content = bytearray(csv_text(*(good(f"p{n}", body="a\nb, é") for n in range(20))).encode())
    for _ in range(chance.randrange(1, 30)):
        content[chance.randrange(len(content))] = chance.randrange(256)
    never_a_traceback(bytes(content))


def cut_short(chance: random.Random) -> str:
    return f"bad,{chance.choice(['', 'x', 'x,y'])}\n"


def open_quote(chance: random.Random) -> str:
    line = csv_text(good("bad", title="Bad thing")).splitlines()[1]
    at = line.index("Bad") if chance.random() < 0.5 else line.index("10.00")
    return f'{line[:at]}"{line[at:]}\n'


def too_long(chance: random.Random) -> str:
    return csv_text(good("bad")).splitlines()[1] + "," * chance.randrange(1, 5) + "x\n"


def with_nul(_chance: random.Random) -> str:
    return csv_text(good("bad", title="a\0b")).splitlines()[1] + "\n"


def without_sense(chance: random.Random) -> str:
    cells = {"price": chance.choice(["x", "1..2"]), "qty": chance.choice(["many", "1"])}
    return csv_text(good("bad", **cells)).splitlines()[1] + "\n"


FAULTS: list[Callable[[random.Random], str]] = [
    cut_short,
    open_quote,
    too_long,
    with_nul,
    without_sense,
]


@pytest.mark.parametrize("seed", range(150))
def test_bad_rows_never_cost_a_good_one(seed: int) -> None:
    chance = seeded(seed)
    bodies = ["plain", "two\nlines", 'a "quote", and\r\nmore', "", "<ul>\n<li>1</li>\n</ul>"]
    rows = [good(f"p{number}", body=chance.choice(bodies)) for number in range(30)]
    lines = [csv_text(row).partition("\n")[2] for row in rows]
    bad = chance.randrange(1, 6)
    for _ in range(bad):
        lines.insert(chance.randrange(len(lines) + 1), chance.choice(FAULTS)(chance))
    found, report = drafts((",".join(COLUMNS) + "\n" + "".join(lines)).encode())
    assert [draft.handle for draft in found] == [row["Handle"] for row in rows]
    assert 1 <= len(report.rejections) <= bad


@pytest.mark.parametrize("seed", range(15))
def test_random_files_are_imported_as_often_as_one_likes(seed: int, tenant: Tenant) -> None:
    chance = seeded(seed)
    values = ["", "M", "m", "L", "1", "1/2", "X"]
    rows = [
        good(
            f"h{chance.randrange(8)}",
            option="Size",
            value=chance.choice(values),
            sku=chance.choice(["", "", "S1", "S2", "h1"]),
            price=chance.choice(["1.00", "2.00", "", "x"]),
            image=chance.choice(["", "https://images.example.com/1.jpg", "no.png"]),
        )
        for _ in range(40)
    ]
    content = csv_text(*rows).encode()
    first = import_catalogue(io.BytesIO(content))
    state = list(Product.objects.values_list("sku", "title", "price"))
    second = import_catalogue(io.BytesIO(content))
    assert second.rejections == first.rejections
    assert (second.created, second.updated) == (0, 0)
    assert second.unchanged == first.imported == len(state)
    assert list(Product.objects.values_list("sku", "title", "price")) == state
