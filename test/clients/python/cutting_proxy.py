"""A link that breaks: passes bytes on to the node, and cuts one connection in the middle of a long answer."""

import re
import socket
import threading
from urllib.parse import urlsplit


class CuttingProxy:
    """Cuts the first connection whose answers exceed a number of bytes. `ranges` lists every Range that was asked for."""

    def __init__(self, endpoint, after):
        self._node = (urlsplit(endpoint).hostname, urlsplit(endpoint).port)
        self._after = after
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self.ranges = []
        self.cuts = 0

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        self._listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            node = socket.create_connection(self._node)
            threading.Thread(target=self._ask, args=(client, node), daemon=True).start()
            threading.Thread(target=self._answer, args=(node, client), daemon=True).start()

    def _ask(self, client, node):
        for data in received(client):
            self.ranges += [match.decode() for match in re.findall(rb"(?i)\r\nrange: *(\S+)", data)]
            node.sendall(data)
        close(node)

    def _answer(self, node, client):
        passed = 0
        for data in received(node):
            passed += len(data)
            if passed > self._after and self.cuts == 0:
                self.cuts += 1
                break
            client.sendall(data)
        close(client)
        close(node)


def received(connection):
    try:
        while data := connection.recv(65_536):
            yield data
    except OSError:
        return


def close(connection):
    try:
        connection.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # the other side was first
    connection.close()
