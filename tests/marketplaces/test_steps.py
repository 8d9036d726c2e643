"""What the steps of all handlers declare, for who tells beforehand what a job will do."""

from __future__ import annotations

import inspect

from tasks import handlers
from tasks.handlers import StepKind


def test_a_step_that_can_append_tasks_says_so() -> None:
    """Its preview would tell that nothing follows."""
    wrong = [
        f"{marketplace} {action}: {step.name}"
        for marketplace, action in handlers.registered()
        for handler in [handlers.handler_for(marketplace, action)]
        for step in handler.steps.values()
        if step.appends != _can_append(getattr(handler, step.name))
    ]
    assert wrong == []


def test_a_step_on_our_own_tables_declares_no_calls() -> None:
    wrong = [
        f"{marketplace} {action}: {step.name}"
        for marketplace, action in handlers.registered()
        for step in handlers.handler_for(marketplace, action).steps.values()
        if step.kind is StepKind.ATOMIC and step.calls != handlers.ONE_CALL
    ]
    assert wrong == []


def test_every_marketplace_lives_through_its_calls() -> None:
    """`told_calls.Life` holds what is told of each action against the requests that arrive."""
    ours = {
        marketplace
        for marketplace, action in handlers.registered()
        if not handlers.handler_for(marketplace, action).__module__.startswith("tests.")
    }
    assert ours == {"ebay", "etsy", "vinted"}


def _can_append(method: object) -> bool:
    assert callable(method)
    return "Appended" in str(inspect.signature(method).return_annotation)
