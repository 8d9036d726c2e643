"""“Import a catalogue”: choose a file, read what it would do, import the very same file."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.csrf import csrf_exempt, csrf_protect
from django.views.decorators.http import require_http_methods, require_safe

from marketplaces.admin.photos import first_photos, frame
from marketplaces.admin.prices import money
from marketplaces.catalogue_import import CatalogueFileError, ImportStoppedError, runs, uploads
from marketplaces.models import CatalogueUpload, Product, ProductImage
from tasks.admin.base import QuickList
from tasks.admin.buttons import sent_back
from tasks.sentences import translated

CHOOSE = "admin:marketplaces_product_import"
SHOW = "admin:marketplaces_product_import_file"
ROOM_FOR_THE_FORM = 64 * 1024


class CatalogueForm(forms.Form):
    file = forms.FileField(
        label=gettext_lazy("CSV file"),
        max_length=1000,
        allow_empty_file=True,
        error_messages={"required": gettext_lazy("Choose the shop's product export first.")},
    )
    currency = forms.RegexField(
        r"\A[A-Za-z]{3}\Z",
        label=gettext_lazy("Currency of the prices"),
        initial="EUR",
        max_length=3,
        error_messages={"invalid": gettext_lazy("Give its code of three letters, such as EUR.")},
    )


class ImportPages(QuickList[Product]):
    """The pages of an import, behind the list of products."""

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        return [
            path("import/", wrap(_unread(self.import_choose)), name="marketplaces_product_import"),
            path(
                "import/<str:token>/",
                wrap(require_safe(self.import_show)),
                name="marketplaces_product_import_file",
            ),
            path(
                "import/<str:token>/confirm/",
                wrap(self.import_confirm),
                name="marketplaces_product_import_confirm",
            ),
            path(
                "import/<str:token>/discard/",
                wrap(self.import_discard),
                name="marketplaces_product_import_discard",
            ),
            *super().get_urls(),
        ]

    def may_import(self, request: HttpRequest) -> bool:
        return self.is_here() and bool(request.user.has_perm("marketplaces.add_product"))  # type: ignore[attr-defined]

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        context = {"may_import": self.may_import(request), **(extra_context or {})}
        return super().changelist_view(request, context)

    def import_choose(self, request: HttpRequest) -> HttpResponse:
        _require(self.may_import(request))
        uploads.forget_old()
        limits = upload_limits()
        if _announced(request) > limits.largest_bytes + ROOM_FOR_THE_FORM:
            # Not a byte of it is read.
            return self._chosen(request, CatalogueForm(), uploads.too_large(limits), status=413)
        # Reading the form's token reads the whole upload: only now that its length is known.
        answer: HttpResponse = csrf_protect(self._checked_file)(request)
        return answer

    def _checked_file(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return self._chosen(request, CatalogueForm())
        form = CatalogueForm(request.POST, request.FILES)
        if not form.is_valid():
            return self._chosen(request, form, status=422)
        try:
            upload = uploads.keep(
                form.cleaned_data["file"],
                name=form.cleaned_data["file"].name,
                currency=form.cleaned_data["currency"],
                uploaded_by=request.user.get_username(),
                limits=upload_limits(),
            )
        except CatalogueFileError as error:
            return self._chosen(request, form, error, status=422)
        return HttpResponseRedirect(reverse(SHOW, args=[upload.token]))

    def import_show(self, request: HttpRequest, token: str) -> HttpResponse:
        _require(self.may_import(request))
        try:
            upload = uploads.find(token, uploaded_by=request.user.get_username())
        except uploads.UploadGoneError as error:
            return self._start_again(request, error)
        return self._page(request, "report", {"upload": upload, **_told(upload)})

    def import_confirm(self, request: HttpRequest, token: str) -> HttpResponse:
        _require(self.may_import(request))
        if back := sent_back(request, reverse(SHOW, args=[token])):
            return back
        try:
            upload = uploads.find(token, uploaded_by=request.user.get_username())
            runs.import_kept(upload)
        except uploads.UploadGoneError as error:
            return self._start_again(request, error)
        except runs.ImportUnderWayError as error:
            messages.info(request, str(error))
        except (CatalogueFileError, ImportStoppedError) as error:
            messages.error(request, f"{translated(str(error))} {translated(str(error.advice))}")
        return HttpResponseRedirect(reverse(SHOW, args=[token]))

    def import_discard(self, request: HttpRequest, token: str) -> HttpResponse:
        _require(self.may_import(request))
        if back := sent_back(request, reverse(SHOW, args=[token])):
            return back
        try:
            upload = uploads.find(token, uploaded_by=request.user.get_username())
            staying = uploads.discard(upload)
        except uploads.UploadGoneError as error:
            return self._start_again(request, error)
        except runs.ImportUnderWayError as error:
            messages.warning(request, str(error))
            return HttpResponseRedirect(reverse(SHOW, args=[token]))
        messages.info(request, _forgotten_words(staying))
        return HttpResponseRedirect(reverse("admin:marketplaces_product_changelist"))

    def _start_again(self, request: HttpRequest, error: uploads.UploadGoneError) -> HttpResponse:
        messages.warning(request, f"{error} {error.advice}")
        return HttpResponseRedirect(reverse(CHOOSE))

    def _chosen(
        self,
        request: HttpRequest,
        form: CatalogueForm,
        error: CatalogueFileError | None = None,
        status: int = 200,
    ) -> HttpResponse:
        limits = upload_limits()
        context = {
            "form": form,
            "error": error,
            "error_text": translated(str(error or "")),
            "error_advice": translated(str(error.advice if error else "")),
            "largest_bytes": limits.largest_bytes,
            "too_large": str(uploads.too_large(limits)),
            "megabytes": number_format(round(limits.largest_bytes / 1024 / 1024, 1)),
        }
        answer = self._page(request, "choose", context)
        answer.status_code = status
        return answer

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> TemplateResponse:
        return TemplateResponse(
            request,
            f"admin/marketplaces/import_{name}.html",
            {
                **self.admin_site.each_context(request),
                "title": _("Import a catalogue"),
                "opts": self.opts,
                "media": self.media,
                **context,
            },
        )


def upload_limits() -> uploads.Limits:
    return uploads.Limits(largest_bytes=settings.CATALOGUE_UPLOAD_MAX_BYTES)


def _unread(view: Any) -> Any:
    """A view that checks the form's token itself, after it has looked at the upload's length."""

    @csrf_exempt
    @require_http_methods(["GET", "HEAD", "POST"])
    def checked_later(request: HttpRequest) -> HttpResponse:
        answer: HttpResponse = view(request)
        return answer

    return checked_later


def _announced(request: HttpRequest) -> int:
    length = request.META.get("CONTENT_LENGTH") or "0"
    return int(length) if length.isascii() and length.isdecimal() else 0


def _require(permitted: bool) -> None:
    if not permitted:
        raise PermissionDenied


def _forgotten_words(staying: int) -> str:
    if not staying:
        return _("The file was forgotten; nothing was imported.")
    words = ngettext(
        "The file was forgotten; %(n)d product that was imported from it stays in the catalogue.",
        "The file was forgotten; %(n)d products that were imported from it stay in the catalogue.",
        staying,
    )
    return words % {"n": staying}


def _told(upload: CatalogueUpload) -> dict[str, Any]:
    is_done = upload.result is not None
    is_under_way = not is_done and runs.is_under_way(upload)
    return {
        "is_done": is_done,
        "is_under_way": is_under_way,
        "was_interrupted": upload.begun_at is not None and not (is_done or is_under_way),
        "report": upload.result if is_done else upload.preview,
        "samples": [] if is_done else _samples(upload.preview.get("samples", [])),
    }


def _samples(kept: list[dict[str, Any]]) -> list[dict[str, Any]]:
    present = first_photos(sample["product_id"] for sample in kept if sample["product_id"])
    return [{**sample, "price": _price(sample), "photo": _photo(sample, present)}
            for sample in kept]  # fmt: skip


def _price(sample: dict[str, Any]) -> str:
    amount = sample["price"]
    return money(None if amount is None else Decimal(amount), sample["currency"])


def _photo(sample: dict[str, Any], present: dict[int, ProductImage]) -> SafeString:
    new = ProductImage(url=sample["photo_url"]) if sample["photo_url"] else None
    return frame(new or present.get(sample["product_id"]))
