"""“Export what is listed”: all rows that match the list's filters, as CSV, whatever their number.

Rows are read in pages by key and sent as they come, so that memory does not grow with the list. A
page costs the same few queries as a page on the screen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any, ClassVar

from django.conf import settings
from django.contrib.admin.options import IncorrectLookupParameters
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect, StreamingHttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.views.decorators.http import require_safe

from tasks import tenancy
from tasks.admin.base import AnyModel, QuickList
from tasks.spreadsheets import BYTE_ORDER_MARK, Cell, rows_as_csv

ExportColumn = tuple[str | Promise, Callable[[Any], Cell]]
"""The head of a column, and what stands in it for a row that the page has dressed."""


class Exportable(QuickList[AnyModel]):
    """A list with a button that exports it; whoever may see the list may export it."""

    export_columns: ClassVar[Sequence[ExportColumn]] = ()
    export_name: ClassVar[str] = ""
    """What the file's name calls the rows; the model's name when empty."""

    def get_urls(self) -> list[URLPattern]:
        export = self.admin_site.admin_view(require_safe(self.export_view))
        name = f"{self.opts.app_label}_{self.opts.model_name}_export"
        return [path("export/", export, name=name), *super().get_urls()]

    @property
    def export_url(self) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_export")

    def export_view(self, request: HttpRequest) -> HttpResponseBase:
        if not self.has_view_permission(request):
            raise PermissionDenied
        try:
            rows = self.get_changelist_instance(request).queryset
        except IncorrectLookupParameters:
            return HttpResponseRedirect(self.list_url_after_nonsense())
        columns = Columns(self.export_columns, self.dress_for_export)
        return as_file(
            rows.order_by("-pk"), columns, self.export_name or f"{self.opts.model_name}s"
        )

    def dress_for_export(self, rows: Sequence[AnyModel]) -> None:
        """As `dress`; a page leaves out here what only a screen shows."""
        self.dress(rows)


@dataclass(frozen=True, slots=True)
class Columns:
    """What a file shows of its rows."""

    columns: Sequence[ExportColumn]
    dress: Callable[[Sequence[Any]], None] = lambda _rows: None
    """Gives all rows of a page at once what the columns need beyond the row itself."""


def as_file(rows: QuerySet[Any], columns: Columns, name: str) -> StreamingHttpResponse:
    """The rows, which are in the order of their falling keys, as a CSV to be saved."""
    pieces = _pieces(rows, columns, _Reader.of_this_request())
    answer = StreamingHttpResponse(pieces, content_type="text/csv")
    file_name = f"{tenancy.current_schema()}-{name}-{timezone.localtime().date()}.csv"
    answer["Content-Disposition"] = f'attachment; filename="{file_name}"'
    answer["Cache-Control"] = "private, no-store"
    return answer


@dataclass(frozen=True, slots=True)
class _Reader:
    """For whom a file is written: it leaves when the request has left all of this behind."""

    tenant: tenancy.TenantLike
    language: str
    zone: tzinfo

    @classmethod
    def of_this_request(cls) -> _Reader:
        return cls(tenancy.current(), translation.get_language(), timezone.get_current_timezone())

    @contextmanager
    def served(self) -> Iterator[None]:
        with (
            tenancy.inside(self.tenant),
            translation.override(self.language),
            timezone.override(self.zone),
        ):
            yield


def _pieces(rows: QuerySet[Any], shown: Columns, reader: _Reader) -> Iterator[str]:
    after, most = None, settings.STAFF["exported_at_once"]
    with reader.served():
        head = rows_as_csv([[head for head, _ in shown.columns]])
    yield BYTE_ORDER_MARK + head
    while True:
        with reader.served():
            page = list((rows if after is None else rows.filter(pk__lt=after))[:most])
            shown.dress(page)
            piece = rows_as_csv([value(row) for _, value in shown.columns] for row in page)
        if page:
            yield piece
            after = page[-1].pk
        if len(page) < most:
            return
