"""manage.py run_workers, as far as it does not run: the workers have tests of their own."""

from __future__ import annotations

import pytest

from tests.tasks.commands.conftest import Operator


@pytest.mark.parametrize("number", ["0", "-1"])
def test_a_wrong_number_of_workers_gets_one_sentence_and_exit_code_2(
    operator: Operator, number: str
) -> None:
    said = operator.run("run_workers", "--workers", number)
    assert said.code == 2
    assert "--workers" in said.text
    assert len(said.text.strip().splitlines()) == 1
