"""Which page belongs where, and what is on none; `test_every_door` asks who gets in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.db import connection
from django.db.models import Model

from marketplaces.models import Account
from stoflow.tenants.models import Membership, Tenant
from tasks import requests
from tasks.admin.base import InPublic, InTenant
from tasks.models import BatchJob
from tests.tasks.admin.conftest import PUBLIC, TENANT, Browser, let_in, text_of
from tests.tasks.conftest import Bench


def pages(place: type) -> list[type[Model]]:
    registry = admin.site._registry.items()
    return [model for model, page in registry if isinstance(page, place)]


def key_of(model: type[Model]) -> object:
    row = model._base_manager.first()
    return 1 if row is None else row.pk


def urls(root: str, models: list[type[Model]], key: object = None) -> Iterator[str]:
    for model in models:
        meta = model._meta
        base = f"{root}{meta.app_label}/{meta.model_name}/"
        number = key or key_of(model)
        yield base
        yield f"{base}add/"
        for page in ("change", "delete", "history"):
            yield f"{base}{number}/{page}/"


@pytest.fixture
def everything(shop: Bench) -> Bench:
    """One row of every registered model, but for django-q2's own."""
    requests.start_batch(shop.account, "publish", [shop.product()], name="One")
    return shop


def test_every_registered_page_has_its_place() -> None:
    registry = admin.site._registry
    assert set(pages(InTenant)) | set(pages(InPublic)) == set(registry)
    assert not set(pages(InTenant)) & set(pages(InPublic))


def test_a_superuser_opens_every_list_and_every_object_of_a_tenant(
    everything: Bench, superuser: Browser
) -> None:
    for model in pages(InTenant):
        base = f"{TENANT}{model._meta.app_label}/{model._meta.model_name}/"
        for path in (base, f"{base}{key_of(model)}/change/", f"{base}{key_of(model)}/history/"):
            assert superuser.get(path).status_code == 200, path
        assert superuser.get(f"{base}add/").status_code == 403


def test_a_superuser_opens_every_list_and_every_object_of_the_installation(
    everything: Bench, superuser: Browser
) -> None:
    let_in(User.objects.get(), Tenant.objects.get(schema_name="t1"))
    for model in pages(InPublic):
        base = f"{PUBLIC}{model._meta.app_label}/{model._meta.model_name}/"
        assert superuser.get(base).status_code == 200, base
        if model._base_manager.exists():
            path = f"{base}{key_of(model)}/change/"
            assert superuser.get(path).status_code == 200, path


def test_the_front_pages_show_the_models_of_their_place_only(
    everything: Bench, superuser: Browser
) -> None:
    inside, outside = text_of(superuser.get(TENANT)), text_of(superuser.get(PUBLIC))
    assert "/t/t1/admin/tasks/marketplacejob/" in inside
    assert "/admin/django_q/" not in inside
    assert "/admin/auth/" not in inside
    assert "/admin/tenants/tenant/" in outside
    assert 'href="/t/t1/admin/"' in outside
    assert 'href="/admin/tasks/' not in outside
    assert 'href="/admin/marketplaces/' not in outside


def test_a_page_of_the_other_place_is_forbidden_or_not_there(
    everything: Bench, superuser: Browser
) -> None:
    elsewhere = [*urls(PUBLIC, pages(InTenant), key=1), *urls(TENANT, pages(InPublic), key=1)]
    for path in elsewhere:
        assert superuser.get(path).status_code in {403, 404}, path
        assert superuser.post(path, action="retry", index=0).status_code in {403, 404}, path
    # Had one of them failed in the database, nothing more could be asked of it.
    assert connection.is_usable()


def test_a_member_opens_everything_of_the_tenant_and_changes_nothing_by_form(
    everything: Bench, member: Browser
) -> None:
    for path in urls(TENANT, pages(InTenant)):
        wanted = 403 if path.endswith(("/add/", "/delete/")) else 200
        assert member.get(path).status_code == wanted, path
        if path.endswith("/change/"):
            assert member.post(path, title="x", name="x", status="x").status_code == 403, path


def test_only_superusers_decide_who_may_enter(everything: Bench, member: Browser) -> None:
    for model in (Membership, User, Group):
        base = f"{PUBLIC}{model._meta.app_label}/{model._meta.model_name}/"
        assert member.get(base).status_code == 403
        assert member.get(f"{base}add/").status_code == 403


def test_tokens_are_on_no_page(everything: Bench, superuser: Browser) -> None:
    account = Account.objects.get()
    paths = [f"{TENANT}marketplaces/account/{account.pk}/{page}/" for page in ("change", "history")]
    paths += [*urls(TENANT, pages(InTenant)), f"{TENANT}marketplaces/account/?q=SECRET"]
    for path in paths:
        text = text_of(superuser.get(path)).replace("?q=SECRET", "").replace('value="SECRET"', "")
        assert "SECRET-" not in text, path
        assert "refresh_token" not in text, path


def test_the_other_tenant_s_rows_are_on_no_page(
    everything: Bench, superuser: Browser, other_tenant: Tenant
) -> None:
    assert BatchJob.objects.exists()
    for model in pages(InTenant):
        if model is BatchJob:
            answer = superuser.get(f"/t/t2/admin/tasks/batchjob/{key_of(model)}/change/")
            assert answer.status_code == 404
            assert "One" not in text_of(superuser.get("/t/t2/admin/tasks/batchjob/"))


def test_an_object_that_is_not_there_has_a_page_that_says_so(
    everything: Bench, superuser: Browser
) -> None:
    answer = superuser.get(f"{TENANT}tasks/marketplacejob/999999/change/")
    assert answer.status_code == 404
    assert "what it led to may have been tidied away" in text_of(answer)
    assert f'href="{TENANT}"' in text_of(answer)
