"""Models and fields are called by a person's words, without a migration."""

from __future__ import annotations

import pytest
from django.core.management import call_command

from marketplaces.admin.names import FIELDS, MODELS
from marketplaces.models import Product


def test_the_names_of_models_and_fields_are_translated() -> None:
    for model, names in MODELS.items():
        assert (model._meta.verbose_name, model._meta.verbose_name_plural) == names
    for model, fields in FIELDS.items():
        for name, words in fields.items():
            assert model._meta.get_field(name).verbose_name is words  # type: ignore[union-attr]
    assert str(Product._meta.get_field("barcode").verbose_name) == "bar code"


@pytest.mark.django_db
def test_they_need_no_migration() -> None:
    call_command("makemigrations", "marketplaces", check=True, dry_run=True, verbosity=0)
