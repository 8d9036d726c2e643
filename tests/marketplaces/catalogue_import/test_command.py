from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from marketplaces.models import Product
from stoflow.tenants.models import Tenant
from tasks import tenancy
from tests import databases
from tests.acceptance.processes import until
from tests.marketplaces.catalogue_import.builders import csv_text, good


@pytest.fixture
def catalogue(tmp_path: Path, storage: Path) -> Path:
    return tmp_path / "catalogue.csv"


def command(path: Path, *options: str, schema: str = "t1") -> tuple[int, str]:
    out = io.StringIO()
    try:
        call_command("import_products", str(path), "--schema", schema, *options, stdout=out)
    except CommandError as error:
        return error.returncode, f"{out.getvalue()}{error}"
    return 0, out.getvalue()


def count(tenant: Tenant) -> int:
    with tenancy.inside(tenant):
        return Product.objects.count()


def test_all_good_is_exit_code_0_and_a_table(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a"), good("b")))
    code, out = command(catalogue)
    assert code == 0
    assert "created:" in out
    assert "2" in out
    assert count(tenant) == 2
    assert tenancy.current_schema() == "t1"


def test_some_rejected_is_exit_code_1_with_their_lines(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a"), good("b", price="x"), good("c", qty=-1)))
    code, out = command(catalogue)
    assert code == 1
    assert "  line 3: The price “x” is no number." in out
    assert "  line 4: The quantity -1" in out
    assert count(tenant) == 2


def test_nothing_imported_is_exit_code_2(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a", price="x")))
    assert command(catalogue)[0] == 2
    catalogue.write_text("")
    assert command(catalogue) == (2, "The file is empty. Export the products again.")
    assert command(catalogue.parent / "none.csv")[0] == 2
    assert command(catalogue.parent)[0] == 2


def test_a_dry_run_says_so_and_writes_nothing(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a")))
    code, out = command(catalogue, "--dry-run")
    assert (code, count(tenant)) == (0, 0)
    assert "nothing was written" in out


@pytest.mark.parametrize("schema", ["nobody", "public", "", "t1; DROP SCHEMA t1"])
def test_an_unknown_schema_is_one_sentence(catalogue: Path, tenant: Tenant, schema: str) -> None:
    catalogue.write_text(csv_text(good("a")))
    code, out = command(catalogue, schema=schema)
    assert code == 2
    assert out == f"There is no seller with the schema “{schema}”; there are: t1, t2."


def test_only_the_named_sellers_catalogue_is_filled(
    catalogue: Path, tenant: Tenant, other_tenant: Tenant
) -> None:
    catalogue.write_text(csv_text(good("a")))
    command(catalogue, schema="t2")
    assert (count(tenant), count(other_tenant)) == (0, 1)


def test_a_long_list_is_cut_and_the_rest_counted(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("ok"), *(good(f"p{n}", price="x") for n in range(50))))
    _, out = command(catalogue)
    assert out.count("is no number") == 20
    assert "… and 30 more" in out


def test_the_currency_is_an_option(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a", price="£5")))
    assert command(catalogue)[0] == 2
    assert command(catalogue, "--currency", "GBP")[0] == 0
    assert command(catalogue, "--currency", "pounds")[0] == 2


def test_an_interruption_by_the_keyboard_is_no_traceback(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a")))
    with connection.cursor() as cursor:
        cursor.execute("LOCK TABLE products")
        with _import_of_its_own(catalogue) as process:
            try:
                until(databases.is_waited_for, 60, "the import waits for the table")
                process.send_signal(signal.SIGINT)
                said = process.communicate(timeout=60)[1]
            finally:
                process.kill()
    assert process.returncode == 2
    assert said == "CommandError: Interrupted. What was imported stays; the same command goes on.\n"


# A process inherits that SIGINT is ignored, as under nohup and in the background of a shell.
_INTERRUPTIBLE = """
import runpy, signal
signal.signal(signal.SIGINT, signal.default_int_handler)
runpy.run_path("manage.py", run_name="__main__")
"""


def _import_of_its_own(path: Path) -> subprocess.Popen[str]:
    """`import_products` as a process on the test's database."""
    return subprocess.Popen(
        [sys.executable, "-c", _INTERRUPTIBLE, "import_products", str(path), "--schema", "t1"],
        cwd=settings.BASE_DIR,
        env={**os.environ, "TEST_DATABASE_NAME": str(connection.settings_dict["NAME"])},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )


def test_signs_that_a_terminal_obeys_are_not_printed(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a", price="\x1b[2J"), good("b")))
    assert "\x1b" not in command(catalogue)[1]


def test_a_pipe_that_knows_no_accents_gets_question_marks(catalogue: Path, tenant: Tenant) -> None:
    catalogue.write_text(csv_text(good("a", price="é"), good("b")))
    pipe = io.TextIOWrapper(io.BytesIO(), encoding="ascii", write_through=True)
    with pytest.raises(CommandError):
        call_command("import_products", str(catalogue), "--schema", "t1", stdout=pipe)
    pipe.seek(0)
    assert "The price ???" in pipe.read()
