"""“Import a catalogue”: nothing before the report, the very same file after it, once."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone, translation
from pytest_django.fixtures import Settings

from marketplaces.catalogue_import import ImportStoppedError, runs, uploads
from marketplaces.catalogue_import.report import MOST_SAMPLES
from marketplaces.catalogue_import.saving import SLICE
from marketplaces.models import CatalogueUpload, Product, ProductImage
from stoflow.tenants.models import Tenant
from tasks.models import StaffAction
from tasks.sentences import translated
from tests.marketplaces.catalogue_import.builders import csv_text, good
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, staff, text_of

IMPORT = f"{TENANT}marketplaces/product/import/"


@pytest.fixture
def manager(tenant: Tenant) -> Browser:
    return Browser(staff("mara", tenant, "add_product"), tenant)


def send(browser: Browser, content: str | bytes, **more: Any) -> Any:
    data = content.encode() if isinstance(content, str) else content
    file = SimpleUploadedFile("shop.csv", data, content_type="text/csv")
    return browser.post(IMPORT, file=file, **{"currency": "EUR", **more})


def kept(browser: Browser, content: str | bytes) -> str:
    """The address of the report on the file."""
    answer = send(browser, content)
    assert answer.status_code == 302, text_of(answer)
    return str(answer["Location"])


class KilledError(BaseException):
    """Nothing catches it, as nothing catches a SIGKILL."""


class BeforeStatement:
    """Does something just before the database is sent the n-th statement with these words."""

    def __init__(self, words: str, do: Callable[[], None], *, nth: int = 1) -> None:
        self.words, self.do, self.left = words, do, nth

    def __call__(self, execute: Any, sql: str, parameters: Any, many: bool, context: Any) -> Any:
        if self.words in sql:
            self.left -= 1
            if self.left == 0:
                self.do()
        return execute(sql, parameters, many, context)


SAVED, READ = 'UPDATE "catalogue_uploads" SET "leased_until"', 'FROM "products"'
"""A slice is recorded, in its own transaction; the catalogue is read, before the first slice."""


def dies() -> None:
    raise KilledError


def lapse() -> None:
    """Let the time pass after which a silent import counts as dead."""
    CatalogueUpload.objects.update(leased_until=timezone.now() - timedelta(seconds=1))


def test_the_report_comes_first_and_nothing_is_stored(manager: Browser) -> None:
    page = text_of(manager.get(kept(manager, csv_text(good("a"), good("b", price="x"), good("c")))))
    assert "Nothing is stored yet." in page
    assert "Import 2 products" in page
    assert "The price “x” is no number." in page
    assert re.search(r">3</td>", page), "the line of the file"
    assert not Product.objects.exists()


def test_the_very_same_file_is_imported_once_and_its_bytes_are_gone(manager: Browser) -> None:
    report = kept(manager, csv_text(good("a"), good("b")))
    for _ in range(2):
        assert manager.post(f"{report}confirm/")["Location"] == report
    page = text_of(manager.get(report))
    assert "The import is done: 2 products stand" in page
    assert Product.objects.count() == 2
    upload = CatalogueUpload.objects.get()
    assert upload.result is not None
    assert (bytes(upload.content), upload.result["created"]) == (b"", 2)
    action = StaffAction.objects.get()
    assert (action.kind, action.by, action.is_finished) == ("import", "mara", True)
    assert "2 new" in action.scope_words
    assert (action.done_count, action.refused_count) == (2, 0)
    told = text_of(manager.get(f"{TENANT}tasks/staffaction/{action.pk}/change/"))
    assert "2 done" in told
    assert "There was nothing to do" not in told


def test_the_report_shows_the_first_products_as_they_would_be_saved(manager: Browser) -> None:
    Product.objects.create(sku="A-1", title="Old", stock=1, price=Decimal(1), currency="EUR")
    rows = [
        good("a", sku="A-1"),
        good("b", sku="B-1", image="https://p.example/b.jpg", price="12.5"),
    ]
    page = text_of(manager.get(kept(manager, csv_text(*rows, *(good(f"x{n}") for n in range(20))))))
    table = page[page.index("The first products as they would be saved") :]
    assert re.search(r"A-1.*?Changed.*?B-1.*?12\.50 EUR.*?New", table, re.DOTALL)
    assert 'src="https://p.example/b.jpg"' in table
    assert table.count("row-subject") == MOST_SAMPLES


def test_a_changed_product_that_keeps_its_photos_is_shown_with_them(manager: Browser) -> None:
    report = kept(manager, csv_text(good("a", sku="A-1", image="https://p.example/a.jpg")))
    manager.post(f"{report}confirm/")
    changed = csv_text(good("a", sku="A-1", image="https://p.example/a.jpg", price="77"))
    page = text_of(manager.get(kept(manager, changed)))
    assert "77.00 EUR" in page
    assert 'src="https://p.example/a.jpg"' in page


def test_a_product_without_its_photo_is_not_said_to_be_left_out(manager: Browser) -> None:
    report = kept(manager, csv_text(good("a", image="own.jpg"), good("b", price="x")))
    for _ in range(2):  # before the import and after it
        page = text_of(manager.get(report))
        assert re.search(r"Not imported</dt><dd>1<", page)
        assert re.search(r"Photos that cannot be used</dt><dd>1<", page)
        assert "the products are imported without them" in page
        manager.post(f"{report}confirm/")
    assert "1 left out, photos that could not be used: 1" in StaffAction.objects.get().scope_words


def test_the_report_s_notes_are_in_the_reader_s_language(manager: Browser) -> None:
    report = kept(manager, csv_text(good("a"), good("b", price="x")))
    english = "The price “x” is no number. Write it as 42.99."
    with translation.override("fr"):
        french = translated(english)
    manager.client.cookies["django_language"] = "fr"
    page = html.unescape(text_of(manager.get(report)))
    assert (french in page, english in page) == (True, False)


def test_a_second_press_while_it_runs_imports_nothing(manager: Browser) -> None:
    report = kept(manager, csv_text(good("a")))
    now = timezone.now()
    CatalogueUpload.objects.update(
        begun_at=now, lease_token=uuid4(), leased_until=now + runs.LEASE, created_count=7
    )
    manager.post(f"{report}confirm/")
    assert not Product.objects.exists()
    page = text_of(manager.get(report))
    assert "is being imported already" in page
    assert "7 products are saved so far." in page
    assert 'http-equiv="refresh"' in page
    assert manager.post(f"{report}discard/")["Location"] == report
    assert CatalogueUpload.objects.exists()


class TestInterrupted:
    """The process that imported was killed after its first slice of two."""

    @pytest.fixture
    def report(self, manager: Browser) -> str:
        return kept(manager, csv_text(*(good(f"p{number}") for number in range(SLICE + 3))))

    @pytest.fixture
    def killed(self, report: str, manager: Browser) -> str:
        """The report's address, in the moment after the kill."""
        kill = BeforeStatement(SAVED, dies, nth=2)
        with connection.execute_wrapper(kill), pytest.raises(KilledError):
            manager.post(f"{report}confirm/")
        return report

    def test_what_was_saved_is_in_the_audit_though_nobody_goes_on(
        self, manager: Browser, killed: str
    ) -> None:
        action = StaffAction.objects.get()
        assert (action.by, action.done_count, action.is_finished) == ("mara", 200, False)
        assert action.scope_words == "“shop.csv”, 200 new, 0 changed"

    def test_it_counts_as_alive_only_until_its_lease_is_over(
        self, manager: Browser, killed: str
    ) -> None:
        page = text_of(manager.get(killed))
        assert "The import is under way." in page
        assert "200 products are saved so far." in page
        lapse()
        page = text_of(manager.get(killed))
        assert "The import was interrupted." in page
        assert "200 products were saved before." in page
        assert "Nothing is stored yet" not in page
        assert "Go on with the import" in page

    def test_going_on_does_the_rest_and_everything_is_counted_once(
        self, manager: Browser, killed: str
    ) -> None:
        lapse()
        manager.post(f"{killed}confirm/")
        assert Product.objects.count() == 203
        page = text_of(manager.get(killed))
        assert re.search(r"New</dt><dd>203<", page)
        assert re.search(r"As before</dt><dd>0<", page)
        action = StaffAction.objects.get()
        assert (action.done_count, action.is_finished) == (203, True)
        assert action.scope_words == "“shop.csv”, 203 new, 0 changed, 0 left out"

    def test_a_forgotten_file_ends_its_record_and_tells_what_stays(
        self, manager: Browser, killed: str
    ) -> None:
        lapse()
        manager.post(f"{killed}discard/")
        told = text_of(manager.get(f"{TENANT}marketplaces/product/"))
        assert "200 products that were imported from it stay in the catalogue" in told
        assert "nothing was imported" not in told
        action = StaffAction.objects.get()
        assert (action.done_count, action.is_finished) == (200, True)

    def test_a_file_that_nobody_comes_back_for_ends_its_record(
        self, manager: Browser, killed: str
    ) -> None:
        lapse()
        CatalogueUpload.objects.update(created_at=timezone.now() - uploads.KEPT * 2)
        assert uploads.forget_old() == 1
        assert StaffAction.objects.get().is_finished

    def test_who_was_given_up_and_lives_saves_nothing_more(self, report: str) -> None:
        upload = CatalogueUpload.objects.get()

        def another_imports() -> None:
            lapse()
            runs.import_kept(CatalogueUpload.objects.get(pk=upload.pk))
            Product.objects.filter(handle="p0").update(title="Edited meanwhile")

        with (
            connection.execute_wrapper(BeforeStatement(READ, another_imports)),
            pytest.raises(runs.ImportUnderWayError),
        ):
            runs.import_kept(upload)
        assert Product.objects.filter(title="Edited meanwhile").exists()
        assert StaffAction.objects.get().done_count == 203


def test_an_import_that_stopped_says_why_and_goes_on_with_the_next_press(
    manager: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    report = kept(manager, csv_text(good("a")))

    def stop(*_arguments: object, **_options: object) -> None:
        raise ImportStoppedError("The disk is full.")

    with monkeypatch.context() as patch:
        patch.setattr(runs, "import_catalogue", stop)
        manager.post(f"{report}confirm/")
    page = text_of(manager.get(report))
    assert "The disk is full." in page
    assert "The import was interrupted." in page
    manager.post(f"{report}confirm/")
    assert Product.objects.count() == 1
    assert StaffAction.objects.count() == 1


def test_a_file_that_changes_nothing_offers_nothing(manager: Browser) -> None:
    rows = csv_text(good("a"))
    manager.post(f"{kept(manager, rows)}confirm/")
    page = text_of(manager.get(kept(manager, rows)))
    assert "would change nothing" in page
    assert "confirm/" not in page


def test_photos_beside_the_file_are_reported_and_never_read(
    manager: Browser, storage: Any, tmp_path: Any
) -> None:
    (tmp_path / "own.jpg").write_bytes(b"x")
    for source in ("photos/a.jpg", "../../etc/passwd", "/etc/passwd", str(tmp_path / "own.jpg")):
        page = text_of(manager.get(kept(manager, csv_text(good("a", image=source)))))
        assert "an uploaded CSV has no folder of files" in page, source
    report = kept(manager, csv_text(good("a", image="https://p.example/a.jpg")))
    manager.post(f"{report}confirm/")
    assert ProductImage.objects.get().url == "https://p.example/a.jpg"
    assert not storage.exists()


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty."),
        (b"\x89PNG\r\n\x1a\n", "is a PNG image"),
        (b"PK\x03\x04rest", "zip archive"),
        (b"\0" * 500, ""),
        (bytes(range(256)) * 20, ""),
        (b"Name,Price\nMug,5\n", ""),
        (b"Handle,Title,Variant Price\n", "a header and no rows"),
    ],
)
def test_what_is_no_catalogue_is_named_and_not_kept(
    manager: Browser, content: bytes, words: str
) -> None:
    answer = send(manager, content)
    assert answer.status_code == 422
    assert 'role="alert"' in text_of(answer)
    assert words in text_of(answer)
    assert not CatalogueUpload.objects.exists()


def test_no_file_and_no_currency_are_asked_for(manager: Browser) -> None:
    answer = manager.post(IMPORT, currency="EUR")
    assert answer.status_code == 422
    assert "Choose the shop&#x27;s product export first." in text_of(answer)
    assert "three letters" in text_of(send(manager, csv_text(good("a")), currency="€"))


def test_a_file_above_the_limit_is_refused_before_it_is_read(
    manager: Browser, settings: Settings
) -> None:
    settings.CATALOGUE_UPLOAD_MAX_BYTES = 1000
    answer = send(manager, b"x" * 200_000)
    assert answer.status_code == 413
    assert not hasattr(answer.wsgi_request, "_files"), "the form was not read"
    answer = send(manager, csv_text(*(good(f"p{n}") for n in range(100))))
    assert answer.status_code == 422
    assert "larger than" in text_of(answer)


def test_a_forged_form_is_refused(manager: Browser) -> None:
    manager.client.handler.enforce_csrf_checks = True
    answer = send(manager, csv_text(good("a")))
    assert answer.status_code == 403
    assert "open too long" in text_of(answer)
    assert not CatalogueUpload.objects.exists()


def test_another_person_s_file_and_a_guess_are_not_there(
    manager: Browser, tenant: Tenant, superuser: Browser
) -> None:
    report = kept(manager, csv_text(good("a")))
    colleague = Browser(staff("mo", tenant, "add_product"), tenant)
    for browser, path in ((colleague, report), (superuser, report), (manager, f"{IMPORT}guess/")):
        assert browser.get(path)["Location"] == IMPORT
        assert browser.post(f"{path}confirm/")["Location"] == IMPORT
        assert browser.post(f"{path}discard/")["Location"] == IMPORT
    assert "Choose the file once more." in text_of(manager.get(IMPORT))
    assert not Product.objects.exists()
    assert CatalogueUpload.objects.exists()


def test_a_file_of_one_tenant_is_unknown_in_the_other(
    superuser: Browser, other_tenant: Tenant
) -> None:
    report = kept(superuser, csv_text(good("a")))
    elsewhere = report.replace("/t/t1/", "/t/t2/")
    assert superuser.post(f"{elsewhere}confirm/")["Location"] == IMPORT.replace("/t/t1/", "/t/t2/")
    assert not Product.objects.exists()


def test_a_file_is_forgotten_on_request_and_after_a_day(manager: Browser) -> None:
    manager.post(f"{kept(manager, csv_text(good('a')))}discard/")
    assert not CatalogueUpload.objects.exists()
    report = kept(manager, csv_text(good("a")))
    CatalogueUpload.objects.update(created_at=timezone.now() - timedelta(days=1, minutes=1))
    assert manager.get(report)["Location"] == IMPORT
    kept(manager, csv_text(good("b")))
    assert CatalogueUpload.objects.count() == 1


def test_two_files_at_once_do_not_meet(manager: Browser) -> None:
    first, second = kept(manager, csv_text(good("a"))), kept(manager, csv_text(good("b")))
    manager.post(f"{second}confirm/")
    assert list(Product.objects.values_list("handle", flat=True)) == ["b"]
    manager.post(f"{first}confirm/")
    assert Product.objects.count() == 2


def test_only_who_may_add_products_imports(
    manager: Browser, member: Browser, stranger: Browser, nobody: Browser, superuser: Browser
) -> None:
    report = kept(manager, csv_text(good("a")))
    for path in (IMPORT, report):
        assert member.get(path).status_code == 403
        assert stranger.get(path).status_code == 404
        assert nobody.get(path).status_code == 302
        assert superuser.get(path.replace(TENANT, PUBLIC)).status_code == 403
    for path in (f"{report}confirm/", f"{report}discard/"):
        assert member.post(path).status_code == 403
        assert stranger.post(path).status_code == 404
        sent_back = manager.get(path)
        assert (sent_back.status_code, sent_back["Location"]) == (302, report)
    assert text_of(manager.get(report)).count("press the button once more") == 2
    assert "Import a catalogue" not in text_of(member.get(f"{TENANT}marketplaces/product/"))
    assert not Product.objects.exists()
