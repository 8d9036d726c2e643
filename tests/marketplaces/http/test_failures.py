"""Which failures are known to have had no effect, and which are not."""

from __future__ import annotations

import datetime as dt
import ipaddress
import socket
import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from marketplaces import http
from tasks.errors import OutageError, OutcomeUnknownError, TransientError
from tests.marketplaces.http import loopback
from tests.marketplaces.http.loopback import Behaviour, LoopbackServer, answer

AFTER_SENDING = [
    loopback.reset,
    loopback.close,
    loopback.cut_in_the_answer,
    loopback.garbage,
    loopback.dripping,
]


IN_TIME = 2.0
"""Seconds, in which a request has left on a busy machine, too."""


@pytest.fixture
def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


@pytest.fixture
def silent_port() -> Iterator[int]:
    """Accepts a connection and never answers a TLS greeting."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield int(server.getsockname()[1])


@pytest.mark.parametrize("behaviour", AFTER_SENDING)
def test_a_write_that_left_without_an_answer_has_an_unknown_outcome(behaviour: Behaviour) -> None:
    with LoopbackServer(behaviour) as server, pytest.raises(OutcomeUnknownError) as caught:
        http.send(http.Request("POST", server.url("/offer"), timeout=IN_TIME))
    assert caught.value.evidence["request"]["url"].endswith("/offer")
    assert caught.value.evidence["failure"]


@pytest.mark.parametrize("behaviour", AFTER_SENDING)
def test_a_read_without_an_answer_had_no_effect(behaviour: Behaviour) -> None:
    with LoopbackServer(behaviour) as server, pytest.raises(TransientError):
        http.send(http.Request("GET", server.url(), timeout=0.5))


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (loopback.reset, "127.0.0.1 broke off before its answer was complete."),
        (loopback.close, "127.0.0.1 broke off before its answer was complete."),
        (loopback.cut_in_the_answer, "127.0.0.1 broke off before its answer was complete."),
        (loopback.garbage, "127.0.0.1 gave an answer that cannot be read."),
        (loopback.endless, "127.0.0.1 gave an answer of more than 10 MB."),
        (loopback.dripping, "127.0.0.1 did not answer within 2 s."),
    ],
)
def test_a_person_reads_in_plain_words_what_went_wrong(behaviour: Behaviour, said: str) -> None:
    """What libcurl says of it is evidence."""
    timeout = 2 if behaviour is loopback.dripping else 20
    with LoopbackServer(behaviour) as server:
        with pytest.raises(OutageError) as read:
            http.send(http.Request("GET", server.url(), timeout=timeout))
        with pytest.raises(OutcomeUnknownError) as written:
            http.send(http.Request("POST", server.url(), timeout=timeout))
    assert read.value.message == said
    assert written.value.message == f"The request left, but no complete answer came back: {said}"
    assert read.value.evidence["failure"]


def test_a_refused_connection_had_no_effect(closed_port: int) -> None:
    with pytest.raises(TransientError, match="nothing was sent"):
        http.send(http.Request("POST", f"http://127.0.0.1:{closed_port}/"))


def test_an_unknown_host_had_no_effect() -> None:
    with pytest.raises(TransientError, match="nothing was sent"):
        http.send(http.Request("POST", "https://nowhere.invalid/", timeout=5))


def test_a_certificate_that_nobody_vouches_for_stops_before_anything_is_sent(
    self_signed: ssl.SSLContext,
) -> None:
    with LoopbackServer(answer(), tls=self_signed) as server:
        with pytest.raises(TransientError, match="nothing was sent"):
            http.send(http.Request.with_json("POST", server.url(), {"sku": "1"}))
        assert server.requests == []


def test_a_handshake_that_never_ends_had_no_effect(silent_port: int) -> None:
    with pytest.raises(TransientError, match="nothing was sent"):
        http.send(http.Request("POST", f"https://127.0.0.1:{silent_port}/", timeout=0.5))


def test_a_server_that_accepts_and_never_reads_may_have_got_it(silent_port: int) -> None:
    with pytest.raises(OutcomeUnknownError):
        http.send(http.Request("POST", f"http://127.0.0.1:{silent_port}/", timeout=IN_TIME))


def test_a_large_upload_that_is_cut_half_way_may_have_got_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def cut() -> None:
            connection, _ = server.accept()
            connection.recv(1000)
            loopback.reset(connection, b"")
            connection.close()

        thread = threading.Thread(target=cut)
        thread.start()
        part = http.FilePart("image", "a.jpg", "image/jpeg", b"x" * 5_000_000)
        url = f"http://127.0.0.1:{server.getsockname()[1]}/"
        with pytest.raises(OutcomeUnknownError):
            http.send(http.Request.with_files("POST", url, part))
        thread.join()


@pytest.mark.parametrize("body", [b"", b"<html>", b"[1]", b'"text"', b'{"cut": '])
def test_an_answer_that_is_no_json_object_leaves_a_write_unknown(body: bytes) -> None:
    with LoopbackServer(answer(201, body)) as server:
        written = http.send(http.Request("POST", server.url()))
        read = http.send(http.Request("GET", server.url()))
    with pytest.raises(OutcomeUnknownError):
        written.json_object()
    with pytest.raises(TransientError):
        read.json_object()


@pytest.fixture(scope="session")
def self_signed(tmp_path_factory: pytest.TempPathFactory) -> ssl.SSLContext:
    directory = tmp_path_factory.mktemp("tls")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(*_certificate(directory))
    return context


def _certificate(directory: Path) -> tuple[Path, Path]:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    paths = directory / "certificate.pem", directory / "key.pem"
    paths[0].write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    paths[1].write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return paths
