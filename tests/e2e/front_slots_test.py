"""Clients that hold a connection and are gone, or slow, at every stage: they lose it in time, and others are served meanwhile."""

import http.client
import json
import os
import random
import select
import time

from support import documents, programs, raw_http, rest, runner
from support.raw_http import RawClient
from support.slow_tracks import SlowTracks
from soundcheck.v1 import tracks_pb2

TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
GET = raw_http.request("GET", TARGET)
LIVE = raw_http.request("GET", "/healthz/live")
PUT = raw_http.json_request("PUT", TARGET, b"{}" + b" " * 500)

CONNECTIONS_MAX = 1000
LEAVERS = 1200
SERVED_SECONDS = 2
FREE_SECONDS = 20  # a gateway that waits for clients that have gone waits for a minute
CUT_SECONDS = 25  # headers and bodies that are slower than the least rate
PIECE_SECONDS = 1
SLOW = 10  # clients of each kind
BEARABLE_BYTES = 8192  # a second, of a client that is slow and may be
WAITING = 2000
CPU_REQUESTS = 3000
CPU_RATIO_MAX = 1.7

# What a client has said when it goes: each a stage of a request.
STAGES = [
    ("behind_nothing", b""),
    ("behind_a_letter", b"G"),
    ("within_the_request_line", GET[:10]),
    ("behind_an_empty_line", b"\r\n"),
    ("behind_the_request_line", GET[: GET.index(b"\r\n") + 2]),
    ("within_the_header", GET[:-4]),
    ("before_the_blank_line", GET[:-2]),
    ("before_the_body", PUT[: PUT.index(b"{")]),
    ("within_the_body", PUT[:-100]),
    ("within_a_chunk", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked", body=b"ff\r\nabc")),
    ("within_a_chunk_size", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked", body=b"f")),
    ("behind_a_request", GET),
    ("behind_ten_requests", GET * 10),
    ("behind_a_malformed_request", b"?\r\n\r\n"),
]


class Leaving(runner.TestCase):
    """More clients than there are slots for connect, say something, and go."""

    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.gateway = cls.enterClassContext(programs.gateway(service.port, f"--max-connections={CONNECTIONS_MAX}"))

    def assert_served(self):
        """All of a few clients, at once."""
        began = time.monotonic()
        for _ in range(20):
            with RawClient(self.gateway.port, SERVED_SECONDS) as client:
                client.send(LIVE)
                answer = client.read_answer()
                self.assertEqual(answer and answer.status, 200)
        self.assertLess(time.monotonic() - began, SERVED_SECONDS)

    def leave(self, data, with_reset):
        client = RawClient(self.gateway.port)
        client.send(data)
        if with_reset:
            client.reset()
        else:
            client.close()

    @runner.table([(f"{name}_{how}", data, how == "by_reset") for name, data in STAGES for how in ("in_order", "by_reset")])
    def clients_that_have_gone_hold_no_slot(self, data, with_reset):
        for _ in range(LEAVERS):
            self.leave(data, with_reset)
        self.await_slot()
        self.assert_served()

    def await_slot(self):
        """Whoever has said all and closed may still read: its requests are answered first."""
        give_up = time.monotonic() + FREE_SECONDS
        while time.monotonic() < give_up:
            with RawClient(self.gateway.port, SERVED_SECONDS) as client:
                client.send(LIVE)
                answer = client.read_answer()
                if answer and answer.status == 200:
                    return
            time.sleep(0.1)

    def test_10000_connects_that_end_at_any_stage_leave_nothing_behind(self):
        self.assert_served()
        files = self.gateway.open_files()
        chance = random.Random(8)
        for _ in range(10_000):
            self.leave(chance.choice(STAGES)[1], chance.random() < 0.5)
        self.assert_served()
        give_up = time.monotonic() + 10
        while self.gateway.open_files() > files and time.monotonic() < give_up:
            time.sleep(0.05)
        self.assertLessEqual(self.gateway.open_files(), files)

    def test_slots_that_are_all_taken_are_there_again_when_their_clients_leave(self):
        clients = [self.enterContext(RawClient(self.gateway.port)) for _ in range(CONNECTIONS_MAX)]
        for client in clients:
            client.send(LIVE)
        self.assertEqual({client.read_answer().status for client in clients}, {200})
        with RawClient(self.gateway.port, SERVED_SECONDS) as client:
            client.send(LIVE)
            try:
                answer = client.read_answer()
            except ConnectionResetError:
                answer = None
            self.assertTrue(answer is None or answer.status == 503, answer)
        for client in clients:
            client.close()
        time.sleep(0.2)
        self.assert_served()


class Slow:
    """A client that says so much, and then a piece each second."""

    def __init__(self, name, port, first, piece):
        self.name = name
        self.client = RawClient(port, receive_bytes=4096 if name == "reader" else None)
        self.client.send(first)
        self.piece = piece
        self.cut_after = None


class SlowClients(runner.TestCase):
    """Each of every kind at once, since their time is what matters."""

    KINDS = [
        ("request_line", b"GET /", b"a"),
        ("empty_lines", b"", b"\r\n"),
        ("header_line", GET[:-2] + b"X: ", b"a"),
        ("header_lines", GET[:-2], b"X: a\r\n"),
        ("body", PUT[: PUT.index(b"{")], b" "),
        ("chunks", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked"), b"1\r\n \r\n"),
        ("chunk_extension", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked", body=b"1;"), b"a"),
        ("trailers", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked", body=b"0\r\n"), b"X: a\r\n"),
        ("second_request_line", GET + b"GET /", b"a"),
        ("silent_in_a_header", GET[:-2], b""),
        ("silent_in_a_body", PUT[:-100], b""),
    ]

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(SlowTracks())
        track = tracks_pb2.Track(id="large", description="x" * 60_000)
        cls.service.listed.tracks.extend([track] * 150)
        cls.gateway = cls.enterClassContext(programs.gateway(cls.service.port, "--max-body=1000000"))

    def is_cut(self, slow):
        """The server has closed it; what it said before is read."""
        if slow.name == "reader":  # what it has not read is still there, and so is the end of it: ask the kernel
            return _has_no_peer(slow.client.socket)
        slow.client.socket.settimeout(0)
        try:
            while data := slow.client.socket.recv(65536):
                del data
            return True
        except BlockingIOError:
            return False
        except ConnectionResetError:
            return True

    def test_are_cut_and_those_that_are_fast_enough_are_not(self):
        port = self.gateway.port
        clients = [Slow(name, port, first, piece) for name, first, piece in self.KINDS for _ in range(SLOW)]
        clients += [Slow("reader", port, raw_http.request("GET", rest.TRACKS), b"") for _ in range(SLOW)]
        length = 13 * BEARABLE_BYTES
        bearable = RawClient(port)
        bearable.send(raw_http.request("PUT", TARGET, "Content-Type: application/json", f"Content-Length: {length}"))
        began = time.monotonic()
        while (passed := time.monotonic() - began) < CUT_SECONDS:
            for slow in clients:
                if slow.cut_after is None:
                    if self.is_cut(slow):
                        slow.cut_after = passed
                    elif slow.piece:
                        slow.client.send(slow.piece)
            if length:
                bearable.send(BODY.ljust(BEARABLE_BYTES) if length == 13 * BEARABLE_BYTES else b" " * BEARABLE_BYTES)
                length -= BEARABLE_BYTES
            if all(slow.cut_after is not None for slow in clients) and not length:
                break
            self.assert_served_at_once()
            time.sleep(PIECE_SECONDS)
        lived = {}
        for slow in clients:
            lived.setdefault(slow.name, []).append(slow.cut_after)
        print({name: (min(t or -1 for t in times), max(t or -1 for t in times)) for name, times in lived.items()}, flush=True)
        self.assertEqual([slow.name for slow in clients if slow.cut_after is None], [])
        self.assertEqual(bearable.read_answer().status, 200)
        for slow in clients:
            slow.client.close()

    def assert_served_at_once(self):
        with RawClient(self.gateway.port, SERVED_SECONDS) as client:
            client.send(LIVE)
            self.assertEqual(client.read_answer().status, 200)


def _has_no_peer(connection):
    """Whether the other end has closed: FIN or RST has come, whatever is still to be read before it."""
    poll = select.poll()
    poll.register(connection, select.POLLRDHUP)
    return bool(poll.poll(0))


class Idle(runner.TestCase):
    def test_a_connection_between_requests_is_closed_after_its_time(self):
        with programs.track_service("memory:") as service, programs.gateway(service.port, "--idle-timeout=2") as gateway:
            began = time.monotonic()
            clients = [self.enterContext(RawClient(gateway.port)) for _ in range(4)]
            for client in clients[2:]:
                client.send(GET)
                self.assertEqual(client.read_answer().status, 404)
            for client in clients:
                client.read_end()
                self.assertGreater(time.monotonic() - began, 1)
            self.assertLess(time.monotonic() - began, 6)


class Waiting(runner.TestCase):
    """Requests that wait for the service cost those nothing that do not."""

    def cpu_seconds(self, gateway):
        with open(f"/proc/{gateway.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def cost(self, gateway):
        """CPU of so many requests, one after the other."""
        client = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
        before = self.cpu_seconds(gateway)
        for _ in range(CPU_REQUESTS):
            client.request("GET", "/nothing")
            client.getresponse().read()
        client.close()
        return self.cpu_seconds(gateway) - before

    def test_however_many_wait_the_cost_of_others_is_the_same(self):
        with programs.track_service("memory:") as service:
            with programs.gateway(service.port, "--deadline-ms=20000", "--max-calls=8000") as gateway:
                with RawClient(gateway.port) as client:
                    client.send(raw_http.json_request("PUT", TARGET + "?allowMissing=true", BODY))
                    self.assertEqual(client.read_answer().status, 200)
                alone = min(self.cost(gateway) for _ in range(3))
                with service.paused():
                    clients = [RawClient(gateway.port) for _ in range(WAITING)]
                    for client in clients:
                        client.send(GET)
                    together = min(self.cost(gateway) for _ in range(3))
                print("CPU of a request:", alone / CPU_REQUESTS, together / CPU_REQUESTS, flush=True)
                self.assertEqual({client.read_answer().status for client in clients} - {503}, {200})
                self.assertLess(together, alone * CPU_RATIO_MAX + 0.05)
                for client in clients:
                    client.close()


if __name__ == "__main__":
    programs.allow_files(2 * WAITING + 3000)
    runner.main()
