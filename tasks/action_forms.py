"""What a preview page sends back once a person has confirmed it."""

from __future__ import annotations

from typing import Any, Self
from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from tasks import actions
from tasks.models import MarketplaceTask
from tasks.sentences import translated

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


class AnswerChoice(forms.Form):
    """“It exists: this id”, or “it does not exist”; of a deciding step, yes or no."""

    task = forms.IntegerField(min_value=1, max_value=2**63 - 1, widget=forms.HiddenInput)
    exists = forms.TypedChoiceField(
        choices=[("yes", _("It exists")), ("no", _("It does not exist"))],
        coerce=lambda value: value == "yes",
        error_messages={"required": _("Choose whether it exists or not.")},
        widget=forms.HiddenInput,
    )
    external_id = forms.CharField(required=False, max_length=100, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        tasks = MarketplaceTask.objects.filter(pk=cleaned.get("task") or 0)
        task = tasks.select_related("job").defer("payload", "job__payload", "job__result").first()
        if task is not None and not self.errors:
            said = {"exists": cleaned["exists"], "external_id": cleaned["external_id"]}
            if fault := actions.answer_fault(task, **said):
                self.add_error("external_id", translated(fault))
        return cleaned


class AnswerForm(AnswerChoice, ConfirmForm):
    """The same, confirmed."""
