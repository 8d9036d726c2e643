"""What we ask of the vendors' OAuth: RFC 6749, RFC 7636, and what the documents say of their flows.

No document describes the token endpoint itself.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from urllib.parse import parse_qsl, urlsplit

import pytest
from django.conf import settings

from marketplaces import grants, http
from marketplaces.connecting import Connector
from marketplaces.ebay.connector import EbayConnector
from marketplaces.etsy.connector import EtsyConnector
from marketplaces.oauth import TokenEndpoint
from tests.marketplaces.http.loopback import LoopbackServer, answer
from tests.official.documents import (
    ACCOUNT,
    ETSY,
    FULFILLMENT,
    IDENTITY,
    INVENTORY,
    MEDIA,
    TAXONOMY,
    Api,
    Json,
    api_of,
    requires_documents,
)
from tests.official.exchanges import Sent
from tests.official.forms import FORM, media_type
from tests.official.judge import patched
from tests.official.operations import operation_of
from tests.official.wire import EVERY_CALL, sent_by

CONNECTORS: dict[str, type[Connector]] = {"ebay": EbayConnector, "etsy": EtsyConnector}
SECRETS = {"ebay": "a-secret", "etsy": ""}
"""eBay's clients are confidential; Etsy's are public ones and name themselves in the form."""
CALLBACK = "https://stoflow.example/connect"
VERIFIER = grants.new_verifier()
WHERE = {
    "inventory_url": INVENTORY,
    "account_url": ACCOUNT,
    "media_url": MEDIA,
    "fulfillment_url": FULFILLMENT,
    "taxonomy_url": TAXONOMY,
    "identity_url": IDENTITY,
}


@pytest.mark.parametrize("marketplace", SECRETS)
def test_a_renewal_is_as_rfc_6749_section_6_has_it(marketplace: str) -> None:
    with LoopbackServer(answer(200)) as server:
        http.send(_endpoint(server, marketplace).renewal("a-refresh-token", "an account"))
    sent = Sent.read(server.requests[0])
    form = {"grant_type": "refresh_token", "refresh_token": "a-refresh-token"}
    _check_token_request(sent, form, marketplace)


@pytest.mark.parametrize(
    ("marketplace", "verifier"), [("ebay", ""), ("etsy", VERIFIER)], ids=["ebay", "etsy"]
)
def test_an_exchange_is_as_rfc_6749_section_4_1_3_has_it(marketplace: str, verifier: str) -> None:
    with LoopbackServer(answer(200)) as server:
        exchange = _endpoint(server, marketplace).exchange(
            "a+code/=", redirect_uri=CALLBACK, verifier=verifier, account="an account"
        )
        http.send(exchange)
    sent = Sent.read(server.requests[0])
    form = {"grant_type": "authorization_code", "code": "a+code/=", "redirect_uri": CALLBACK}
    proof = {"code_verifier": verifier} if verifier else {}
    _check_token_request(sent, form | proof, marketplace)


def test_a_consent_is_asked_for_as_rfc_6749_section_4_1_1_has_it() -> None:
    address = grants.consent_address(
        "https://vendor.example/consent",
        client_id="a-client",
        redirect_uri=CALLBACK,
        scopes=("listings_r", "listings_w"),
        state="a-state",
        verifier=VERIFIER,
    )
    digest = hashlib.sha256(VERIFIER.encode()).digest()
    assert _each_once(urlsplit(address).query) == {
        "response_type": "code",
        "client_id": "a-client",
        "redirect_uri": CALLBACK,
        "scope": "listings_r listings_w",
        "state": "a-state",
        "code_challenge": base64.urlsafe_b64encode(digest).rstrip(b"=").decode(),
        "code_challenge_method": "S256",
    }


def test_a_verifier_is_as_rfc_7636_section_4_1_has_it() -> None:
    assert re.fullmatch(r"[A-Za-z0-9._~-]{43,128}", VERIFIER)
    assert grants.new_verifier() != VERIFIER


@requires_documents
def test_sellers_consent_and_tokens_are_given_out_where_the_documents_say() -> None:
    flow = _consent_flow(INVENTORY, "api_auth")
    assert settings.EBAY["consent_url"] == flow["authorizationUrl"]
    assert f"{settings.EBAY['oauth_url']}/token" == flow["tokenUrl"]
    flow = _consent_flow(ETSY, "oauth2")
    assert settings.ETSY["consent_url"] == flow["authorizationUrl"]
    assert f"{settings.ETSY['oauth_url']}/token" == flow["tokenUrl"]


@requires_documents
def test_calls_go_where_the_documents_say() -> None:
    for name, api in WHERE.items():
        servers = {each["url"] for each in api.as_published()["servers"]}
        assert settings.EBAY[name].replace(api.base, "{basePath}") in servers
    assert settings.ETSY["api_url"] in {each["url"] for each in ETSY.as_published()["servers"]}


@requires_documents
def test_every_scope_that_we_ask_for_is_in_the_documents() -> None:
    of_ebay = {scope for api in WHERE.values() for scope in _scopes(api, "api_auth")}
    assert set(EbayConnector.scopes) <= of_ebay
    assert set(EtsyConnector.scopes) <= _scopes(ETSY, "oauth2")


@requires_documents
@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_our_scopes_are_enough_for_every_call(marketplace: str, call: str) -> None:
    sent = sent_by(marketplace, call)
    operation = operation_of(sent, patched(api_of(urlsplit(sent.target).path)))
    asked = set(CONNECTORS[marketplace].scopes)
    for requirement in operation.definition.get("security", []):
        for scopes in map(set, requirement.values()):
            # Any of eBay's is enough, of Etsy's all are needed.
            assert not scopes or (scopes & asked if marketplace == "ebay" else scopes <= asked)


def _endpoint(server: LoopbackServer, marketplace: str) -> TokenEndpoint:
    return TokenEndpoint(server.url("/token"), "a-client", SECRETS[marketplace])


def _check_token_request(sent: Sent, form: dict[str, str], marketplace: str) -> None:
    """RFC 6749, sections 3.2 and 2.3.1: a form by POST, nothing in it twice; who the client is."""
    assert (sent.method, sent.target) == ("POST", "/token")
    assert media_type(sent.content_type) == FORM
    pair = base64.b64encode(b"a-client:a-secret").decode()
    is_secret = bool(SECRETS[marketplace])
    assert sent.headers.get("Authorization") == (f"Basic {pair}" if is_secret else None)
    named = {} if is_secret else {"client_id": "a-client"}
    assert _each_once(sent.content.decode()) == form | named


def _each_once(text: str) -> dict[str, str]:
    found = parse_qsl(text, keep_blank_values=True)
    assert set(Counter(name for name, _ in found).values()) == {1}
    return dict(found)


def _consent_flow(api: Api, scheme: str) -> Json:
    flow: Json = _flows(api, scheme)["authorizationCode"]
    return flow


def _scopes(api: Api, scheme: str) -> set[str]:
    return {scope for flow in _flows(api, scheme).values() for scope in flow["scopes"]}


def _flows(api: Api, scheme: str) -> Json:
    flows: Json = api.as_published()["components"]["securitySchemes"][scheme]["flows"]
    return flows
