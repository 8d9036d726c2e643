"""Every page of the staff that can be opened, found in the admin itself: new ones come in alone."""

from __future__ import annotations

import re
import statistics
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.db import connection
from django.db.models import Model
from django.test import Client
from django.urls import URLPattern, set_script_prefix

from tasks import tenancy
from tasks.admin.base import InPublic, InTenant
from tasks.models import MarketplaceJob

ROUNDS = 5
ARGUMENT = re.compile(r"<[^>]*>")


@dataclass(frozen=True, slots=True)
class Measured:
    """One page: how many queries it makes, and how long it takes in the middle of some rounds."""

    queries: int
    milliseconds: float
    kilobytes: float


@dataclass(slots=True)
class Count:
    """Counts the statements that are sent while it wraps them."""

    number: int = 0

    def __call__(self, execute: Callable[..., Any], *arguments: Any) -> Any:
        self.number += 1
        return execute(*arguments)


def places(root: str, *, public: bool) -> Iterator[tuple[str, str]]:
    """A name that is the same in every tenant, and the URL; run inside the schema in question."""
    yield "front page", root
    yield "banners", f"{root}banners/"
    for page in _site_pages():
        yield page, f"{root}{page}"
    place: type = InPublic if public else InTenant
    for model, registered in admin.site._registry.items():
        if isinstance(registered, place):
            yield from _pages_of(root, model, registered)


def measured(client: Client, url: str) -> Measured | None:
    """None when this is no page: it leads elsewhere, is forbidden, or takes no GET."""
    answer = _get(client, url)
    if answer.status != 200:
        return None
    queries = Count()
    with connection.execute_wrapper(queries):
        _get(client, url)
    took = []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        _get(client, url)
        took.append((time.perf_counter() - began) * 1000)
    return Measured(queries.number, statistics.median(took), answer.kilobytes)


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    kilobytes: float


def _get(client: Client, url: str) -> Answer:
    set_script_prefix("/")
    try:
        answer = client.get(url)
        return Answer(answer.status_code, len(answer.getvalue()) / 1024)
    finally:
        set_script_prefix("/")
        tenancy.leave()


def _site_pages() -> Iterator[str]:
    """The site's own pages that need no argument, without the lists of one app."""
    for pattern in admin.site.get_urls():
        if isinstance(pattern, URLPattern) and not pattern.pattern.converters:
            route = _route(pattern)
            if route and route not in {"logout/", "jsi18n/", "autocomplete/"}:
                yield route


def _pages_of(
    root: str, model: type[Model], registered: ModelAdmin[Model]
) -> Iterator[tuple[str, str]]:
    base = f"{model._meta.app_label}/{model._meta.model_name}/"
    key = _key_of(model)
    for pattern in registered.get_urls():
        converters = pattern.pattern.converters
        if len(converters) > 1 or (converters and key is None):
            continue
        route = ARGUMENT.sub(str(key), _route(pattern))
        yield f"{base}{ARGUMENT.sub('…', _route(pattern))}", f"{root}{base}{route}"
    if registered.search_fields:
        yield f"{base}?q=", f"{root}{base}?q=shirt"
    if hasattr(model, "status"):
        yield f"{base}?status=FAILED", f"{root}{base}?status__exact=FAILED"


def _key_of(model: type[Model]) -> object:
    """The newest row; of jobs the newest that has failed, on which there is most to see."""
    rows = model._base_manager.order_by("-pk")
    if model is MarketplaceJob:
        rows = rows.filter(status="FAILED") or rows
    newest = rows.first()
    return None if newest is None else newest.pk


def _route(pattern: URLPattern) -> str:
    return str(pattern.pattern).removeprefix("^").removesuffix("$")
