"""What a person may give as the id of something at a marketplace."""

from __future__ import annotations

import pytest

from tasks import handlers
from tasks.handlers import Step, StepKind

SENT_ONCE = [
    pytest.param(step, id=f"{place}-{action}-{step.name}")
    for marketplace in ("ebay", "etsy")
    for place, action in handlers.registered()
    if place == marketplace
    for step in handlers.handler_for(place, action).steps.values()
    if step.kind is StepKind.CREATING
]


@pytest.mark.parametrize("step", SENT_ONCE)
@pytest.mark.parametrize(
    ("given", "fits"),
    [
        ("110550000001", True),
        ("🙈<script>", False),
        ("https://www.ebay.fr/itm/110550000001", False),
        ("\u0661\u0661\u0660", False),
        ("110 550", False),
        ("", False),
    ],
)
def test_ids_of_ebay_and_etsy_are_digits(step: Step, given: str, fits: bool) -> None:
    assert step.id_form is not None
    assert step.id_form.fits(given) is fits
    assert "digits" in step.id_form.hint
