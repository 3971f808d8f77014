"""The port: taken before anything else starts, and a refusal that says what really is wrong."""

from __future__ import annotations

import socket

import pytest

from finsage.cli.port import CannotListen, PortTaken, listen


def test_of_two_that_start_at_once_the_second_is_told():
    first = listen("127.0.0.1", 0)
    try:
        with pytest.raises(PortTaken, match="Try: finsage up --port"):
            listen("127.0.0.1", first.getsockname()[1])
    finally:
        first.close()


def test_a_port_that_was_just_left_can_be_taken_again():
    first = listen("127.0.0.1", 0)
    port = first.getsockname()[1]
    with socket.create_connection(("127.0.0.1", port)):
        first.accept()[0].close()
        first.close()
    listen("127.0.0.1", port).close()


@pytest.mark.parametrize("host", ["203.0.113.7", "no-such-host.invalid"])
def test_an_address_that_is_not_this_machines_is_not_called_taken(host: str):
    with pytest.raises(CannotListen, match=f"{host}.*--host"):
        listen(host, 8000)


def test_a_connection_sends_what_it_has_at_once() -> None:
    listener = listen("127.0.0.1", 0)
    client = socket.create_connection(listener.getsockname())
    connection, _ = listener.accept()
    assert connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)
    for one in (client, connection, listener):
        one.close()
