"""What counts as one cause, told by messages as they occur."""

from __future__ import annotations

import itertools
import time

import pytest

from marketplaces.ebay.errors import EbayError
from marketplaces.ebay.validation import NotFitForEbayError
from marketplaces.product_faults import Fault
from tasks.cause_keys import LONGEST_PATTERN, key_of, pattern_of


def refused(doing: str, message: str, number: int, **values: str) -> str:
    """As `marketplaces.ebay.errors` words a refusal."""
    return f"eBay refused to {doing}: {EbayError(number, 'REQUEST', message, values).sentence}."


def unfit(*sentences: str) -> str:
    return NotFitForEbayError([Fault("any", sentence) for sentence in sentences]).message


def small(photo: int, width: int, height: int) -> str:
    return f"photo {photo} is smaller than 500 px on its longest side ({width} x {height})"


ONE_CAUSE = {
    "a category's number": (
        refused("create the offer", "The category 9355 is not allowed for this item.", 25005),
        refused("create the offer", "The category 11450 is not allowed for this item.", 25005),
    ),
    "an SKU, in the sentence and as eBay's parameter": (
        refused("save the item", "SKU zpt1zp17 could not be found.", 25702, sku="zpt1zp17"),
        refused("save the item", "SKU zpt1zp4211 could not be found.", 25702, sku="zpt1zp4211"),
        refused("save the item", "SKU TOY-RED-HAT could not be found.", 25702, sku="TOY-RED-HAT"),
    ),
    "money and dates": (
        "The limit of €1,250.00 is reached until Wed, 01 Oct 2025 07:00:00 GMT.",
        "The limit of €900.50 is reached until Thu, 13 Nov 2025 19:30:00 GMT.",
    ),
    "moments as programs write them": (
        "Nothing was sent after 2026-03-01T12:30:00Z.",
        "Nothing was sent after 2026-11-17 08:00:01.125.",
    ),
    "links": (
        "Could not read https://cdn.example.org/a/1.jpg?size=10: it is gone",
        "Could not read https://img.example.com/b/next.png: it is gone",
    ),
    "which photos are bad, how bad, and how many of them": (
        unfit(small(1, 300, 400)),
        unfit(small(2, 120, 90)),
        unfit(small(1, 300, 400), small(4, 30, 40), small(5, 1, 1)),
    ),
    "how long a title is": (
        unfit("the title has 93 characters, eBay takes 80"),
        unfit("the title has 121 characters, eBay takes 80"),
    ),
    "a value in quotes": (
        unfit("no eBay category is set for the product type “Hats”, and there is no default"),
        unfit(
            "no eBay category is set for the product type “Robes d'été”, and there is no default"
        ),
    ),
    "a worker's name": (
        "The worker shop-1:4711 vanished in the middle of the task.",
        "The worker shop-2:93 vanished in the middle of the task.",
    ),
    "a place in memory": (
        "<Toy object at 0x7f3a1c> is broken",
        "<Toy object at 0x55d0fe> is broken",
    ),
    "a file": ("File /media/t1/a/red-hat.jpg is empty", "File /media/t1/b7/mug.png is empty"),
    "an address": ("mia@example.org may not sell", "sam.b@shop.example.com may not sell"),
}
APART = {
    "eBay's number": (
        refused("create the offer", "A user error has occurred.", 25002),
        refused("create the offer", "A user error has occurred.", 25001),
    ),
    "eBay's words": (
        refused("create the offer", "The price is missing.", 25002),
        refused("create the offer", "The stock is missing.", 25002),
    ),
    "what was to be done": (
        refused("create the offer", "The price is missing.", 25003),
        refused("publish the offer", "The price is missing.", 25003),
    ),
    "the status of an answer": (
        "eBay failed when asked to publish the offer: status 503.",
        "eBay failed when asked to publish the offer: status 500.",
    ),
    "the system's number of an error": ("[Errno 111] refused", "[Errno 113] refused"),
    "one fault more": (
        unfit("there is no photo"),
        unfit("there is no photo", "the title is empty"),
        unfit("the title is empty"),
    ),
    "a currency": ("the price is in USD, EBAY_FR sells in EUR", "the price is in GBP, EBAY_FR sells in EUR"),
    "the toy market's sentences": (
        "The toy market is busy.",
        "The toy market refuses this.",
        "The toy market did not answer.",
        "Too many toys.",
    ),
}  # fmt: skip


def key(message: str, error_class: str = "PermanentError", **told: str) -> str:
    known = {"marketplace": "ebay", "action": "publish", "step": "create"} | told
    return key_of(**known, error_class=error_class, message=message)


@pytest.mark.parametrize("messages", ONE_CAUSE.values(), ids=ONE_CAUSE)
def test_what_differs_from_product_to_product_is_left_out(messages: tuple[str, ...]) -> None:
    assert len({key(message) for message in messages}) == 1


@pytest.mark.parametrize("messages", APART.values(), ids=APART)
def test_different_things_to_put_right_stay_apart(messages: tuple[str, ...]) -> None:
    assert len({key(message) for message in messages}) == len(messages)


@pytest.mark.parametrize(
    ("one", "other", "together"),
    [
        (KeyError("offer"), KeyError("price"), False),
        (KeyError("MUG-12"), KeyError("HAT-7"), True),
        (KeyError(17), KeyError(18), True),
        (ValueError("invalid literal for int() with base 10: 'abc'"),
         ValueError("invalid literal for int() with base 10: 'x y'"), True),
        (AttributeError("'NoneType' object has no attribute 'offer_id'"),
         AttributeError("'NoneType' object has no attribute 'url'"), False),
        (TypeError("f() missing 1 required argument: 'a'"),
         TypeError("f() missing 1 required argument: 'b'"), False),
        (ZeroDivisionError("division by zero"), OverflowError("division by zero"), False),
    ],
)  # fmt: skip
def test_faults_of_the_program_are_told_apart_by_the_names_in_them(
    one: Exception, other: Exception, together: bool
) -> None:
    keys = {key(str(each), type(each).__name__) for each in (one, other)}
    assert (len(keys) == 1) is together


def test_a_violated_constraint_is_told_apart_by_its_name_and_not_by_the_row() -> None:
    def violated(name: str, row: int) -> str:
        return (
            f'duplicate key value violates unique constraint "{name}"\n'
            f"DETAIL:  Key (account_id, product_id)=({row}, 17) already exists."
        )

    keys = [key(violated(*told), "IntegrityError") for told in (("a", 1), ("a", 22), ("b", 1))]
    assert keys[0] == keys[1] != keys[2]


def test_marketplace_action_step_and_class_of_error_tell_causes_apart() -> None:
    told = [{}, {"marketplace": "etsy"}, {"action": "update"}, {"step": "publish"}]
    keys = [key("It failed.", **each) for each in told] + [key("It failed.", "OtherError")]
    assert all(one != other for one, other in itertools.combinations(keys, 2))


def test_a_key_is_the_same_in_every_run_of_the_program() -> None:
    assert key("It failed 3 times.") == "add69357dea0890cf64fdb23ec8a77db"


def test_a_pattern_reads_as_the_message_does() -> None:
    message = refused("save the item", "SKU zpt1zp17 could not be found.", 25702)
    assert pattern_of(message) == (
        "eBay refused to save the item: SKU … could not be found (eBay's number 25702)"
    )
    assert pattern_of(unfit(small(1, 3, 4), small(2, 5, 6), "there is no photo")) == (
        "The product cannot go to eBay: photo … is smaller than … px on its longest side (…); "
        "there is no photo"
    )


@pytest.mark.parametrize("message", ["", " ", "17", "…", ".", "“x”"])
def test_a_message_that_says_nothing_has_a_pattern_all_the_same(message: str) -> None:
    assert pattern_of(message)


@pytest.mark.parametrize(
    "text",
    ["a" * 9000, "1" * 9000, "/a" * 4500, "“" * 9000, "'a " * 3000, "a-" * 4500, "A-" * 4500,
     "x" * 63 + "@" * 9000, "http://" * 1300, ". " * 4500, "a.b" * 3000, "… , " * 2000, "\x00" * 9000],
)  # fmt: skip
def test_no_message_takes_long_or_makes_a_long_pattern(text: str) -> None:
    began = time.process_time()
    assert len(pattern_of(text)) <= LONGEST_PATTERN
    assert time.process_time() - began < 1
