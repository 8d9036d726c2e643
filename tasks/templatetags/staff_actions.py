"""`{% staff_actions original %}`: what staff did to an object, as a section of its page."""

from __future__ import annotations

from typing import Any

from django import template
from django.db.models import Model

from tasks import staff_actions as service

register = template.Library()


@register.inclusion_tag("admin/tasks/staff_actions.html")
def staff_actions(subject: Model) -> dict[str, Any]:
    """Nothing is shown when staff did nothing."""
    return {"entries": service.about(subject)}
