"""eBay's consent page in the sandbox: who is let in, with what, and where the browser goes."""

from __future__ import annotations

import base64
import http.client
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest

from marketplaces.sandbox.control import SandboxControl
from marketplaces.sandbox.process import SandboxProcess
from marketplaces.sandbox.reports import SellerReport
from tests.sandbox.seller_client import Reply, SellerClient

PAGE = "/oauth2/authorize"
TOKEN = "/identity/v1/oauth2/token"
IDENTITY = "https://api.ebay.com/oauth/api_scope/commerce.identity.readonly"
BACK = "https://stoflow.example/connect/ebay/?from=ebay"


@pytest.fixture
def seller(control: SandboxControl) -> SellerReport:
    control.redirects(RuName=BACK)
    return control.seller("anna")


def sent(
    sandbox: SandboxProcess, method: str, path: str, form: Any = None, **headers: str
) -> Reply:
    connection = http.client.HTTPConnection(urlsplit(sandbox.api_url).netloc, timeout=20)
    content = urlencode(form) if form else None
    kind = {"Content-Type": "application/x-www-form-urlencoded"} if form else {}
    try:
        connection.request(method, path, content, {**kind, **headers})
        answer = connection.getresponse()
        return Reply(answer.status, dict(answer.headers), answer.read())
    finally:
        connection.close()


def asked(seller: SellerReport, **changes: str) -> dict[str, str]:
    query = {
        "client_id": seller["client_id"],
        "redirect_uri": "RuName",
        "response_type": "code",
        "scope": IDENTITY,
        "state": "abc",
    }
    return query | changes


def decided(
    sandbox: SandboxProcess, query: dict[str, str], decision: str = "allow", name: str = "anna"
) -> dict[str, str]:
    """The parameters with which the browser is sent back."""
    reply = sent(sandbox, "POST", PAGE, query | {"decision": decision, "seller": name})
    assert reply.status == 302, reply.content
    assert reply.headers["Location"].startswith(BACK)
    return dict(parse_qsl(urlsplit(reply.headers["Location"]).query))


def exchanged(
    sandbox: SandboxProcess, seller: SellerReport, code: str, redirect_uri: str = "RuName"
) -> Reply:
    pair = base64.b64encode(f"{seller['client_id']}:{seller['client_secret']}".encode()).decode()
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect_uri}
    return sent(sandbox, "POST", TOKEN, form, Authorization=f"Basic {pair}")


def test_the_page_names_what_is_asked_for_and_who_may_sign_in(
    sandbox: SandboxProcess, seller: SellerReport
) -> None:
    page = sent(sandbox, "GET", f"{PAGE}?{urlencode(asked(seller))}")
    assert (page.status, page.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert IDENTITY in page.content.decode()
    assert 'value="anna" checked' in page.content.decode()


def test_a_code_is_worth_tokens_of_just_these_scopes_once(
    sandbox: SandboxProcess, seller: SellerReport
) -> None:
    back = decided(sandbox, asked(seller))
    assert (back["state"], back["expires_in"], back["from"]) == ("abc", "299", "ebay")
    tokens = exchanged(sandbox, seller, back["code"]).body
    assert set(tokens) == {
        "access_token",
        "expires_in",
        "refresh_token",
        "refresh_token_expires_in",
        "token_type",
    }
    client = SellerClient(sandbox.api_url, seller, token=tokens["access_token"])
    assert client.get("/commerce/identity/v1/user/").body["username"] == "anna"
    assert client.get("/sell/inventory/v1/location").status == 403
    again = exchanged(sandbox, seller, back["code"])
    assert (again.status, again.body["error"]) == (400, "invalid_grant")


def test_a_code_belongs_to_the_address_it_was_given_for(
    sandbox: SandboxProcess, seller: SellerReport
) -> None:
    back = decided(sandbox, asked(seller))
    assert exchanged(sandbox, seller, back["code"], "Another").status == 400


def test_a_new_seller_can_sign_in(sandbox: SandboxProcess, seller: SellerReport) -> None:
    back = decided(sandbox, asked(seller) | {"new_seller": "bob"}, name="")
    assert exchanged(sandbox, seller, back["code"]).status == 200


def test_declining_goes_back_with_the_reason(sandbox: SandboxProcess, seller: SellerReport) -> None:
    back = decided(sandbox, asked(seller), decision="deny")
    assert back == {"from": "ebay", "error": "access_denied", "state": "abc"}


@pytest.mark.parametrize("changes", [{"client_id": "x"}, {"redirect_uri": "https://evil.example"}])
def test_nobody_is_sent_to_an_address_that_is_not_registered(
    sandbox: SandboxProcess, seller: SellerReport, changes: dict[str, str]
) -> None:
    query = asked(seller, **changes)
    assert sent(sandbox, "GET", f"{PAGE}?{urlencode(query)}").status == 400
    assert (
        sent(sandbox, "POST", PAGE, query | {"decision": "allow", "seller": "anna"}).status == 400
    )


@pytest.mark.parametrize(
    "changes", [{"scope": "https://x"}, {"scope": ""}, {"response_type": "token"}]
)
def test_what_the_application_may_not_ask_goes_back_as_an_error(
    sandbox: SandboxProcess, seller: SellerReport, changes: dict[str, str]
) -> None:
    page = sent(sandbox, "GET", f"{PAGE}?{urlencode(asked(seller, **changes))}")
    assert page.status == 302
    assert "error=" in page.headers["Location"]
