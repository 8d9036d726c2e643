"""Every URL that the project resolves, with real ids, and the rules that each visitor meets there."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import quote

from django.contrib import admin
from django.db import connection
from django.db.models import Model
from django.urls import URLPattern, URLResolver, get_resolver, resolve
from django.urls.resolvers import RegexPattern

from stoflow.tenants.roles import permissions_of
from tasks.admin.base import InPublic
from tasks.models import MarketplaceJob
from tests.tasks.admin.conftest import Browser

PLACES = {"t1": "/t/t1/", "t2": "/t/t2/", "public": "/", "unknown": "/t/nowhere/"}

# Whoever may be in a place may open these there; they show nothing but what the person's role lets
# them see, and the tests of their own pages prove it.
FOR_EVERYBODY_INSIDE = {
    "banners",
    "health",
    "set_language",
    "admin:index",
    "admin:search",
    "admin:jsi18n",
    "admin:login",
    "admin:logout",
    "admin:password_change",
    "admin:password_change_done",
}
# An earlier URL of ours stands before it.
NOT_REACHED = {"admin:view_on_site"}
REFUSED = {403, 404, 405}
OF_A_BROWSER = "/browser/"
"""In the addresses of pages that only accounts with a plugin have."""
FORM: dict[str, Any] = {
    "action": "retry",
    "index": 0,
    "reason": "because",
    "post": "yes",
    "confirm": "yes",
    "exists": "yes",
    "external_id": "EXT-9",
    "name": "changed",
    "title": "changed",
}


@dataclass(frozen=True, slots=True)
class Door:
    """One URL, without the prefix of a place."""

    name: str
    route: str
    """As the project writes it, with arguments; `path` has what stands for them."""
    path: str
    model: type[Model] | None
    key: object

    @property
    def belongs_in_public(self) -> bool:
        return self.model is not None and isinstance(admin.site._registry[self.model], InPublic)


def doors() -> list[Door]:
    """All of them; fails where an argument is new and nobody has said what to put in its place."""
    _key.cache_clear()
    found = list(_walk(get_resolver(), "", ""))
    assert len(found) > 50
    return found


def _walk(resolver: URLResolver, path: str, namespace: str) -> Iterator[Door]:
    for entry in resolver.url_patterns:
        route = path + _text(entry)
        if isinstance(entry, URLResolver):
            inner = f"{entry.namespace}:" if entry.namespace else ""
            yield from _walk(entry, route, namespace + inner)
        elif f"{namespace}{entry.name}" not in NOT_REACHED:
            yield _door(entry, route, namespace)


def _text(entry: URLPattern | URLResolver) -> str:
    text = str(entry.pattern)
    return text.removeprefix("^").removesuffix("$") if _is_regex(entry) else text


def _is_regex(entry: URLPattern | URLResolver) -> bool:
    return isinstance(entry.pattern, RegexPattern)


_ARGUMENT = re.compile(r"<(?:[^<>:]+:)?(\w+)>|\(\?P<(\w+)>[^()]*\)")


def _door(entry: URLPattern, route: str, namespace: str) -> Door:
    model = _model(entry)
    key = None if model is None else _key(model, of_a_browser=OF_A_BROWSER in route)
    filled = _ARGUMENT.sub(lambda found: str(_value(found[1] or found[2], key, route)), route)
    door = Door(f"{namespace}{entry.name or ''}", route, filled, model, key)
    assert resolve(f"/{filled}").func is entry.callback, f"{route} was not found at /{filled}"
    return door


def _model(entry: URLPattern) -> type[Model] | None:
    """Whose page it is: as Django's own views say, or by the beginning of the URL's name."""
    page = getattr(entry.callback, "model_admin", None)
    if page is not None:
        model: type[Model] = page.model
        return model
    for model in admin.site._registry:
        if (entry.name or "").startswith(f"{model._meta.app_label}_{model._meta.model_name}_"):
            return model
    return None


@cache
def _key(model: type[Model], *, of_a_browser: bool = False) -> object:
    rows = model._base_manager.all()
    if of_a_browser:
        rows = rows.filter(marketplace="vinted")
    row = rows.first()
    return 1 if row is None else row.pk


def _value(argument: str, key: object, route: str) -> object:
    """What stands for an argument: the page's own object, or something known by its name."""
    known: dict[str, object] = {
        "app_label": "tasks",
        "content_type_id": 1,
        "url": "no/such/page/",
        "batch_id": 1,
        "marketplace": "ebay",
        "job_id": _key(MarketplaceJob),
    }
    if argument in known and not (argument.endswith("_id") and key is not None):
        return known[argument]
    assert key is not None or argument == "object_id", f"What stands for {argument} in {route}?"
    return 1 if key is None else key


@dataclass(frozen=True, slots=True)
class Visit:
    """What came of asking for a door."""

    door: Door
    path: str
    status: int
    location: str
    posted: bool

    @property
    def leads_on(self) -> bool:
        """To the front page, or from an object's short address to its page, which asks."""
        return self.status == 302 and self.location in {
            f"{self.path}admin/",
            f"{self.path}change/",
        }

    def __str__(self) -> str:
        return f"{self.path} ({self.door.name}): {self.status} {self.location}"


Rule = Callable[[Visit], bool]


@dataclass(frozen=True, slots=True)
class Walk:
    """What somebody met at every door of a place."""

    visits: Sequence[Visit]
    changed: Sequence[str]
    """The tables that are not as they were before."""

    def complaints(self, rule: Rule) -> list[str]:
        """The doors at which something else was met than the rule says."""
        return [str(visit) for visit in self.visits if not rule(visit)]

    @property
    def opened(self) -> set[str]:
        """The doors that show something to who only looks."""
        return {each.door.route for each in self.visits if each.status == 200 and not each.posted}


def through(browser: Browser, place: str, *, post: bool) -> Walk:
    before = everything_stored()
    visits = [
        visit(browser, place, door, posted=posted)
        for door in doors()
        if door.name != "admin:logout"
        for posted in ((False, True) if post else (False,))
    ]
    after = everything_stored()
    return Walk(visits, [table for table in after if after[table] != before.get(table)])


def visit(browser: Browser, place: str, door: Door, *, posted: bool = False) -> Visit:
    path = f"{PLACES[place]}{door.path}"
    if posted:
        answer = browser.post(path, _selected_action=door.key or 1, **FORM)
    else:
        answer = browser.get(path)
    return Visit(door, path, answer.status_code, answer.headers.get("Location", ""), posted)


def finds_nothing(visit: Visit) -> bool:
    """Strangers to a seller, and everybody where there is none."""
    return visit.status == 404


def is_asked_to_sign_in(visit: Visit) -> bool:
    """Before a seller's door, whether or not there is such a seller."""
    return visit.status == 302 and visit.location.startswith(
        f"/admin/login/?next={quote(visit.path)}"
    )


def may_only_sign_in(visit: Visit) -> bool:
    """On the public pages."""
    if visit.door.name == "admin:login":
        return visit.status == 200
    if visit.door.name == "":
        return visit.status == 404 or visit.leads_on
    return is_asked_to_sign_in(visit)


def is_refused(visit: Visit) -> bool:
    """Who may be in the place and has no permission at all: a view that forgot to ask lets in."""
    if visit.door.name in FOR_EVERYBODY_INSIDE:
        return visit.status < 500
    return visit.leads_on or visit.status in REFUSED


def sees_as_a(role: str) -> Rule:
    """Inside the own seller: what the role's permissions allow, and 403 where they do not.

    A form that is sent may be answered by a refusal or by the page again: what counts is what it
    has changed.
    """
    held = permissions_of(role)

    def rule(visit: Visit) -> bool:
        if visit.posted:
            return visit.status < 500
        if visit.door.name in FOR_EVERYBODY_INSIDE:
            return visit.status < 400
        if visit.door.belongs_in_public:
            return visit.leads_on or visit.status in REFUSED
        needed = _standard_permission(visit.door)
        if needed is None:
            return visit.status < 500
        if needed in held:
            return visit.status == 200 or not needed.partition(".")[2].startswith("view_")
        return visit.status == 403

    return rule


_NEEDS = {
    "changelist": "view",
    "change": "view",
    "history": "view",
    "add": "add",
    "delete": "delete",
}


def _standard_permission(door: Door) -> str | None:
    """What Django's own pages ask for; None: a page of our own."""
    if door.model is None:
        return None
    meta = door.model._meta
    page = door.name.removeprefix(f"admin:{meta.app_label}_{meta.model_name}_")
    return f"{meta.app_label}.{_NEEDS[page]}_{meta.model_name}" if page in _NEEDS else None


def stands(visit: Visit) -> bool:
    """A superuser: whatever it answers, nothing breaks, and every list is there in its place."""
    is_list = visit.door.name.endswith("_changelist")
    if is_list and visit.door.belongs_in_public == visit.path.startswith("/admin/"):
        return visit.status == 200
    return visit.status < 500


def everything_stored() -> dict[str, Any]:
    """A checksum of every row of every table, but for what a visit itself may leave."""
    tables = [
        (schema, table)
        for schema in ("t1", "t2", "public")
        for table in connection.introspection.table_names()
        if _exists(schema, table) and table not in {"django_session", "auth_user"}
    ]
    return {f"{schema}.{table}": _checksum(schema, table) for schema, table in tables}


def _exists(schema: str, table: str) -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s::text)", [f'"{schema}"."{table}"'])
        return cursor.fetchone()[0] is not None


def _checksum(schema: str, table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT md5(string_agg(t::text, \'|\' ORDER BY t::text)) FROM "{schema}"."{table}" t'  # noqa: S608 - names from the catalogue
        )
        return str(cursor.fetchone()[0])
