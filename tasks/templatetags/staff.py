"""What the templates of the staff's pages share."""

from __future__ import annotations

from django import template

from tasks import moments

register = template.Library()
register.filter("moment", moments.moment)
