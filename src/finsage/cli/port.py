"""The port the server listens on, taken before anything else starts."""

from __future__ import annotations

import errno
import socket

from finsage.errors import Conflict, Invalid


class PortTaken(Conflict):
    """Another program listens on this port."""


class CannotListen(Invalid):
    """FinSage cannot listen at this address."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts; who connects meanwhile waits for the start to end.

    Raises:
        PortTaken: somebody has it; names a free one.
        CannotListen: the address is not this machine's, or the port is for root alone.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # Connections inherit it. Without it an answer's body, sent after its head, waits 40 ms for the peer's receipt.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    try:
        listener.bind((host, port))
        # Bound alone, the port could be bound by another FinSage too, which is starting at the same moment.
        listener.listen()
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRINUSE:
            free = _free_port(host, family)
            raise PortTaken(f"Port {port} of {host} is taken. Try: finsage up --port {free}") from error
        raise CannotListen(
            f"Cannot listen on port {port} of {host}: {error.strerror}. Give an address of this machine with --host, "
            "such as 127.0.0.1, and a port above 1023 with --port."
        ) from error
    return listener


def _free_port(host: str, family: socket.AddressFamily) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
