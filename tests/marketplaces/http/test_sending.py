"""What reaches the other side, and what comes back."""

from __future__ import annotations

import json
import os
import signal
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import get_context
from multiprocessing.process import BaseProcess

import pytest
from django.db import transaction

from marketplaces import http
from stoflow.tenants.models import Tenant
from tasks import deadlines
from tasks.errors import OutcomeUnknownError, TransientError
from tests.marketplaces.http import loopback
from tests.marketplaces.http.loopback import LoopbackServer, answer


def test_it_sends_json_and_returns_the_answer() -> None:
    with LoopbackServer(answer(201, b'{"offerId": "7"}', ["X-Tag: one", "X-Tag: two"])) as server:
        response = http.send(http.Request.with_json("POST", server.url("/offer"), {"sku": "é"}))
    head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert response.status == 201
    assert response.json_object() == {"offerId": "7"}
    assert response.headers["x-tag"] == "one, two"
    assert head.startswith(b"POST /offer HTTP/1.1\r\n")
    assert b"Content-Type: application/json" in head
    assert b"Expect" not in head
    assert json.loads(body) == {"sku": "é"}


def test_a_post_without_a_body_claims_no_content_type() -> None:
    with LoopbackServer(answer()) as server:
        http.send(http.Request("POST", server.url("/offer/1/publish")))
    assert b"Content-Length: 0" in server.requests[0]
    assert b"Content-Type" not in server.requests[0]


def test_a_file_is_sent_as_it_is() -> None:
    part = http.FilePart("image", 'a "photo".jpg', "image/jpeg", b"\xff\xd8\r\n--\x00")
    with LoopbackServer(answer()) as server:
        http.send(http.Request.with_files("POST", server.url("/image"), part))
    assert b'name="image"; filename="a %22photo%22.jpg"' in server.requests[0]
    assert b"Content-Type: image/jpeg\r\n\r\n\xff\xd8\r\n--\x00\r\n--" in server.requests[0]


def test_fields_of_a_form_go_before_its_file() -> None:
    part = http.FilePart("image", "a.jpg", "image/jpeg", b"photo")
    with LoopbackServer(answer()) as server:
        fields = {"rank": "2", "alt_text": "é"}
        http.send(http.Request.with_files("POST", server.url("/image"), part, fields=fields))
    body = server.requests[0].partition(b"\r\n\r\n")[2]
    assert b'name="rank"\r\n\r\n2\r\n--' in body
    assert 'name="alt_text"\r\n\r\né\r\n--'.encode() in body
    assert body.index(b'name="rank"') < body.index(b'name="image"')


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "[::1]", "10.0.0.1", "169.254.169.254"])
def test_a_link_of_somebody_elses_never_leads_into_our_own_network(host: str) -> None:
    """Also when a public name hides the address: what is checked is what is called."""
    with LoopbackServer(answer()) as server:
        url = f"https://{host}:{server.port}/admin"
        with pytest.raises(TransientError):
            http.send(http.Request("GET", url, public_only=True, timeout=2))
        assert server.connections == 0
    with pytest.raises(http.InsecureUrlError):
        http.Request("GET", "http://127.0.0.1/admin", public_only=True)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_an_answer_and_not_followed(method: str, status: int) -> None:
    with LoopbackServer(answer(status, b"", ["Location: /elsewhere"])) as server:
        response = http.send(http.Request(method, server.url()))
    assert response.status == status
    assert len(server.requests) == 1


def test_a_read_is_tried_again_after_a_server_error() -> None:
    with LoopbackServer(answer(503), loopback.reset, answer(200)) as server:
        assert http.send(http.Request("GET", server.url())).status == 200
    assert len(server.requests) == 3


def test_each_try_of_a_read_is_told_to_whoever_counts_the_calls() -> None:
    counted: list[str] = []
    with LoopbackServer(answer(503), answer(200)) as server:
        http.send(http.Request("GET", server.url()), lambda: counted.append("call"))
    assert len(counted) == len(server.requests) == 2


def test_a_read_is_not_tried_again_when_the_server_says_when() -> None:
    with LoopbackServer(answer(503, b"{}", ["Retry-After: 30"]), answer(200)) as server:
        assert http.send(http.Request("GET", server.url())).status == 503


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE"])
def test_a_write_is_sent_once_whatever_happens(method: str) -> None:
    with LoopbackServer(loopback.reset) as server:
        with pytest.raises(OutcomeUnknownError):
            http.send(http.Request(method, server.url()))
        with pytest.raises(OutcomeUnknownError):
            http.send(http.Request(method, server.url()))
    assert len(server.requests) == 2


def test_a_post_never_goes_over_a_connection_that_a_read_left_open() -> None:
    """libcurl would send it again by itself, were that connection dead."""
    with LoopbackServer(answer(keep_open=True), loopback.close) as server:
        http.send(http.Request("GET", server.url()))
        with pytest.raises(OutcomeUnknownError):
            http.send(http.Request("POST", server.url()))
        time.sleep(0.1)
    assert [request.split()[0] for request in server.requests] == [b"GET", b"POST"]
    assert server.connections == 2


def test_reads_use_a_connection_again() -> None:
    with LoopbackServer(answer(keep_open=True)) as server:
        for _ in range(3):
            http.send(http.Request("GET", server.url()))
    assert server.connections == 1


DRIPS = 8
"""Less than the seconds for which the server goes on."""


def test_dripping_bytes_end_at_the_total_time_out() -> None:
    with LoopbackServer(loopback.dripping) as server:
        started = time.monotonic()
        with pytest.raises(OutcomeUnknownError):
            http.send(http.Request("POST", server.url(), timeout=2))
    assert time.monotonic() - started < DRIPS


def test_the_deadline_of_the_step_is_shorter_than_the_request_s_own() -> None:
    with LoopbackServer(loopback.dripping) as server, deadlines.deadline(0.5):
        started = time.monotonic()
        with pytest.raises(TransientError):
            http.send(http.Request("GET", server.url(), timeout=60))
    assert time.monotonic() - started < DRIPS


def test_nothing_is_sent_once_the_time_is_used_up() -> None:
    with LoopbackServer(answer()) as server:
        with deadlines.deadline(0), pytest.raises(TransientError, match="nothing was sent"):
            http.send(http.Request("POST", server.url()))
        assert server.connections == 0


def test_an_endless_answer_is_refused() -> None:
    with LoopbackServer(loopback.endless) as server, pytest.raises(OutcomeUnknownError):
        http.send(http.Request("POST", server.url()))


@pytest.mark.parametrize("variable", ["http_proxy", "https_proxy", "all_proxy", "ALL_PROXY"])
def test_a_proxy_of_the_environment_is_not_used(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(variable, "http://127.0.0.1:9")
    with LoopbackServer(answer()) as server:
        assert http.send(http.Request("POST", server.url())).is_success


@pytest.mark.parametrize(
    "url", ["http://shop.example/", "ftp://127.0.0.1/", "file:///etc/passwd", "//x", ""]
)
def test_only_https_leaves_the_machine(url: str) -> None:
    with pytest.raises(http.InsecureUrlError):
        http.Request("GET", url)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "127.1.2.3", "[::1]"])
def test_this_machine_may_be_called_in_the_clear(host: str) -> None:
    assert http.Request("GET", f"http://{host}:1/").host


def test_a_call_inside_a_transaction_is_refused(tenant: Tenant) -> None:
    with LoopbackServer(answer()) as server:
        with transaction.atomic(), pytest.raises(http.OutsideCallInTransactionError):
            http.send(http.Request("GET", server.url()))
        assert server.connections == 0


# The server's threads live in this process; the child uses none of them.
@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_worker_does_not_share_the_parent_s_connections() -> None:
    with LoopbackServer(answer(keep_open=True)) as server:
        http.send(http.Request("GET", server.url()))
        child = get_context("fork").Process(target=_read_once, args=(server.url(),))
        child.start()
        child.join(20)
        http.send(http.Request("GET", server.url()))
    assert child.exitcode == 0
    assert server.connections == 2


def _read_once(url: str) -> None:
    os._exit(0 if http.send(http.Request("GET", url)).is_success else 1)


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_an_answer_that_came_while_the_process_was_frozen_is_read() -> None:
    asked, frozen = threading.Event(), threading.Event()

    def late(connection: socket.socket, request: bytes) -> None:
        asked.set()
        frozen.wait(20)
        answer(200, b'{"refresh_token": "rotated"}')(connection, request)

    with LoopbackServer(late) as server:
        child = get_context("fork").Process(target=_write_once, args=(server.url(), b"{}"))
        child.start()
        assert asked.wait(20)
        with _frozen(child, beyond=TIME_OUT):
            frozen.set()
        child.join(20)
    assert child.exitcode == 0


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_what_had_not_left_before_the_process_was_frozen_does_not_leave_afterwards() -> None:
    body = b"x" * 30_000_000
    with socket.create_server(("127.0.0.1", 0)) as server:
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        child = get_context("fork").Process(target=_write_once, args=(url, body))
        child.start()
        connection, _ = server.accept()
        with connection:
            assert connection.recv(1)
            with _frozen(child, beyond=TIME_OUT):
                pass
            received = sum(iter(lambda: len(connection.recv(1_000_000)), 0))
            child.join(20)
    assert child.exitcode == 1
    assert received < len(body)


TIME_OUT = 1.0


def _write_once(url: str, body: bytes) -> None:
    """Ends with 0 for an answer, 1 for a write whose outcome is unknown."""
    try:
        http.send(http.Request("POST", url, content=body, timeout=TIME_OUT))
    except OutcomeUnknownError:
        os._exit(1)
    os._exit(0)


@contextmanager
def _frozen(process: BaseProcess, *, beyond: float) -> Iterator[None]:
    """Stopped by a signal, and going on after more than that many seconds."""
    assert process.pid
    os.kill(process.pid, signal.SIGSTOP)
    try:
        yield
        time.sleep(beyond + 0.5)
    finally:
        os.kill(process.pid, signal.SIGCONT)


@pytest.mark.parametrize("kind", [KeyboardInterrupt, SystemExit])
def test_what_a_signal_raises_passes_through_at_once(kind: type[BaseException]) -> None:
    def interrupt(number: int, frame: object) -> None:
        raise kind

    started = time.monotonic()
    with LoopbackServer(loopback.dripping) as server, _alarm(interrupt), pytest.raises(kind):
        http.send(http.Request("POST", server.url(), timeout=20))
    assert time.monotonic() - started < DRIPS


def test_a_signal_whose_handler_returns_disturbs_nothing() -> None:
    def slow(connection: socket.socket, request: bytes) -> None:
        time.sleep(0.5)
        answer()(connection, request)

    with LoopbackServer(slow) as server, _alarm(lambda *_: None):
        assert http.send(http.Request("POST", server.url())).is_success


@contextmanager
def _alarm(handler: object) -> Iterator[None]:
    """A signal after a fifth of a second."""
    former = signal.signal(signal.SIGALRM, handler)  # type: ignore[arg-type]
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)
