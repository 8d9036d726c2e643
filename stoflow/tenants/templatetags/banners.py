"""`{% banners %}`: what stands above every page of the admin while something is wrong."""

from __future__ import annotations

from django import template
from django.template import Context

from stoflow.tenants.banners import TEMPLATE, context_of

register = template.Library()


@register.inclusion_tag(TEMPLATE, takes_context=True)
def banners(context: Context) -> dict[str, object]:
    return context_of(context["request"])
