"""From the consent page to a token, and what tokens and keys are good for."""

import re
from html import unescape

import pytest

from marketplaces.sandbox.etsy.control import EtsyControl
from marketplaces.sandbox.etsy.enums import SCOPES
from marketplaces.sandbox.etsy.settings import EtsySettings
from tests.sandbox.etsy.shop_client import API, CALLBACK, TOKEN, ShopClient
from tests.sandbox.seller_client import wait_for

ME = f"{API}/users/me"


def test_a_seller_who_allows_access_is_connected(nora: ShopClient) -> None:
    page = nora.connect()
    assert page.status == 200
    assert page.headers["Content-Type"].startswith("text/html")
    assert "listings_w" in page.content.decode()
    assert 'value="nora"' in page.content.decode()

    sent = nora.decide("allow", seller="nora")
    assert sent["state"] == "a-state"
    answer = nora.exchange(sent["code"])

    assert answer.status == 200
    assert set(answer.body) == {"access_token", "token_type", "expires_in", "refresh_token"}
    assert answer.body["expires_in"] == 3600
    assert answer.body["token_type"] == "Bearer"
    assert answer.body["access_token"].startswith(f"{nora.seller['user_id']}.")
    assert nora.post(f"{API}/scopes", token=nora.token).body == ["listings_r", "listings_w"]


def test_the_page_carries_the_request_to_its_form(nora: ShopClient) -> None:
    page = nora.connect(state='"><b>').content.decode()
    assert "<b>" not in page
    found = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    assert {name: unescape(value) for name, value in found.items()} == nora.connection(
        state='"><b>'
    )


def test_a_new_seller_can_sign_in_on_the_page(nora: ShopClient, control: EtsyControl) -> None:
    nora.exchange(nora.decide("allow", seller="nora", new_seller="olga")["code"])
    assert nora.token.startswith(f"{control.shop('olga')['user_id']}.")


def test_a_seller_may_deny(nora: ShopClient) -> None:
    assert nora.decide("deny", seller="nora") == {"error": "access_denied", "state": "a-state"}


@pytest.mark.parametrize(
    ("changes", "text"),
    [
        ({"client_id": "somebody"}, "could not be found"),
        ({"redirect_uri": "http://stoflow.example/"}, "redirect URL is not permitted"),
        ({"redirect_uri": None}, "redirect URL is not permitted"),
    ],
)
def test_an_application_that_is_not_known_gets_an_error_page(
    nora: ShopClient, changes: dict[str, str | None], text: str
) -> None:
    refused = nora.connect(**changes)
    assert refused.status == 400
    assert text in refused.content.decode()
    assert "Location" not in refused.headers


def test_only_registered_addresses_are_permitted_once_there_are_any(
    nora: ShopClient, control: EtsyControl
) -> None:
    control.register_callbacks("https://other.example/callback")
    assert nora.connect().status == 400
    control.register_callbacks(CALLBACK)
    assert nora.connect().status == 200
    assert nora.connect(redirect_uri=f"{CALLBACK}/").status == 400


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"scope": "everything"}, "invalid_scope"),
        ({"scope": None}, "invalid_scope"),
        ({"state": None}, "invalid_request"),
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
    ],
)
def test_a_wrong_request_goes_back_with_its_error(
    nora: ShopClient, changes: dict[str, str | None], error: str
) -> None:
    refused = nora.connect(**changes)
    assert refused.status == 302
    assert refused.headers["Location"].startswith(f"{CALLBACK}?error={error}")


@pytest.mark.parametrize(
    "changes",
    [{"code_verifier": "x" * 43}, {"redirect_uri": f"{CALLBACK}/other"}, {"code_verifier": ""}],
)
def test_a_wrong_exchange_uses_the_code_up(nora: ShopClient, changes: dict[str, str]) -> None:
    code = nora.decide("allow", seller="nora")["code"]
    assert nora.exchange(code, **changes).body["error"] == "invalid_grant"
    assert nora.exchange(code).body["error"] == "invalid_grant"


def test_a_code_is_good_for_one_exchange(nora: ShopClient) -> None:
    code = nora.decide("allow", seller="nora")["code"]
    assert nora.exchange(code).status == 200
    again = nora.exchange(code)
    assert (again.status, again.body["error"]) == (400, "invalid_grant")


def test_a_code_expires(nora: ShopClient, control: EtsyControl) -> None:
    control.settings(code_lifetime=0)
    code = nora.decide("allow", seller="nora")["code"]
    assert nora.exchange(code).body["error"] == "invalid_grant"


def test_a_refresh_token_works_once(nora: ShopClient, control: EtsyControl) -> None:
    used = nora.refresh_token
    first = nora.refresh()
    assert first.body["refresh_token"] not in {"", used}
    assert control.shop("nora")["refresh_token"] == first.body["refresh_token"]

    again = nora.ask_for_token(grant_type="refresh_token", refresh_token=used)
    assert again.status == 400
    assert again.body == {
        "error": "invalid_grant",
        "error_description": "refresh_token is revoked",
    }
    assert nora.get(ME).status == 200


def test_a_refresh_whose_answer_is_lost_has_used_the_token_up(
    nora: ShopClient, control: EtsyControl
) -> None:
    control.add_fault(f"POST {TOKEN}", "status_after_effect", status=500)
    assert nora.refresh().status == 500
    assert nora.refresh().body["error"] == "invalid_grant"


def test_a_refresh_token_keeps_its_scopes(nora: ShopClient) -> None:
    nora.exchange(nora.decide("allow", seller="nora")["code"])
    nora.refresh()
    assert nora.get(ME).status == 403
    assert nora.of_shop(state="draft").status == 200


def test_a_refresh_needs_the_right_client(nora: ShopClient) -> None:
    fields = {"grant_type": "refresh_token", "refresh_token": nora.refresh_token}
    assert nora.ask_for_token(client_id="somebody", **fields).status == 401
    assert nora.ask_for_token(**fields).status == 200
    assert nora.ask_for_token(grant_type="password").body["error"] == "unsupported_grant_type"


def test_an_old_refresh_token_is_no_use(nora: ShopClient, control: EtsyControl) -> None:
    control.settings(refresh_token_lifetime=0)
    nora.refresh()
    assert nora.refresh().body["error"] == "invalid_grant"


def test_revoked_consent_ends_all_tokens_and_a_new_one_starts_over(
    nora: ShopClient, control: EtsyControl
) -> None:
    control.revoke("nora")
    assert nora.get(ME).status == 401
    assert nora.refresh().body["error"] == "invalid_grant"
    nora.refresh_token = control.shop_consent("nora")["refresh_token"]
    assert nora.refresh().status == 200
    assert nora.get(ME).status == 200


def test_an_expired_token_says_so(nora: ShopClient, control: EtsyControl) -> None:
    control.expire_access_tokens("nora")
    refused = nora.get(ME)
    assert refused.status == 401
    assert refused.body == {
        "error": "invalid_token",
        "error_description": "access token is expired",
    }


@pytest.mark.parametrize(
    ("key", "status", "text"),
    [
        (None, 401, "Missing or invalid API key"),
        ("{keystring}", 403, "Shared secret is required in x-api-key header"),
        ("{keystring}:wrong", 403, "Invalid API key"),
    ],
)
def test_the_key_is_needed_on_every_request(
    nora: ShopClient, key: str | None, status: int, text: str
) -> None:
    given = None if key is None else key.format(keystring=nora.seller["client_id"])
    for path in (ME, f"{API}/openapi-ping", nora.shop):
        refused = nora.call("GET", path, x_api_key=given)
        assert refused.status == status
        assert text in refused.body["error"]


@pytest.mark.parametrize("authorization", [None, "Bearer", "Bearer 1.made-up", "Basic abc"])
def test_a_token_is_needed(nora: ShopClient, authorization: str | None) -> None:
    assert nora.call("GET", ME, Authorization=authorization).status == 401


def test_deleting_takes_a_scope_of_its_own(nora: ShopClient) -> None:
    listing_id = nora.draft()
    nora.exchange(nora.decide("allow", seller="nora")["code"])
    refused = nora.delete(listing_id)
    assert refused.status == 403
    assert refused.body["error"] == "insufficient_scope"
    assert nora.state_of(listing_id) == "draft"


def test_a_seller_of_the_control_port_has_consented_to_everything(nora: ShopClient) -> None:
    assert nora.post(f"{API}/scopes", token=nora.token).body == list(SCOPES)


def test_every_answer_has_the_id_that_support_asks_for(nora: ShopClient) -> None:
    nora.get(ME)
    nora.get(f"{API}/listings/1")
    nora.get("/nowhere")
    answers = [reply for _, reply in nora.exchanges]
    assert [each.status for each in answers[1:]] == [200, 404, 404]
    assert len({each.headers["X-Etsy-Request-Uuid"] for each in answers}) == 4


def test_the_limits_are_told_and_kept(nora: ShopClient, control: EtsyControl) -> None:
    control.settings(limit_per_second=1000, limit_per_day=3)
    told = nora.get(ME).headers
    assert told["x-limit-per-second"] == "1000"
    assert told["x-limit-per-day"] == "3"
    assert told["x-remaining-today"] == "2"
    nora.get(ME)
    assert nora.get(ME).headers["x-remaining-today"] == "0"
    assert control.effects()["violations"] == []

    refused = nora.get(ME)

    assert refused.status == 429
    assert 86_000 < int(refused.headers["retry-after"]) <= 86_400
    assert "x-remaining-today" not in refused.headers
    assert control.effects()["violations"] == ["more than 3 requests in a day"]


def test_a_second_is_soon_over(nora: ShopClient, control: EtsyControl) -> None:
    control.settings(limit_per_second=1, send_retry_after=0)
    nora.get(ME)
    refused = nora.get(ME)
    assert (refused.status, "retry-after" in refused.headers) == (429, False)
    wait_for(lambda: nora.get(ME).status == 200)


def test_all_sellers_share_the_limit(nora: ShopClient, control: EtsyControl) -> None:
    olga = ShopClient(nora.api_url, control.shop("olga"))
    olga.refresh()
    control.settings(limit_per_day=1)
    assert nora.get(ME).status == 200
    assert olga.get(ME).status == 429


def test_the_usual_settings_are_etsy_s(control: EtsyControl) -> None:
    assert control.health()["settings"] == EtsySettings().as_dict()
    assert EtsySettings().access_token_lifetime == 3600
