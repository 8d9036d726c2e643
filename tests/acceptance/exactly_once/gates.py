"""Gates in the database of a test: a worker that comes to one waits there until it is opened.

A gate is an advisory lock that the test holds and a trigger of the test's own asks for, so a
worker can be met in the middle of a transaction, or between an answer and its commit.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import count

import psycopg
from django.db import connection

from stoflow.tenants.models import Tenant
from tasks import tenancy

PLANNING = "planning"
"""In the statement that stores the job's plan."""


def completing(step: str, checksum: str = "") -> str:
    """In the statement that completes this step; of an upload, the one of this photo."""
    return f"completing {step} {checksum}".rstrip()


def commanding(
    status: str, method: str, step: str, checksum: str = "", *, late: bool = False
) -> str:
    """In the statement by which the step's command becomes so; `late`: in its commit."""
    when = "committing" if late else "writing"
    return f"{when} {status} {method} {step} {checksum}".rstrip()


_IN_PUBLIC = """
CREATE TABLE public.gates (key integer PRIMARY KEY, who bigint, place text);
CREATE FUNCTION public.pass_gate(comer bigint, wanted text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE gate integer;
BEGIN
    SELECT g.key INTO gate FROM public.gates g WHERE g.who = comer AND g.place = wanted;
    IF FOUND THEN PERFORM pg_advisory_xact_lock_shared(gate); END IF;
END $$;
"""

_IN_TENANT = """
CREATE FUNCTION task_gate() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE who bigint := (
    SELECT COALESCE(j.product_id, -j.account_id) FROM marketplace_jobs j WHERE j.id = NEW.job_id);
BEGIN
    IF TG_OP = 'INSERT' THEN
        PERFORM public.pass_gate(who, 'planning');
    ELSE
        PERFORM public.pass_gate(
            who, rtrim('completing ' || NEW.step || ' ' || COALESCE(NEW.payload->>'checksum', '')));
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER gate_of_plans BEFORE INSERT ON marketplace_tasks
    FOR EACH ROW WHEN (NEW.position = 1) EXECUTE FUNCTION task_gate();
CREATE TRIGGER gate_of_tasks BEFORE UPDATE ON marketplace_tasks
    FOR EACH ROW WHEN (NEW.status = 'COMPLETED' AND OLD.status <> 'COMPLETED')
    EXECUTE FUNCTION task_gate();
"""

_OF_COMMANDS = """
CREATE FUNCTION command_gate() RETURNS trigger LANGUAGE plpgsql SET search_path FROM CURRENT AS $$
DECLARE who bigint; step text;
BEGIN
    SELECT COALESCE(j.product_id, -j.account_id),
           rtrim(t.step || ' ' || COALESCE(t.payload->>'checksum', '')) INTO who, step
    FROM marketplace_tasks t JOIN marketplace_jobs j ON j.id = t.job_id WHERE t.id = NEW.task_id;
    PERFORM public.pass_gate(
        who, concat_ws(' ', TG_ARGV[0], NEW.status, NEW.request->>'method', step));
    RETURN NEW;
END $$;
CREATE TRIGGER gate_of_commands BEFORE UPDATE ON plugin_commands
    FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.part = 'act')
    EXECUTE FUNCTION command_gate('writing');
CREATE CONSTRAINT TRIGGER gate_of_command_commits AFTER UPDATE ON plugin_commands
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (NEW.status <> OLD.status AND NEW.part = 'act')
    EXECUTE FUNCTION command_gate('committing');
"""

_WAITING = """
SELECT l.objid, l.pid FROM pg_locks l JOIN pg_database d ON d.oid = l.database
WHERE l.locktype = 'advisory' AND NOT l.granted AND l.classid = 0 AND l.objsubid = 1
  AND d.datname = current_database()
"""


def build(tenant: Tenant) -> None:
    """Put the gates into the tenant's schema; all are open."""
    with connection.cursor() as cursor:
        cursor.execute(_IN_PUBLIC)
    with tenancy.inside(tenant), connection.cursor() as cursor:
        cursor.execute(_IN_TENANT)
        cursor.execute(_OF_COMMANDS)


@contextmanager
def side_door() -> Iterator[Gatekeeper]:
    """A connection beside Django's, which holds what the gates ask for."""
    parameters = connection.get_connection_params()
    wanted = {
        name: value
        for name, value in parameters.items()
        if name in {"dbname", "host", "port", "user", "password"} and value
    }
    with psycopg.connect(**wanted, autocommit=True) as door:
        yield Gatekeeper(door)


@dataclass(frozen=True, slots=True)
class Gate:
    """One closed gate, for the jobs of one product or account at one place."""

    key: int


_keys = count(1)


@dataclass(frozen=True, slots=True)
class Gatekeeper:
    door: psycopg.Connection

    def close(self, who: int, place: str) -> Gate:
        """`who`: a product's id, or an account's as a negative number for jobs without product."""
        gate = Gate(next(_keys))
        self.door.execute("SELECT pg_advisory_lock(%s)", [gate.key])
        self.door.execute("INSERT INTO public.gates VALUES (%s, %s, %s)", [gate.key, who, place])
        return gate

    def waiting(self) -> dict[Gate, list[int]]:
        """The server processes whose worker has come to a gate."""
        found: dict[Gate, list[int]] = {}
        for key, pid in self.door.execute(_WAITING).fetchall():
            found.setdefault(Gate(key), []).append(pid)
        return found

    def open(self, gate: Gate) -> None:
        """For ever: whoever waits goes on, and nobody waits here again."""
        self.door.execute("DELETE FROM public.gates WHERE key = %s", [gate.key])
        self.door.execute("SELECT pg_advisory_unlock(%s)", [gate.key])

    def end_whoever_waits_at(self, gate: Gate) -> None:
        """As if the network of a dead worker had broken: the transaction is rolled back."""
        for pid in self.waiting().get(gate, []):
            self.door.execute("SELECT pg_terminate_backend(%s, 5000)", [pid])

    @contextmanager
    def lane_locked(self, lane: int) -> Iterator[None]:
        """Nobody claims from the lane or settles it."""
        with self.door.transaction():
            self.door.execute("SELECT 1 FROM public.lanes WHERE id = %s FOR UPDATE", [lane])
            yield
