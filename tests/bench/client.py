"""A small HTTP client for benchmarks: many connections in one process, each with one request under way, as cheap as Python allows."""

import selectors
import socket
import time
from collections.abc import Iterator

CONNECTIONS = 8
"""Connections that are kept open."""


class Connection:
    """One connection with its answer so far."""

    def __init__(self, address: tuple[str, int], accept: str) -> None:
        self._asks = f"HTTP/1.1\r\nHost: localhost\r\nAccept: {accept}\r\n\r\n"
        self.socket = socket.create_connection(address)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.begun = 0.0
        self._answer = b""
        self._wanted = 0

    def send(self, path: str) -> None:
        """Asks for a path."""
        self._answer, self._wanted, self.begun = b"", 0, time.perf_counter()
        self.socket.sendall(f"GET {path} {self._asks}".encode())

    def receive(self) -> bool:
        """Takes what has arrived; True when the answer is whole. Stops the benchmark at any answer but 200."""
        self._answer += self.socket.recv(65536)
        if not self._wanted:
            head, found, _ = self._answer.partition(b"\r\n\r\n")
            if not found:
                return False
            if not head.startswith(b"HTTP/1.1 200"):
                raise SystemExit(self._answer[:300].decode(errors="replace"))
            length = head.lower().split(b"content-length:")[1].split(b"\r\n")[0]
            self._wanted = len(head) + 4 + int(length)
        return len(self._answer) >= self._wanted


def ask(address: tuple[str, int], paths: list[str], accept: str = "application/json") -> list[float]:
    """Asks for every path, with an Accept header (and whatever lines stand behind it); the seconds that each answer took."""
    waiting, times = iter(paths), []
    with selectors.DefaultSelector() as selector:
        for connection in _open(address, waiting, accept):
            selector.register(connection.socket, selectors.EVENT_READ, connection)
        while selector.get_map():
            for key, _ in selector.select():
                connection = key.data
                if not connection.receive():
                    continue
                times.append(time.perf_counter() - connection.begun)
                path = next(waiting, None)
                if path is None:
                    selector.unregister(connection.socket)
                    connection.socket.close()
                else:
                    connection.send(path)
    return times


def _open(address: tuple[str, int], waiting: Iterator[str], accept: str) -> Iterator[Connection]:
    for _ in range(CONNECTIONS):
        path = next(waiting, None)
        if path is not None:
            connection = Connection(address, accept)
            connection.send(path)
            yield connection
