"""The port the server listens on, taken before anything else starts."""

from __future__ import annotations

import socket

from finsage.errors import Conflict


class PortTaken(Conflict):
    """Another program listens on this port."""


def listen(host: str, port: int) -> socket.socket:
    """Take the port before anything else starts.

    Raises:
        PortTaken: somebody has it; names a free one.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        free = _free_port(host, family)
        raise PortTaken(f"Port {port} of {host} is taken ({error.strerror}). Try: finsage up --port {free}") from error
    return listener


def _free_port(host: str, family: socket.AddressFamily) -> int:
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.bind((host, 0))
        return int(probe.getsockname()[1])
