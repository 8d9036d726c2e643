from __future__ import annotations

import io
import resource
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from PIL import Image

from marketplaces.catalogue_import import (
    CatalogueFileError,
    ImportReport,
    ImportStoppedError,
    import_catalogue,
)
from marketplaces.catalogue_import.importer import read_drafts
from marketplaces.catalogue_import.photos import PhotoAlbum
from marketplaces.catalogue_import.saving import Saver
from marketplaces.catalogue_import.skus import Known, assign_skus
from marketplaces.models import Product, ProductImage
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests.marketplaces.catalogue_import.builders import csv_text, draw, good, row, upload
from tests.marketplaces.catalogue_import.conftest import Import, Rival

LINK = "https://images.example.com/1.jpg"


def snapshot() -> tuple[list[Any], list[Any]]:
    return list(Product.objects.values()), list(ProductImage.objects.values())


def test_the_same_file_twice_changes_nothing(run: Import, folder: Path) -> None:
    draw(folder / "one.png")
    rows = (
        good("a", image="one.png"),
        row("a", image=LINK),
        good("b", body="<b>é</b> & x", tags="z"),
    )
    run(*rows)
    before = snapshot()
    report = run(*rows)
    assert (report.created, report.updated, report.unchanged) == (0, 0, 2)
    assert snapshot() == before


def test_an_edited_file_updates_what_changed_and_keeps_what_it_lacks(run: Import) -> None:
    run(good("a"), good("b"), good("c"))
    report = run(good("a", price="99.00"), good("b"), good("d"))
    assert (report.created, report.updated, report.unchanged) == (1, 1, 1)
    assert Product.objects.get(sku="a").price == Decimal("99.00")
    assert Product.objects.filter(sku="c").exists()


def test_only_what_changed_is_written(run: Import) -> None:
    run(good("a"))
    with CaptureQueriesContext(connection) as queries:
        run(good("a", price="99.00"))
    [update] = [q["sql"] for q in queries if q["sql"].startswith("UPDATE")]
    assert "price" in update
    assert "title" not in update


def test_a_column_that_the_file_lacks_leaves_the_products_facts(run: Import) -> None:
    run(good("a", vendor="Harbour", tags="x", body="y", barcode="1", condition="new", qty=4))
    report = run("Handle,Title\na,New name\n")
    found = Product.objects.get()
    assert (found.title, found.brand, found.stock) == ("New name", "Harbour", 4)
    assert found.price == Decimal("10.00")
    assert (found.tags, found.description, found.condition) == (["x"], "y", "new")
    assert [note.line for note in report.warnings] == [1, 1, 1]


def test_a_dry_run_writes_neither_rows_nor_files_and_reports_the_same(
    run: Import, folder: Path, storage: Path
) -> None:
    draw(folder / "one.png")
    run(good("old"), good("same"))
    before = snapshot()
    rows = good("old", price=5), good("same"), good("new", image="one.png"), good("bad", price="x")
    dry = run(*rows, dry_run=True)
    assert snapshot() == before
    assert not storage.exists()
    real = run(*rows)
    dry.dry_run = False
    assert dry == real
    assert (real.created, real.updated, real.unchanged, len(real.rejections)) == (1, 1, 1, 1)


def test_another_tenants_products_are_never_touched(
    run: Import, other_tenant: Tenant, storage: Path
) -> None:
    with tenancy.inside(other_tenant):
        import_catalogue(upload(good("a", title="Theirs")))
        theirs = snapshot()
    tenancy.enter(Tenant.objects.get(schema_name="t1"))
    assert run(good("a", title="Ours")).created == 1
    with tenancy.inside(other_tenant):
        assert snapshot() == theirs


def test_no_tenant_is_no_import(db: None) -> None:
    with pytest.raises(ImportStoppedError, match="No seller"):
        import_catalogue(io.BytesIO(b"Handle,Title\na,A\n"))


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"Handle,Title\n", "header and no rows"),
        (b"Handle,Title\n\n,\n", "header and no rows"),
        (b"Handles,Title\na,b\n", "lacks"),
        (b"\x89PNG\r\n", "PNG"),
    ],
)
def test_a_file_that_is_no_catalogue_changes_nothing(
    run: Import, content: bytes, message: str
) -> None:
    with pytest.raises(CatalogueFileError, match=message):
        run(content)


@pytest.mark.parametrize("currency", ["", "EURO", "€", "E1R"])
def test_a_currency_that_is_none_is_refused(run: Import, currency: str) -> None:
    with pytest.raises(CatalogueFileError, match="no currency"):
        run(good("a"), currency=currency)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_every_encoding_and_delimiter_gives_the_same_products(
    run: Import, encoding: str, delimiter: str
) -> None:
    text = csv_text(good("été", title="Robe d'été, légère; brodée"), delimiter=delimiter)
    run(text.replace("\n", "\r\n").encode(encoding))
    assert Product.objects.get().title == "Robe d'été, légère; brodée"


def test_a_guessed_encoding_is_a_warning(run: Import) -> None:
    report = run(csv_text(good("a", title="Été légère")).encode("cp1252"))
    assert "cp1252" in report.warnings[0].text
    assert report.exit_code == 0


def test_a_row_with_damaged_bytes_is_rejected_and_the_others_keep_their_accents(
    run: Import,
) -> None:
    text = csv_text(good("a", title="Été"), good("b", title="BAD"), good("c", title="Où"))
    report = run(text.encode().replace(b"BAD", b"\xff\xfe"))
    assert [note.line for note in report.rejections] == [3]
    assert list(Product.objects.values_list("title", flat=True)) == ["Été", "Où"]


def test_a_product_that_the_database_refuses_goes_alone(run: Import) -> None:
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE products ADD CONSTRAINT never_b CHECK (sku <> 'b')")
    report = run(good("a"), good("b"), good("c"))
    assert [note.line for note in report.rejections] == [3]
    assert "never_b" in report.rejections[0].text
    assert list(Product.objects.values_list("sku", flat=True)) == ["a", "c"]
    assert (report.created, report.exit_code) == (2, 1)


def test_a_product_that_someone_else_creates_meanwhile_is_a_message(
    rival: Rival, run: Import
) -> None:
    rival.creates("a")
    report = run(good("a", title="Ours"))
    assert [note.line for note in report.rejections] == [2]
    assert "duplicate key" in report.rejections[0].text
    assert "Import again" in report.rejections[0].text
    assert run(good("a", title="Ours")).updated == 1


def test_among_others_such_a_product_is_found_at_the_second_look(rival: Rival, run: Import) -> None:
    rival.creates("a")
    report = run(good("a", title="Ours"), good("b"))
    assert (report.created, report.updated, report.rejections) == (1, 1, [])
    assert Product.objects.get(sku="a").title == "Ours"


def end_the_connection() -> None:
    """As a restart of the server does."""
    other = connection.copy()
    with other.cursor() as cursor:
        cursor.execute(
            "SELECT pg_terminate_backend(%s, 5000)", [connection.connection.info.backend_pid]
        )
    other.close()


def test_a_lost_connection_is_replaced_and_the_import_goes_on(
    committed: Tenant, storage: Path
) -> None:
    def lose_it(done: int, _total: int) -> None:
        if done == 200:
            end_the_connection()

    rows = [good(f"p{number}") for number in range(250)]
    assert import_catalogue(upload(*rows), progress=lose_it).created == 250
    assert Product.objects.count() == 250


def test_a_database_that_goes_away_stops_the_import_and_the_next_one_goes_on(
    committed: Tenant, storage: Path, tmp_path: Path
) -> None:
    address = connection.settings_dict["HOST"]

    def go_away(_done: int, _total: int) -> None:
        end_the_connection()
        connection.settings_dict["HOST"] = str(tmp_path)

    rows = [good(f"p{number}") for number in range(250)]
    with pytest.raises(ImportStoppedError, match="Line 202 could not be saved") as caught:
        import_catalogue(upload(*rows), progress=go_away)
    assert "again" in caught.value.advice
    connection.settings_dict["HOST"] = address
    report = import_catalogue(upload(*rows))
    assert (report.created, report.unchanged) == (50, 200)


def test_a_full_disk_stops_the_import_and_the_next_one_goes_on(run: Import, folder: Path) -> None:
    Image.effect_noise((2000, 2000), 80).save(folder / "one.png")
    rows = good("a"), good("b", image="one.png"), good("c")
    unlimited = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1024 * 1024, unlimited[1]))
    try:
        with pytest.raises(ImportStoppedError, match="File too large"):
            run(*rows)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, unlimited)
    report = run(*rows)
    assert (report.created, report.unchanged) == (2, 1)
    with ProductImage.objects.get().file.open("rb") as stored:
        assert stored.read() == (folder / "one.png").read_bytes()


def test_a_photo_that_changes_during_the_import_is_a_message(
    folder: Path, storage: Path, tenant: Tenant
) -> None:
    path, report = folder / "catalogue.csv", ImportReport()
    draw(folder / "one.png")
    path.write_text(csv_text(good("a", image="one.png"), good("b")))
    drafts = assign_skus(read_drafts(path, "EUR", report), Known(), report)
    album = PhotoAlbum(folder)
    album.photos(drafts[0].photos or [], report)
    (folder / "one.png").write_bytes(b"other bytes")
    Saver(album, report).save(drafts)
    assert "changed while it was imported" in report.rejections[0].text
    assert report.created == 1


def test_an_import_that_is_cut_off_is_completed_by_the_next(
    run: Import, folder: Path, tenant: Tenant
) -> None:
    class Killed(BaseException):
        pass

    def kill(done: int, _total: int) -> None:
        if done >= 400:
            raise Killed

    path = folder / "catalogue.csv"
    path.write_text(csv_text(*(good(f"p{number}", image=LINK) for number in range(450))))
    with pytest.raises(Killed):
        import_catalogue(path, progress=kill)
    report = import_catalogue(path)
    assert (report.created, report.unchanged) == (50, 400)
    assert (Product.objects.count(), ProductImage.objects.count()) == (450, 450)


def test_progress_is_told_to_the_end(tenant: Tenant) -> None:
    told: list[tuple[int, int]] = []
    import_catalogue(
        upload(*(good(f"p{n}") for n in range(450))), progress=lambda *a: told.append(a)
    )
    assert told == [(200, 450), (400, 450), (450, 450)]


def test_queries_do_not_grow_with_the_number_of_new_products(run: Import) -> None:
    run(good("first"))
    counts = []
    for start, size in ((0, 10), (1000, 190)):
        rows = [good(f"p{number}", image=LINK) for number in range(start, start + size)]
        with CaptureQueriesContext(connection) as queries:
            run(*rows)
        counts.append(len(queries))
    assert counts[0] == counts[1] <= 10


def test_a_second_import_asks_a_few_questions_per_slice(run: Import) -> None:
    rows = [good(f"p{number}", image=LINK) for number in range(200)]
    run(*rows)
    with CaptureQueriesContext(connection) as queries:
        assert run(*rows).unchanged == 200
    assert len(queries) <= 6


def test_the_report_names_the_products_of_this_file_alone(run: Import) -> None:
    run(good("other"))
    rows = good("a"), good("b"), good("c", price="free")
    for _ in range(2):
        named = Product.objects.filter(pk__in=run(*rows).product_ids)
        assert sorted(named.values_list("sku", flat=True)) == ["a", "b"]
