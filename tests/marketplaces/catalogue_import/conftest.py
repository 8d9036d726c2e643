from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
from pytest_django.fixtures import Settings

from marketplaces.catalogue_import import ImportReport, import_catalogue
from stoflow.tenants.models import Tenant
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
