"""No patch of a vendor's document that is not needed.

Each has a witness: something right that the document without the patch refuses (or cannot even be
opened for), or something wrong that it lets pass.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace

import pytest

from tests.official import patches
from tests.official.documents import requires_documents
from tests.official.exchanges import Answered, Sent
from tests.official.judge import RefusedError, check_answer, check_request
from tests.official.patches import PATCHES, Patch
from tests.official.wire import sent_by

pytestmark = requires_documents

EBAY_TOKEN = {"Authorization": "Bearer a-token"}
ETSY_TOKEN = EBAY_TOKEN | {"x-api-key": "a-keystring:a-secret"}


@dataclass(frozen=True)
class Witness:
    sent: Sent
    answered: Answered | None = None
    """None: the request is what is judged."""
    is_right: bool = True

    def passes(self, *, without: Patch | None = None) -> bool:
        try:
            self._check(without)
        except RefusedError:
            return False
        return True

    def _check(self, without: Patch | None) -> None:
        if self.answered is None:
            check_request(self.sent, without=without)
        else:
            check_answer(self.sent, self.answered, without=without)


def asked(target: str) -> Sent:
    return Sent("GET", target, ETSY_TOKEN if target.startswith("/v3") else EBAY_TOKEN)


def answered(status: int, body: object) -> Answered:
    return Answered(status, {"Content-Type": "application/json"}, json.dumps(body).encode())


OFFER_EXISTS = {"errors": [{"errorId": 25002, "message": "Offer entity already exists."}]}
TOO_LARGE = {"errors": [{"errorId": 190201, "message": "The image is too large."}]}
A_USER = {
    "userId": "3",
    "username": "anna",
    "status": "CONFIRMED",
    "accountType": "BUSINESS",
    "registrationMarketplaceId": "EBAY_FR",
}
PROBLEM = [{"path": "title", "type": "min", "message": "title must not be empty"}]
EXPIRED = {"error": "invalid_token", "error_description": "access token is expired"}
PRICES = Sent("POST", "/sell/inventory/v1/bulk_update_price_quantity", EBAY_TOKEN)
LISTING = asked("/v3/application/listings/1")
ME = asked("/v3/application/users/me")
TOKEN = Sent("POST", "/v3/application/scopes", ETSY_TOKEN)


def misworded() -> Sent:
    right = sent_by("ebay", "put_inventory_item")
    return replace(right, content=right.content.replace(b"NEW", b"BROKEN"))


def witnesses() -> dict[Patch, Witness]:
    return {
        patches.ERRORS: Witness(sent_by("ebay", "upload_image_file"), answered(400, TOO_LARGE)),
        patches.ENUMS: Witness(sent_by("ebay", "user"), answered(200, A_USER)),
        patches.ASPECTS: Witness(sent_by("ebay", "put_inventory_item")),
        patches.NUMBERS: Witness(sent_by("ebay", "create_offer"), answered(400, OFFER_EXISTS)),
        patches.PARTS: Witness(PRICES, answered(207, {"responses": "none"}), is_right=False),
        patches.WORDS: Witness(misworded(), is_right=False),
        patches.UPLOAD: Witness(sent_by("ebay", "upload_image_file")),
        patches.DESCRIPTION: Witness(sent_by("ebay", "policies: return")),
        patches.LISTS: Witness(sent_by("etsy", "update_listing: images")),
        patches.NULLABLE_ENUMS: Witness(LISTING, answered(200, {"who_made": None})),
        patches.DEFAULTS: Witness(LISTING),
        patches.FAILURES: Witness(ME, answered(429, {"error": "Exceeded limit"})),
        patches.PROBLEMS: Witness(sent_by("etsy", "create_draft"), answered(400, PROBLEM)),
        patches.DESCRIBED_FAILURES: Witness(ME, answered(401, EXPIRED)),
        patches.STATES: Witness(LISTING, answered(200, {"state": "edit"})),
        patches.SCOPES: Witness(TOKEN, answered(200, ["listings_r", "listings_w"])),
    }


@pytest.mark.parametrize("patch", PATCHES, ids=str)
def test_each_patch_is_needed(patch: Patch) -> None:
    witness = witnesses()[patch]
    assert witness.passes() == witness.is_right
    assert witness.passes(without=patch) != witness.is_right


@pytest.mark.parametrize("patch", PATCHES, ids=str)
def test_each_patch_changes_every_document_that_it_is_for(patch: Patch) -> None:
    for api in patch.apis:
        mended = api.as_published()
        patch.apply(mended)
        assert mended != api.as_published(), api.name


def test_each_patch_has_evidence() -> None:
    assert all(len(patch.evidence) > 40 for patch in PATCHES)
    assert len({patch.name for patch in PATCHES}) == len(PATCHES)
