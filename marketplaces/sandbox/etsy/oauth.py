"""The token endpoint, `POST /v3/public/oauth/token`, and what a token is good for.

Texts of errors: open-api#519 (expired, revoked); the others are OAuth's, unconfirmed.
"""

import base64
import hashlib
import hmac
from urllib.parse import parse_qs

from marketplaces.sandbox.etsy import consent, sellers, tokens
from marketplaces.sandbox.etsy.errors import oauth_answer, oauth_refusal, refusal, stamped
from marketplaces.sandbox.messages import Answer, Call, RefusedError
from marketplaces.sandbox.state import State

FORM = "application/x-www-form-urlencoded"


def issue_token(state: State, call: Call) -> Answer:
    try:
        return stamped(_issue(state, call))
    except RefusedError as refused:
        raise RefusedError(stamped(refused.answer)) from None


def scopes_of_token(state: State, call: Call) -> Answer:
    """POST /v3/application/scopes."""
    found = tokens.holder(state, _form(call).get("token", ""))
    if found is None or found[1]["expires_at"] <= state.now():
        raise refusal(401)
    return Answer(status=200, body=found[1]["scopes"])


def _issue(state: State, call: Call) -> Answer:
    form = _form(call)
    if form.get("client_id") != sellers.application(state)["keystring"]:
        raise oauth_refusal(401, "invalid_client", "client_id is not valid")
    match form.get("grant_type"):
        case "refresh_token":
            return _refresh(state, call, form)
        case "authorization_code":
            return _exchange(state, call, form)
    raise oauth_refusal(400, "unsupported_grant_type", "grant_type is not supported")


def _refresh(state: State, call: Call, form: dict[str, str]) -> Answer:
    used = tokens.use_up(state, form.get("refresh_token", ""))
    if used is None:
        raise oauth_refusal(400, "invalid_grant", "refresh_token is revoked")
    call.seller, scopes = used
    return tokens.issue(state, call.seller, scopes)


def _exchange(state: State, call: Call, form: dict[str, str]) -> Answer:
    given = consent.use_up(state, form.get("code", ""))
    if given is None:
        raise oauth_refusal(400, "invalid_grant", "code is invalid, expired or already used")
    call.seller = given["username"]
    # From here on the code is gone, whatever the answer: whoever guesses has one try.
    if form.get("redirect_uri") != given["redirect_uri"]:
        return oauth_answer(400, "invalid_grant", "redirect_uri differs from that of the request")
    if not _proves(form.get("code_verifier", ""), given["code_challenge"]):
        return oauth_answer(400, "invalid_grant", "code_verifier does not match code_challenge")
    return tokens.issue(state, call.seller, given["scopes"])


def _proves(verifier: str, challenge: str) -> bool:
    """PKCE with S256 (RFC 7636)."""
    digest = hashlib.sha256(verifier.encode()).digest()
    expected = base64.urlsafe_b64encode(digest).rstrip(b"=")
    return hmac.compare_digest(expected, challenge.encode())


def _form(call: Call) -> dict[str, str]:
    if call.content_type != FORM:
        raise oauth_refusal(400, "invalid_request", f"Content-Type must be {FORM}")
    pairs = parse_qs(call.body.decode(errors="replace"))
    return {name: values[-1] for name, values in pairs.items()}
