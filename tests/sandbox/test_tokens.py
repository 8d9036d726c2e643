import dataclasses

from marketplaces.sandbox.control import SandboxControl
from tests.sandbox.conftest import NewSeller
from tests.sandbox.seller_client import INVENTORY, TOKEN, SellerClient

ITEMS = f"{INVENTORY}/inventory_item"


def test_a_refresh_token_gives_an_access_token_and_stays_valid(anna: SellerClient) -> None:
    reply = anna.sign_in()

    assert reply.status == 200
    assert reply.body["expires_in"] == 7200
    assert reply.body["token_type"] == "User Access Token"
    assert "refresh_token" not in reply.body
    assert anna.sign_in().status == 200


def test_an_expired_access_token_is_refused_with_error_1001(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.expire_access_tokens("anna")
    reply = anna.get(ITEMS)
    assert (reply.status, reply.error_ids) == (401, [1001])


def test_access_tokens_expire_by_themselves(anna: SellerClient, control: SandboxControl) -> None:
    control.settings(access_token_lifetime=0)
    anna.sign_in()
    assert anna.get(ITEMS).status == 401


def test_a_call_without_a_token_is_told_so(anna: SellerClient) -> None:
    reply = anna.send("GET", ITEMS, b"", {})
    assert (reply.status, reply.error_ids) == (400, [1002])


def test_a_revoked_seller_gets_invalid_grant_until_they_consent_again(
    anna: SellerClient, control: SandboxControl
) -> None:
    control.revoke("anna")
    refused = anna.sign_in()
    assert (refused.status, refused.body["error"]) == (400, "invalid_grant")

    anna.seller = control.consent("anna")
    assert anna.sign_in().status == 200


def test_wrong_client_credentials_are_invalid_client(anna: SellerClient) -> None:
    anna.seller["client_secret"] = "wrong"
    reply = anna.sign_in()
    assert (reply.status, reply.body["error"]) == (401, "invalid_client")


def test_unreadable_client_credentials_are_invalid_client(anna: SellerClient) -> None:
    for header in ("Basic é", "Basic ====", "Bearer x", ""):
        reply = anna.send("POST", TOKEN, b"grant_type=%ff", {"Authorization": header})
        assert (reply.status, reply.body["error"]) == (401, "invalid_client")


def test_a_token_without_the_scope_is_denied(anna: SellerClient) -> None:
    anna.sign_in("https://api.ebay.com/oauth/api_scope/sell.account")
    reply = anna.get(ITEMS)
    assert (reply.status, reply.error_ids) == (403, [1100])


def test_a_scope_that_was_never_granted_is_invalid(anna: SellerClient) -> None:
    reply = anna.sign_in("https://api.ebay.com/oauth/api_scope/sell.marketing")
    assert (reply.status, reply.body["error"]) == (400, "invalid_scope")


def test_making_a_seller_again_gives_the_same_answer(
    new_seller: NewSeller, control: SandboxControl
) -> None:
    assert new_seller("anna").seller == control.seller("anna")


def test_secrets_are_never_in_the_log(anna: SellerClient, control: SandboxControl) -> None:
    anna.get(ITEMS, access_token=anna.token)
    log = str(control.requests())
    for secret in (anna.token, anna.seller["refresh_token"], anna.seller["client_secret"]):
        assert secret not in log


def test_the_api_port_has_no_control_routes(anna: SellerClient) -> None:
    for path in ("/effects", "/health", "/sellers", "/faults", "/reset"):
        reply = anna.get(path)
        assert (reply.status, reply.error_ids) == (404, [2002])


def test_sellers_do_not_see_each_other(new_seller: NewSeller) -> None:
    anna, bob = new_seller("anna"), new_seller("bob")
    offer_id, _ = anna.publish_product("A1", "https://shop.example/a.jpg")

    assert bob.get(f"{ITEMS}/A1").status == 404
    assert bob.get(f"{INVENTORY}/offer/{offer_id}").status == 404
    assert bob.publish(offer_id).status == 404
    stolen = dataclasses.replace(bob, token=anna.token)
    assert stolen.get(f"{ITEMS}/A1").status == 200
