"""Every page of the staff that can be opened, found in the admin itself: new ones come in alone.

Of a list: each choice of each of its filters, searches, its last page and its export. Names are
the same in every tenant; run inside the schema in question.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlencode

from django.contrib import admin
from django.contrib.admin import ModelAdmin
from django.contrib.admin.views.main import ChangeList
from django.contrib.auth.models import User
from django.db.models import Count, Model
from django.test import RequestFactory
from django.urls import URLPattern

from marketplaces.models import Account, Listing, Product
from tasks.admin.base import InPublic, InTenant
from tasks.admin.exports import Exportable
from tasks.models import BatchJob, MarketplaceJob, MarketplaceTask, StaffAction
from tasks.states import JobStatus

ARGUMENT = re.compile(r"<(?:\w+:)?(\w+)>")
NUMBER = re.compile(r"\b[0-9a-f]{32}\b|\d+")
SECOND_KEYS = {"task_id", "first", "last", "size", "token"}
"""Arguments of pages that are found by hand below, or that need a file that was uploaded."""
JOBS, PRODUCTS = "tasks/marketplacejob/", "marketplaces/product/"


def places(root: str, user: User, *, public: bool) -> Iterator[tuple[str, str]]:
    """A name and a URL for each page."""
    known = set()
    found = [*_site_pages(public=public), *_registered(user, public=public)]
    if not public:
        found += [*_jobs(), *_batches(), *_previews(), *_others()]
    for page in found:
        # The newest of the batches is the same choice as the one before it.
        name = NUMBER.sub("…", page)
        if name not in known:
            known.add(name)
            yield name or "front page", f"{root}{page}"


def _site_pages(*, public: bool) -> Iterator[str]:
    """The site's own pages that need no argument, without the lists of one app."""
    yield from ("", "banners/", "health/", "health/?q=seller", "search/?s=shirt")
    if public:
        yield from ("?page=9", "?q=0042")
    for pattern in admin.site.get_urls():
        if isinstance(pattern, URLPattern) and not ARGUMENT.search(str(pattern.pattern)):
            route = str(pattern.pattern)
            if route and route[0] not in "^(" and route not in {"logout/", "autocomplete/"}:
                yield route


def _registered(user: User, *, public: bool) -> Iterator[str]:
    place: type = InPublic if public else InTenant
    for model, page in admin.site._registry.items():
        if isinstance(page, place):
            base = f"{model._meta.app_label}/{model._meta.model_name}/"
            yield from (base + route for route in _routes(model, page))
            yield from (base + query for query in _lists(user, page))


def _routes(model: type[Model], page: ModelAdmin[Model]) -> Iterator[str]:
    newest = model._base_manager.order_by("-pk").values_list("pk", flat=True).first()
    for pattern in page.get_urls():
        route = str(pattern.pattern)
        arguments = set(ARGUMENT.findall(route))
        if not arguments & SECOND_KEYS and not (arguments and newest is None):
            yield ARGUMENT.sub(str(newest), route)


def _lists(user: User, page: ModelAdmin[Model]) -> Iterator[str]:
    listing = _listing(user, page, "")
    for spec in listing.filter_specs:
        for choice in spec.choices(listing):
            query = str(choice.get("query_string", "?"))
            if query != "?":
                yield query
                yield from _last_page(user, page, query)
    yield from _last_page(user, page, "?")
    if page.search_fields:
        words = ["shirt", "linen shirt", "no-such-word", "0042"]
        words += _looked_for() if isinstance(page, InTenant) else []
        yield from (f"?{urlencode({'q': word})}" for word in words)
    if isinstance(page, Exportable):
        yield f"export/?{urlencode({'q': 'shirt'})}"


def _last_page(user: User, page: ModelAdmin[Model], query: str) -> Iterator[str]:
    last = _listing(user, page, query).paginator.num_pages
    if last > 1:
        yield f"{query}&p={last}"


def _listing(user: User, page: ModelAdmin[Model], query: str) -> ChangeList:
    request = RequestFactory().get(f"/{query}")
    request.user = user
    return page.get_changelist_instance(request)


def _looked_for() -> list[str]:
    """What a person has at hand: a SKU and its beginning, the id of a listing, of a job, a name."""
    sku = Product.objects.order_by("-pk").values_list("sku", flat=True).first() or ""
    listing = Listing.objects.order_by("-pk").values_list("external_id", flat=True).first()
    job = MarketplaceJob.objects.order_by("-pk").values_list("pk", flat=True).first()
    return [sku, sku[:6], str(listing or ""), str(job or ""), "mia"]


def _jobs() -> Iterator[str]:
    """One that runs, one that waits, one that failed, one that asks, and the longest."""
    jobs = MarketplaceJob.objects.order_by("-pk")
    for told, some in {
        "waits": jobs.filter(status=JobStatus.PENDING),
        "runs": jobs.filter(status=JobStatus.RUNNING),
        "asks": jobs.filter(status=JobStatus.FAILED, needs_person=True),
        "failed": jobs.filter(status=JobStatus.FAILED, needs_person=False),
        "longest": jobs.filter(pk__in=[_longest_job()]),
    }.items():
        for pk in some.values_list("pk", flat=True)[:1]:
            base = f"{JOBS}{pk}/"
            yield from (f"{base}{piece}/?{told}" for piece in ("change", "live", "facts"))
            yield f"{base}tasks/1-100/?{told}"
            for task in MarketplaceTask.objects.filter(job=pk).order_by("position")[:1]:
                yield f"{base}tasks/{task.pk}/?{told}"


def _longest_job() -> int | None:
    counted = MarketplaceTask.objects.order_by().values("job_id").annotate(tasks=Count("pk"))
    return counted.order_by("-tasks").values_list("job_id", flat=True).first()


def _batches() -> Iterator[str]:
    """The largest, and the oldest, which has ended."""
    for told, order in {"largest": "-total_count", "oldest": "pk"}.items():
        for pk in BatchJob.objects.order_by(order).values_list("pk", flat=True)[:1]:
            yield from (f"tasks/batchjob/{pk}/{piece}/?{told}" for piece in ("change", "live"))
            yield f"{JOBS}causes/?batch={pk}&{told}"
            for status in JobStatus:
                yield f"{JOBS}?batch__id__exact={pk}&status__exact={status.value}&o={told}"


def _previews() -> Iterator[str]:
    failed = MarketplaceJob.objects.filter(status=JobStatus.FAILED)
    causes = failed.values("cause_key").annotate(jobs=Count("pk")).order_by("-jobs")
    cause = causes[0]["cause_key"] if causes else ""
    some = list(failed.order_by("-pk").values_list("pk", flat=True)[:214])
    largest = BatchJob.objects.order_by("-total_count").values_list("pk", flat=True).first()
    yield f"{JOBS}?cause={cause}"
    yield f"{JOBS}export/?cause={cause}"
    scopes = {
        "one job": {"id__in": ",".join(map(str, some[:1]))},
        "214 jobs": {"id__in": ",".join(map(str, some))},
        "cause": {"cause": cause},
        "cause and step": {"cause": cause, "step": "validate"},
        "batch": {"batch__id__exact": str(largest)},
        "failed": {"status__exact": "FAILED"},
        "search": {"q": "shirt"},
        "all": {},
    }
    for do in ("retry", "cancel", "pause", "resume"):
        for scope in scopes.values():
            yield f"{JOBS}actions/preview/?{urlencode({'do': do, **scope}, safe=',')}"


def _others() -> Iterator[str]:
    for since in ("1h", "24h", "7d", "30d"):
        yield f"{JOBS}causes/?since={since}"
    yield f"{JOBS}causes/?marketplace=ebay&action=publish"
    yield f"{JOBS}causes/?page=2"
    for account in Account.objects.values_list("pk", flat=True)[:1]:
        yield from (
            f"marketplaces/account/{account}/work/?do={do}_account" for do in ("pause", "resume")
        )
        yield f"{PRODUCTS}actions/preview/?do=publish&to={account}"
        yield f"{PRODUCTS}actions/preview/?do=publish&to={account}&q=shirt"
        yield f"{PRODUCTS}actions/preview/?do=publish&to={account}&id__in=1"
    for product in Product.objects.order_by("pk").values_list("pk", flat=True)[:1]:
        yield f"{JOBS}?product__id__exact={product}"
        yield f"{PRODUCTS}{product}/change/?oldest"
    for action in StaffAction.objects.order_by("-done_count").values_list("pk", flat=True)[:1]:
        yield f"tasks/staffaction/{action}/change/?show=refused"
        yield f"tasks/staffaction/{action}/change/?page=50"
