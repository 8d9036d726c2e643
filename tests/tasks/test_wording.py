"""Our codes in the words of whoever reads them."""

from __future__ import annotations

from django.utils.translation import override

from tasks.wording import batch_name, scope_words, statuses_in_words


def test_several_statuses_are_an_alternative() -> None:
    assert statuses_in_words(["FAILED"]) == "Failed"
    assert statuses_in_words(["PENDING", "RUNNING", "FAILED"]) == "Waiting, Running or Failed"


def test_statuses_that_were_stored_in_english_are_read_in_the_readers_language() -> None:
    with override("fr"):
        wanted = statuses_in_words(["PENDING", "RUNNING"])
        assert scope_words("status: Waiting or Running").endswith(wanted)
    assert "Waiting" not in wanted


def test_what_only_looks_like_an_alternative_is_left_as_it_is() -> None:
    assert scope_words("product: Red or Running") == "product: Red or Running"


def test_a_batch_of_one_is_named_as_one() -> None:
    assert batch_name("delete", 1, "ebay") == "Delete one listing on eBay"
    assert batch_name("delete", 2, "ebay") == "Delete 2 listings on eBay"
    assert batch_name("publish", 1, "ebay") == "Publish one product on eBay"
