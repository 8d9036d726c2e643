"""What a preview page sends back once a person has confirmed it."""

from __future__ import annotations

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks import handlers
from tasks.models import MarketplaceTask

REASON_LENGTH = 500


class ConfirmForm(forms.Form):
    """The reason; the key makes the same form, sent twice, one action."""

    key = forms.UUIDField(widget=forms.HiddenInput)
    do = forms.CharField(max_length=40, widget=forms.HiddenInput)
    reason = forms.CharField(
        required=False,
        max_length=REASON_LENGTH,
        label=_("Reason"),
        help_text=_("Kept with the action; whoever reads it later knows why."),
        widget=forms.TextInput({"autofocus": True, "autocomplete": "off", "class": "sf-input"}),
    )

    @classmethod
    def fresh(cls, **initial: Any) -> Self:
        """For a page that is shown: with a key of its own."""
        return cls(initial={"key": uuid4(), **initial}, auto_id="confirm_%s")


class JobsForm(ConfirmForm):
    """Jobs as they were chosen, and the moment of the preview."""

    query = forms.CharField(required=False, strip=False, widget=forms.HiddenInput)
    upto = forms.IntegerField(min_value=0, max_value=2**63 - 1, widget=forms.HiddenInput)
    until = forms.DateTimeField(widget=forms.HiddenInput)
    expected = forms.IntegerField(
        required=False, min_value=0, max_value=10_000_000, widget=forms.HiddenInput
    )


class AnswerForm(ConfirmForm):
    """“It exists: this id”, or “it does not exist”; of a deciding step, yes or no."""

    task = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    exists = forms.TypedChoiceField(
        choices=[("yes", _("It exists")), ("no", _("It does not exist"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose whether it exists or not.")},
    )
    external_id = forms.CharField(required=False, max_length=100)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        needs_id = cleaned.get("exists") is True and not self._is_decision(cleaned.get("task"))
        if needs_id and not cleaned.get("external_id", "").strip():
            self.add_error("external_id", _("“It exists” needs the id that the marketplace shows."))
        return cleaned

    def _is_decision(self, task_id: int | None) -> bool:
        task = MarketplaceTask.objects.filter(pk=task_id or 0).select_related("job").first()
        step = task and handlers.step_of(task.job.marketplace, task.job.action, task.step)
        return bool(step and step.choice)
