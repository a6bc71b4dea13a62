"""Thousands of clients that do nothing or send a byte at a time, while others work: these are served, in bounded memory."""

import http.client
import resource
import selectors
import socket
import threading

from support import programs, rest, runner
from support.track_clients import RestTracks
from support.writers import Writers

UNUSED = 3000  # connections on which nothing was ever sent
USED = 2000  # connections that have had an answer
SLOW = 500  # clients that send a header by the byte, and as many that send a body so
WORKING = 16
ACKNOWLEDGED = 300
PAUSE_SECONDS = 0.02  # between two bytes
RESIDENT_BYTES_MAX = 320 << 20  # 45 kB for each connection that was used, and the gateway itself

BODY = b'{"id":"slow","name":"Slow","description":"by the byte","ownerEntityRef":"group:a","levels":[{"ordinal":1,"checks":[]}]}'
HEADER = (
    b"PUT /api/soundcheck/tracks/slow?allowMissing=true HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    b"Content-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(BODY)
)


def allow_for_files(count):
    """The limit of this process and of those that it starts."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (count, max(count, hard)))


class SlowSenders(threading.Thread):
    """Sends the rest of each request, one byte to each client in turn, until told to stop."""

    def __init__(self, rests):
        super().__init__(daemon=True)
        self.rests = rests  # of each socket, what is left to be sent
        self._stopping = threading.Event()

    def run(self):
        while not self._stopping.wait(PAUSE_SECONDS):
            for client, left in self.rests.items():
                if len(left) > 1:
                    client.sendall(left[:1])
                    self.rests[client] = left[1:]

    def stop(self):
        self._stopping.set()
        self.join()


class ManyClients(runner.TestCase):
    def setUp(self):
        allow_for_files(2 * (UNUSED + USED + 2 * SLOW) + 1000)
        self.service = self.enterContext(programs.track_service("memory:"))
        self.gateway = self.start_gateway()

    def start_gateway(self, *flags):
        return self.enterContext(programs.gateway(self.service.port, "--idle-timeout=600", *flags))

    def connect(self):
        return self.enterContext(socket.create_connection(("127.0.0.1", self.gateway.port), timeout=60))

    def status(self, client):
        response = http.client.HTTPResponse(client)
        response.begin()
        response.read()
        return response.status

    def work(self):
        """Clients that are in a hurry: all of their calls are answered, and rightly."""
        with Writers(rest_ports=[self.gateway.port], count=WORKING) as writers:
            writers.await_acknowledged(ACKNOWLEDGED)
        self.assertEqual(writers.unanswered, [])
        writers.check(RestTracks(self.gateway.port))

    def assert_open(self, clients):
        """None was closed, or sent anything."""
        with selectors.DefaultSelector() as selector:
            for client in clients:
                selector.register(client, selectors.EVENT_READ)
            self.assertEqual(selector.select(timeout=0), [])

    def test_however_many_requests_arrive_at_once_all_are_answered(self):
        self.gateway = self.start_gateway("--http-threads=1")
        for count in (128, 256, 384):  # full batches of the HTTP library's events, and nothing after them
            clients = [self.connect() for _ in range(count)]
            for client in clients:
                client.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual({self.status(client) for client in clients}, {200})
            with self.gateway.paused():
                for client in clients:
                    client.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            self.assertEqual({self.status(client) for client in clients}, {200})

    def test_5000_idle_connections_take_nothing_from_those_that_work(self):
        idle = [self.connect() for _ in range(UNUSED + USED)]
        for client in idle[:USED]:
            client.sendall(b"GET /api/soundcheck/tracks/idle HTTP/1.1\r\nHost: localhost\r\n\r\n")
        self.assertEqual({self.status(client) for client in idle[:USED]}, {404})
        self.work()
        self.assert_open(idle)
        for client in idle:  # and they are not forgotten
            client.sendall(b"GET /healthz/live HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        self.assertEqual({self.status(client) for client in idle}, {200})
        if not programs.SANITIZED:  # sanitizers keep freed memory
            self.assertLess(self.gateway.resident_bytes(), RESIDENT_BYTES_MAX)

    def test_clients_that_send_by_the_byte_take_nothing_from_those_that_work_and_are_served_in_the_end(self):
        rests = {self.connect(): HEADER + BODY for _ in range(SLOW)}
        for _ in range(SLOW):
            client = self.connect()
            client.sendall(HEADER)
            rests[client] = BODY
        senders = SlowSenders(rests)
        senders.start()
        self.work()
        self.assert_open(rests)
        senders.stop()
        for client, left in rests.items():
            client.sendall(left)
        self.assertEqual({self.status(client) for client in rests}, {200})
        with rest.Rest(self.gateway.port) as client:
            self.assertEqual(client.get(rest.track_path("slow")).document["track"]["description"], "by the byte")


if __name__ == "__main__":
    runner.main()
