"""The words of an eBay account's settings."""

from __future__ import annotations

from django.utils.functional import Promise

from marketplaces.connecting import Choice, Table
from marketplaces.ebay.conditions import CONDITIONS
from marketplaces.ebay.connector import EbayConnector


def test_every_condition_of_ebay_is_offered_by_a_name_that_can_be_translated() -> None:
    fields = [each for each in EbayConnector.fields if isinstance(each, Choice | Table)]
    offered = [each.options for each in fields if each.name in {"condition", "conditions"}]
    assert len(offered) == 2
    for options in offered:
        assert {code for code, _name in options} == CONDITIONS
        assert all(isinstance(name, Promise) for _code, name in options)
