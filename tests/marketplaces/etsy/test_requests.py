"""What our requests to Etsy have beyond what its document says; that is `tests.official`'s."""

from __future__ import annotations

import pytest

from marketplaces.etsy import answers, inventory
from marketplaces.etsy.account_settings import WHO_MADE
from marketplaces.etsy.eras import eras
from marketplaces.etsy.inventory import Change
from tests.marketplaces.etsy.every_call import CALLS, DRAFT, INVENTORY, SHOWN_INVENTORY
from tests.official.documents import ETSY, requires_documents
from tests.official.exchanges import Sent
from tests.official.forms import FORM, fields
from tests.official.judge import patched
from tests.official.operations import operation_of
from tests.official.wire import captured, sent_by


@pytest.mark.parametrize("call", CALLS)
def test_a_request_is_signed_for_the_application_and_for_the_seller(call: str) -> None:
    headers = sent_by("etsy", call).headers
    assert headers["x-api-key"] == "a-keystring:a-secret"
    assert headers["Authorization"] == "Bearer 5000.a-token"


def test_lists_are_joined_by_commas_and_left_out_when_empty() -> None:
    (sent,) = captured("etsy", lambda etsy: etsy.client.create_draft(DRAFT | {"materials": []}))
    form = fields(sent.content)
    assert form["tags"] == "linen,summer"
    assert "materials" not in form
    assert form["is_supply"] == "false"


def test_the_inventory_keeps_what_the_seller_has_set() -> None:
    (product,) = INVENTORY["products"]
    assert product["sku"] == "t1zp7"
    assert product["property_values"] == [
        {
            "property_id": 200,
            "property_name": "Primary color",
            "value_ids": [1],
            "values": ["Black"],
        }
    ]
    (offering,) = product["offerings"]
    assert (offering["price"], offering["quantity"]) == (25.0, 3)
    assert inventory.changed(SHOWN_INVENTORY, Change("old", price="19.90", quantity=3)) is None


@requires_documents
def test_our_lists_are_the_documents_own() -> None:
    draft, update = sent_by("etsy", "create_draft"), sent_by("etsy", "update_listing: texts")
    known = _words(draft, "when_made")
    year = max(int(era[5:]) for era in known if era[:4].isdecimal() and len(era) == 9)
    assert list(eras(year)) == known
    assert list(WHO_MADE) == _words(draft, "who_made")
    assert set(_words(update, "state")) == {answers.ACTIVE, answers.INACTIVE}


def _words(sent: Sent, name: str) -> list[str]:
    """That a field of the form may have."""
    field = operation_of(sent, patched(ETSY)).content(FORM)["properties"][name]
    return [word for word in field["enum"] if word is not None]
