"""The judge refuses what is wrong, so that its yes means something."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.official.documents import requires_documents
from tests.official.exchanges import Sent
from tests.official.forms import FORM, MULTIPART, fields, form, media_type, multipart, parts
from tests.official.judge import RefusedError, check_request
from tests.official.mutations import excused, mutants
from tests.official.wire import EVERY_CALL, sent_by

pytestmark = requires_documents


@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_each_mistake_in_a_request_is_refused(marketplace: str, call: str) -> None:
    passed = {each.mistake for each in mutants(sent_by(marketplace, call)) if _passes(each.sent)}
    assert passed == excused(marketplace, call)


@pytest.mark.parametrize(("marketplace", "call"), EVERY_CALL)
def test_a_request_survives_being_taken_apart(marketplace: str, call: str) -> None:
    """Otherwise mutants would be refused for how they are made, not for their mistake."""
    sent = sent_by(marketplace, call)
    kind = media_type(sent.content_type)
    if kind == FORM:
        sent = replace(sent, content=form(fields(sent.content)))
    elif kind == MULTIPART:
        pieces = parts(sent.content, sent.content_type)
        sent = replace(sent, content=multipart(pieces.values(), sent.content_type))
    check_request(sent)


def _passes(sent: Sent) -> bool:
    try:
        check_request(sent)
    except RefusedError:
        return False
    return True
