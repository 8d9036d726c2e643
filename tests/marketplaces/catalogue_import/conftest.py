from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

import pytest
from django.db import connection
from django.db.backends.base.base import BaseDatabaseWrapper
from pytest_django import DjangoDbBlocker
from pytest_django.fixtures import Settings

from marketplaces.catalogue_import import ImportReport, import_catalogue
from stoflow.tenants.models import Tenant
from tests import databases
from tests.marketplaces.catalogue_import.builders import csv_text

Import = Callable[..., ImportReport]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Where the CSV lies, with other things around it."""
    shop = tmp_path / "shop"
    shop.mkdir()
    return shop


@pytest.fixture
def storage(tmp_path: Path, settings: Settings) -> Path:
    """A storage for photos that is empty at first."""
    settings.MEDIA_ROOT = tmp_path / "media"
    return tmp_path / "media"


@dataclass
class Rival:
    """Somebody else at the same catalogue, on a connection of their own."""

    connection: BaseDatabaseWrapper
    _thread: Thread | None = field(default=None, init=False)

    def creates(self, sku: str) -> None:
        """Write a product now, and commit it as soon as another insert waits for it."""
        self.connection.set_autocommit(autocommit=False)
        self._do(
            "INSERT INTO t1.products (sku, title, description, brand, product_type, tags, options,"
            " condition, barcode, currency, handle, created_at, updated_at)"
            " VALUES (%s, 'Theirs', '', '', '', '[]', '{}', '', '', 'EUR', %s, now(), now())",
            sku,
            sku,
        )
        self._thread = Thread(target=self._commit_when_waited_for)
        self._thread.start()

    def _commit_when_waited_for(self) -> None:
        ends_at = time.monotonic() + 20
        while not self._do(databases.WAITED_FOR) and time.monotonic() < ends_at:
            time.sleep(0.02)
        self.connection.commit()

    def forget(self) -> None:
        if self._thread:
            self._thread.join()
        self._do("DELETE FROM t1.products")
        self.connection.commit()
        self.connection.close()

    def _do(self, sql: str, *parameters: str) -> bool:
        with self.connection.cursor() as cursor:
            cursor.execute(sql, parameters)
            return bool(cursor.rowcount)


@pytest.fixture
def rival(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Rival]:
    """Asked for before the tenant, so that it tidies up after the test's own transaction."""
    with django_db_blocker.unblock():
        other = connection.copy()
        other.inc_thread_sharing()
        rival = Rival(other)
    yield rival
    with django_db_blocker.unblock():
        rival.forget()


@pytest.fixture
def run(folder: Path, storage: Path, tenant: Tenant) -> Import:
    """Writes the rows to a CSV in `folder` and imports it for the tenant."""

    def import_rows(*rows: Mapping[str, str] | str | bytes, **options: bool | str) -> ImportReport:
        path = folder / "catalogue.csv"
        path.write_bytes(_content(rows))
        return import_catalogue(path, **options)  # type: ignore[arg-type]

    return import_rows


def _content(rows: tuple[Mapping[str, str] | str | bytes, ...]) -> bytes:
    if isinstance(rows[0], bytes):
        return rows[0]
    if isinstance(rows[0], str):
        return rows[0].encode()
    return csv_text(*(row for row in rows if isinstance(row, Mapping))).encode()
