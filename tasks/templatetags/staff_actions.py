"""What staff did to an object, and what a job asks them; for any page that shows the object."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django import template
from django.db.models import Model

from tasks import questions
from tasks import staff_actions as service
from tasks.action_forms import AnswerChoice
from tasks.models import MarketplaceJob
from tasks.questions import Question

register = template.Library()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with the form for its answer."""

    question: Question
    form: AnswerChoice


@register.inclusion_tag("admin/tasks/staff_actions.html")
def staff_actions(subject: Model) -> dict[str, Any]:
    """`{% staff_actions original %}`: a section; nothing when staff did nothing."""
    return {"entries": service.about(subject)}


@register.simple_tag
def question_of(job: MarketplaceJob | None) -> Asked | None:
    """`{% question_of original as asked %}`: None when there is nothing to ask."""
    question = None if job is None else questions.open_question(job)
    if question is None:
        return None
    return Asked(question, AnswerChoice(initial={"task": question.task.pk}))
