"""The documents that Vinted is sent: the item with its photos, in the wrapping of each request. Pure.

A draft is made with `assigned_photos` and completed with `photos`; completion reads what is sent
then, not what the draft has. `push_up` would be a bump that the seller pays for.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

Json = dict[str, Any]


def draft(item: Json, photo_ids: Sequence[str], session: str) -> Json:
    """`session`: the UUID that the photos were uploaded with."""
    filled = item | {"id": None, "temp_uuid": session, "assigned_photos": _photos(photo_ids)}
    return {"draft": filled, **_rest(session)}


def completion(item: Json, draft_id: str, photo_ids: Sequence[str], session: str) -> Json:
    filled = item | {"id": int(draft_id), "temp_uuid": session, "photos": _photos(photo_ids)}
    return {"draft": filled, "push_up": False, **_rest(session)}


def update(item: Json, item_id: str, photo_ids: Sequence[str], session: str) -> Json:
    photos = {"assigned_photos": _photos(photo_ids)}
    filled = item | {"id": int(item_id), "temp_uuid": session, **photos}
    return {"item": filled, "push_up": False, **_rest(session)}


def _photos(photo_ids: Sequence[str]) -> list[Json]:
    return [{"id": int(each), "orientation": 0} for each in photo_ids]


def _rest(session: str) -> Json:
    return {"feedback_id": None, "parcel": None, "upload_session_id": session}
