"""What clients can make the gateway hold: bodies that never end and lists that nobody reads, within a budget; others are served."""

import json
import select
import socket
import time

from support import documents, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

MIB = 1 << 20
TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
GET = raw_http.request("GET", TARGET)
LIVE = raw_http.request("GET", "/healthz/live")
OTHER = "127.0.0.9"  # the address of a client that has no part in it

TRACKS = 180  # a list of 11 MB
UNREAD = 100  # readers of that list
DEFAULT_LIMIT = 512 * MIB  # of what is held for clients
BESIDE_BYTES_MAX = 72 * MIB  # the program, its libraries, and what allocators keep
READ_CUT_SECONDS = 25

UNFINISHED = 300  # bodies of 1 MiB less one byte
SMALL_LIMIT = 64 * MIB
AT_ONCE_SECONDS = 10


def unfinished():
    return raw_http.json_request("PUT", TARGET, b" " * MIB)[:-1]


class Memory(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(programs.track_service("memory:"))
        with programs.gateway(cls.service.port) as gateway, rest.Rest(gateway.port) as client:
            client.put(TARGET + "?allowMissing=true", documents.minimal("t"))
            for number in range(TRACKS):
                document = documents.minimal(f"large-{number}") | {"description": "x" * 60_000}
                reply = client.put(rest.track_path(document["id"]) + "?allowMissing=true", document)
                if reply.status != 200:
                    raise AssertionError(reply.body)

    def start(self, *flags):
        return self.enterContext(programs.gateway(self.service.port, *flags))

    def assert_served(self, gateway, *requests):
        began = time.monotonic()
        for data in requests or (LIVE, GET, raw_http.json_request("PUT", TARGET, BODY)):
            with RawClient(gateway.port, source=OTHER) as client:
                client.send(data)
                answer = client.read_answer()
                self.assertEqual(answer and answer.status, 200, answer)
        self.assertLess(time.monotonic() - began, AT_ONCE_SECONDS)

    def assert_within(self, gateway, limit):
        if not programs.SANITIZED:
            self.assertLess(gateway.peak_resident_bytes(), limit + BESIDE_BYTES_MAX)

    def test_lists_that_nobody_reads_are_held_within_the_limit_and_their_readers_are_cut(self):
        gateway = self.start()
        clients = [self.enterContext(RawClient(gateway.port, receive_bytes=4096)) for _ in range(UNREAD)]
        for client in clients:
            client.send(raw_http.request("GET", rest.TRACKS))
        poll = select.poll()
        for client in clients:
            poll.register(client.socket, select.POLLRDHUP)
        began = time.monotonic()
        kept = clients
        while kept and time.monotonic() - began < READ_CUT_SECONDS:
            self.assert_served(gateway, LIVE)  # the service is busy with lists
            time.sleep(0.2)
            cut = {number for number, _ in poll.poll(0)}
            kept = [client for client in clients if client.socket.fileno() not in cut and not self.is_refused(client)]
        print(f"peak {gateway.peak_resident_bytes() / MIB:.0f} MiB, last cut after {time.monotonic() - began:.1f} s", flush=True)
        self.assertEqual(len(kept), 0)
        self.assert_served(gateway)
        self.assert_within(gateway, DEFAULT_LIMIT)
        if not programs.SANITIZED:
            self.assertLess(gateway.resident_bytes(), BESIDE_BYTES_MAX)

    @staticmethod
    def is_refused(client):
        """It has a 503, in the few bytes that the kernel keeps for it."""
        client.socket.settimeout(0)
        try:
            return client.socket.recv(12, socket.MSG_PEEK) == b"HTTP/1.1 503"
        except (BlockingIOError, ConnectionResetError):
            return False

    def test_a_list_is_whole_for_a_reader_that_is_slow_and_may_be(self):
        gateway = self.start()
        with RawClient(gateway.port, receive_bytes=65536) as client:
            client.send(raw_http.request("GET", rest.TRACKS))
            time.sleep(3)
            answer = client.read_answer()
        self.assertEqual(answer.status, 200)
        self.assertEqual(len(json.loads(answer.body)["tracks"]), TRACKS + 1)

    def test_bodies_that_never_end_are_refused_at_once_above_the_limit(self):
        gateway = self.start(f"--memory-limit={SMALL_LIMIT}")
        clients = []
        refused = 0
        for number in range(UNFINISHED):
            client = self.enterContext(RawClient(gateway.port, source=f"127.0.0.{10 + number % 50}"))
            client.send(unfinished())
            clients.append(client)
        began = time.monotonic()
        for client in clients:
            client.socket.settimeout(AT_ONCE_SECONDS if client is clients[0] else 0.01)
            try:
                answer = client.read_answer()
            except TimeoutError:
                continue
            except ConnectionResetError:
                answer = None
            self.assertIsNotNone(answer, "closed without an answer")
            self.assertEqual(answer.status, 503, answer)
            refusals.check_body(self, answer)
            self.assertIsNotNone(answer.get("Retry-After"))
            refused += 1
        print(f"{refused} refused, peak {gateway.peak_resident_bytes() / MIB:.0f} MiB", flush=True)
        self.assertGreaterEqual(refused, UNFINISHED - SMALL_LIMIT // (MIB - 1) - 1)
        self.assertLess(time.monotonic() - began, 2 * AT_ONCE_SECONDS + UNFINISHED * 0.01)
        self.assert_served(gateway)
        self.assert_within(gateway, SMALL_LIMIT)
        for client in clients:
            client.close()
        self.assert_takes_large_bodies_again(gateway)

    def test_one_client_cannot_take_all_of_it(self):
        gateway = self.start(f"--memory-limit={SMALL_LIMIT}")
        clients = [self.enterContext(RawClient(gateway.port, source="127.0.0.2")) for _ in range(UNFINISHED)]
        for client in clients:
            client.send(unfinished())
        self.assert_served(gateway)
        self.assert_takes_large_bodies_again(gateway)
        self.assert_within(gateway, SMALL_LIMIT)

    def assert_takes_large_bodies_again(self, gateway):
        give_up = time.monotonic() + AT_ONCE_SECONDS
        while True:
            with RawClient(gateway.port, source=OTHER) as client:
                client.send(raw_http.json_request("PUT", TARGET, BODY.ljust(MIB)))
                answer = client.read_answer()
            if answer.status == 200 or time.monotonic() > give_up:
                self.assertEqual(answer.status, 200, answer)
                return

    def test_what_was_held_is_given_back_again_and_again(self):
        gateway = self.start(f"--memory-limit={SMALL_LIMIT}")
        for _ in range(10):  # each would be too much if the one before were still counted
            clients = [RawClient(gateway.port) for _ in range(40)]
            for client in clients:
                client.send(unfinished())
            for number, client in enumerate(clients):
                client.reset() if number % 2 else client.close()
            self.assert_takes_large_bodies_again(gateway)


if __name__ == "__main__":
    runner.main()
