"""Requests, many at once or one after the other, and what became of each."""

import asyncio
import http.client
import json
import socket
import struct
import threading
import time

_TIMEOUT_SECONDS = 120


class Stream(threading.Thread):
    """One client on one connection: GET and PUT in turn, until it is told to stop."""

    def __init__(self, port, pause_seconds):
        super().__init__(daemon=True)
        self.port = port
        self.pause_seconds = pause_seconds
        self.succeeded = 0
        self.failures = []
        self.servers = set()
        self.stopping = threading.Event()

    def run(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=_TIMEOUT_SECONDS)
        number = 0
        while not self.stopping.is_set():
            number += 1
            text = f"request {number}"
            body, method, path = None, "GET", f"/v1/echo?text=request%20{number}"
            if number % 2:
                body, method, path = json.dumps({"text": text}), "PUT", "/v1/echo"
            try:
                connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
                response = connection.getresponse()
                content = response.read()
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(f"{method}: {error!r}")
                connection.close()
                continue
            if response.status != 200:
                self.failures.append(f"{method}: {response.status} {content[:200]!r}")
            else:
                reply = json.loads(content)
                if reply["request"]["text"] != text:
                    self.failures.append(f"{method} {text}: {content[:200]!r}")
                self.servers.add(reply["server"])
                self.succeeded += 1
            self.stopping.wait(self.pause_seconds)
        connection.close()


class Load:
    """Several streams at work at once, while a test does something to what is behind the gateway.

        with Load(gateway.port) as load:
            load.await_successes(100)
            …
            load.await_successes(100)
        self.assertEqual(load.failures, [])
    """

    def __init__(self, port, streams=8, pause_seconds=0.005):
        self._streams = [Stream(port, pause_seconds) for _ in range(streams)]

    def __enter__(self):
        for stream in self._streams:
            stream.start()
        return self

    def __exit__(self, *_):
        for stream in self._streams:
            stream.stopping.set()
        for stream in self._streams:
            stream.join()

    @property
    def failures(self):
        return [failure for stream in self._streams for failure in stream.failures]

    def await_successes(self, count, seconds=30):
        """Until each stream has had so many more."""
        end = time.monotonic() + seconds
        wanted = [(stream, stream.succeeded + count) for stream in self._streams]
        while not all(stream.succeeded >= number for stream, number in wanted):
            if time.monotonic() > end:
                raise AssertionError(f"the streams had no {count} successes in {seconds} s; failures: {self.failures[-5:]}")
            time.sleep(0.01)


async def _request(port, method, path, body):
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        head = f"{method} {path} HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n"
        if body is not None:
            head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        writer.write(f"{head}\r\n".encode() + (body or b""))
        reply = await reader.read()
        status = int(reply.split(b" ", 2)[1]) if reply else 0
        return None if status == 200 else f"{method} {path}: {reply[-200:]!r}"
    except OSError as error:
        return f"{method} {path}: {error!r}"
    finally:
        writer.close()


async def _all_at_once(port, requests, per_second):
    begin = time.monotonic()
    tasks = []
    for number, request in enumerate(requests):
        if per_second:
            await asyncio.sleep(max(0, begin + number / per_second - time.monotonic()))
        tasks.append(asyncio.create_task(asyncio.wait_for(_request(port, *request), _TIMEOUT_SECONDS)))
    return await asyncio.gather(*tasks)


def send_all(port, requests, per_second=None):
    """Sends (method, path, body) each on a connection of its own, without waiting for answers: what did not succeed."""
    return [failure for failure in asyncio.run(_all_at_once(port, requests, per_second)) if failure]


class Leaver:
    """A client that sends a GET, and goes away without waiting for the answer."""

    def __init__(self, port, path):
        self._socket = socket.create_connection(("127.0.0.1", port))
        self._socket.sendall(f"GET {path} HTTP/1.1\r\nHost: gateway\r\n\r\n".encode())

    def leave(self):
        """With a reset: a FIN might come from a client that has only ended its half."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self._socket.close()


class Relay:
    """Stands between two peers, and counts the bytes that go back from the server.

        with Relay(server.port) as relay:
            … relay.port … relay.bytes_back
    """

    def __init__(self, target_port):
        self._target_port = target_port
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.bytes_back = 0
        self._sockets = []

    def __enter__(self):
        threading.Thread(target=self._accept, daemon=True).start()
        return self

    def __exit__(self, *_):
        for sock in [self._listener, *self._sockets]:
            try:
                sock.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass  # not connected any more
            sock.close()

    def _accept(self):
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            server = socket.create_connection(("127.0.0.1", self._target_port))
            self._sockets += [client, server]
            threading.Thread(target=self._copy, args=(client, server, False), daemon=True).start()
            threading.Thread(target=self._copy, args=(server, client, True), daemon=True).start()

    def _copy(self, source, target, back):
        try:
            while piece := source.recv(65536):
                if back:
                    self.bytes_back += len(piece)
                target.sendall(piece)
            target.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # one of them has gone


def await_true(condition, what, seconds=5):
    end = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > end:
            raise AssertionError(f"{what}: not within {seconds} s")
        time.sleep(0.01)
