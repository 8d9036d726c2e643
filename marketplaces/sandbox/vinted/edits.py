"""One item: the edit form's read and write, hiding and showing, deleting."""

from typing import Any

from marketplaces.sandbox.messages import Answer, Call
from marketplaces.sandbox.state import State
from marketplaces.sandbox.vinted import bodies, item_rules, items
from marketplaces.sandbox.vinted.errors import refusal
from marketplaces.sandbox.vinted.settings import settings_of

Json = dict[str, Any]


def read(state: State, call: Call) -> Answer:
    """The owner's. That it can't be edited says nothing of why."""
    item = items.seen(state, call.params["item_id"])
    if item is None or item["seller"] != call.seller:
        raise refusal(404)
    _check_editable(item)
    if item["is_draft"] and not settings_of(state).drafts_can_be_read:
        raise refusal(404)
    call.subject = item["title"]
    return Answer(status=200, body={"item": items.in_form(state, item), "code": 0})


def update(state: State, call: Call) -> Answer:
    """Replace it as a whole: what isn't sent is gone, photos included."""
    item = items.owned(state, call)
    if item["is_draft"]:
        raise refusal(404)
    _check_editable(item)
    given = bodies.content(call, "item")
    if given.get("id") != item["id"]:
        raise refusal(400, "The item's id is not that of the address")
    problems = item_rules.whole(given)
    bodies.write(state, item, given, photos_in="assigned_photos", problems=problems, least=1)
    has_changed = items.save(state, item)
    shown = items.in_form(state, item)
    return Answer(status=200, body={"item": shown, "code": 0}, effect=has_changed)


def hide_or_show(state: State, call: Call) -> Answer:
    item = items.owned(state, call)
    wanted = bodies.document(call).get("is_hidden")
    if item["is_draft"] or item["is_closed"]:
        raise refusal(404)
    if not isinstance(wanted, bool):
        raise refusal(400, "is_hidden is true or false")
    item["is_hidden"] = wanted
    has_changed = items.save(state, item)
    shown = {"id": item["id"], "is_hidden": wanted}
    return Answer(status=200, body={"item": shown, "code": 0}, effect=has_changed)


def delete(state: State, call: Call) -> Answer:
    """For good; the second time it is not there. What was sold stays. Unconfirmed: how it says so."""
    item = items.owned(state, call)
    if item["is_draft"]:
        raise refusal(404)
    if item["is_closed"] and item["item_closing_action"] == "sold":
        raise refusal(400, "You can't delete an item that was sold")
    item["is_deleted"] = True
    items.save(state, item)
    return Answer(status=200, body={"code": 0, "message": "Ok"}, effect=True)


def _check_editable(item: Json) -> None:
    """404 for what is sold, closed or hidden, 403 for what is reserved: both were seen."""
    if item["is_closed"] or item["is_hidden"]:
        raise refusal(404)
    if item["is_reserved"]:
        raise refusal(403)
