"""Says whether a request or an answer is as its vendor's document has it."""

from __future__ import annotations

from functools import cache
from urllib.parse import parse_qsl, urlsplit

from openapi_core import OpenAPI
from openapi_core.testing import MockRequest, MockResponse

from tests.official.documents import Api, Json, api_of
from tests.official.exchanges import Answered, Sent
from tests.official.patches import PATCHES, Patch

ORIGIN = "https://vendor.example"


def check_request(sent: Sent, *, without: Patch | None = None) -> None:
    """Raise what is wrong with it; `without`: as if this patch to the document were not known."""
    _document_for(sent, without).validate_request(_request(sent))


def check_answer(sent: Sent, answered: Answered, *, without: Patch | None = None) -> None:
    """Raise what is wrong with the answer, whatever the request was worth."""
    response = MockResponse(
        answered.content,
        status_code=answered.status,
        headers=dict(answered.headers),
        content_type=answered.content_type,
    )
    _document_for(sent, without).validate_response(_request(sent), response)


def patched(api: Api, *, without: Patch | None = None) -> Json:
    """The document with every patch that it needs."""
    document = api.as_published()
    for patch in PATCHES:
        if patch.api in {None, api} and patch is not without:
            patch.apply(document)
    return document


def _document_for(sent: Sent, without: Patch | None) -> OpenAPI:
    return _opened(api_of(urlsplit(sent.target).path), without)


@cache
def _opened(api: Api, without: Patch | None) -> OpenAPI:
    document = patched(api, without=without)
    document["servers"] = [{"url": f"{ORIGIN}{api.base}"}]
    _name_the_token(document)
    _forbid_unknown_fields(document)
    return OpenAPI.from_dict(document)


def _name_the_token(document: Json) -> None:
    """The validator cannot follow OAuth's flows; on the wire there is a bearer token."""
    schemes = document["components"]["securitySchemes"]
    for name, scheme in schemes.items():
        if scheme["type"] == "oauth2":
            schemes[name] = {"type": "http", "scheme": "bearer"}


def _forbid_unknown_fields(document: Json) -> None:
    """Stricter than the vendors: a field that their documents do not have is a mistake."""
    for schema in document["components"]["schemas"].values():
        if schema.get("properties"):
            schema.setdefault("additionalProperties", False)


def _request(sent: Sent) -> MockRequest:
    parts = urlsplit(sent.target)
    return MockRequest(
        ORIGIN,
        sent.method.lower(),
        parts.path,
        args=dict(parse_qsl(parts.query)),
        headers=dict(sent.headers),
        data=sent.content or None,
        content_type=sent.content_type,
    )
