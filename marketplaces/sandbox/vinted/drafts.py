"""Drafts: private until they are completed, which checks the body that is sent then."""

from typing import Any

from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import bodies, item_rules, items
from marketplaces.sandbox.vinted.errors import refusal

Json = dict[str, Any]


def create(state: State, call: Call) -> Answer:
    given = bodies.content(call, "draft")
    draft = items.new(state, call.seller)
    problems = item_rules.limits(given)
    bodies.write(state, draft, given, photos_in="assigned_photos", problems=problems, least=0)
    items.save(state, draft)
    shown = items.in_form(state, draft)
    return Answer(status=200, body={"draft": shown, "code": 0}, effect=True)


def complete(state: State, call: Call) -> Answer:
    """Put it on sale. `photos` is what it reads; `assigned_photos` it passes over."""
    draft = _draft(state, call)
    given = bodies.content(call, "draft")
    if given.get("id") != draft["id"]:
        raise refusal(400, "The draft's id is not that of the address")
    problems = item_rules.whole(given)
    bodies.write(state, draft, given, photos_in="photos", problems=problems, least=1)
    draft |= {"is_draft": False, "created": state.now()}
    items.save(state, draft)
    shown = items.in_form(state, draft)
    return Answer(status=200, body={"item": shown, "code": 0}, effect=True)


def discard(state: State, call: Call) -> Answer:
    draft = _draft(state, call)
    draft["is_deleted"] = True
    items.save(state, draft)
    return Answer(status=200, body={"code": 0, "message": "Ok"}, effect=True)


def _draft(state: State, call: Call) -> Json:
    draft = items.owned(state, call)
    if not draft["is_draft"]:
        raise refusal(404)
    return draft
