"""The gateway's end: SIGTERM at every stage of a request, and signals that are no reason to end."""

import json
import signal
import socket
import time

from soundcheck.v1 import tracks_pb2
from support import documents, programs, raw_http, rest, runner
from support.raw_http import RawClient
from support.slow_tracks import SlowTracks

TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
GET = raw_http.request("GET", TARGET)
LIVE = raw_http.request("GET", "/healthz/live")
LIST = raw_http.request("GET", rest.TRACKS)
PUT = raw_http.json_request("PUT", TARGET, BODY)
REFUSED = raw_http.request("PUT", TARGET, "Content-Length: 99999999") + b" " * 100_000
SLOW_GET = raw_http.request("GET", rest.track_path("slow-1000"))
STUCK_GET = raw_http.request("GET", rest.track_path("slow-30000"))
DRAIN_SECONDS = 1
END_SECONDS = DRAIN_SECONDS + 2
IDLE_END_SECONDS = 2  # well below --drain-timeout


class Ending(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(SlowTracks())
        cls.service.listed.tracks.extend([tracks_pb2.Track(id="large", description="x" * 60_000)] * 150)

    def start(self, *flags):
        return self.enterContext(programs.gateway(self.service.port, *flags))

    def connect(self, gateway):
        return self.enterContext(RawClient(gateway.port))

    def status(self, gateway, data=LIVE, timeout=5):
        with RawClient(gateway.port, timeout) as client:
            client.send(data)
            answer = client.read_final()
            return answer and answer.status

    def end(self, gateway, seconds=END_SECONDS):
        """SIGTERM; it ends with 0 in time."""
        began = time.monotonic()
        gateway.stop()
        self.assertLess(time.monotonic() - began, seconds)

    @runner.table(
        [
            ("behind_a_letter", b"G"),
            ("within_a_request_line", GET[:8]),
            ("within_a_header", GET[:-3]),
            ("behind_a_header", PUT[: -len(BODY)]),
            ("within_a_body", PUT[:-10]),
            ("within_chunks", raw_http.request("PUT", TARGET, "Transfer-Encoding: chunked", body=b"5\r\nhe")),
            ("waiting_to_be_told_to_go_on", raw_http.json_request("PUT", TARGET, BODY, "Expect: 100-continue")[: -len(BODY)]),
            ("waiting_for_the_service", STUCK_GET),
            ("with_many_waiting_for_the_service", STUCK_GET * 20),
            ("reading_nothing_of_a_large_answer", LIST),
            ("reading_nothing_of_many_answers", LIST * 20),
            ("behind_a_refusal", b"?\r\n\r\n"),
            ("in_the_middle_of_a_body_that_is_refused", REFUSED),
        ]
    )
    def ends_in_time_with_clients(self, data):
        gateway = self.start(f"--drain-timeout={DRAIN_SECONDS}")
        self.assertEqual(self.status(gateway, GET), 200)
        for _ in range(10):
            client = self.enterContext(RawClient(gateway.port, receive_bytes=4096))
            client.send(data)
        time.sleep(0.2)
        self.end(gateway)

    @runner.table([("has_said_nothing", 0), ("is_between_requests", 1), ("is_between_many_requests", 50)])
    def does_not_wait_for_a_client_that(self, requests):
        gateway = self.start("--drain-timeout=20")
        for _ in range(10):
            client = self.enterContext(RawClient(gateway.port))
            client.send(LIVE * requests)
            self.assertEqual([client.read_answer().status for _ in range(requests)], [200] * requests)
        self.end(gateway, IDLE_END_SECONDS)

    def test_ends_at_once_without_clients(self):
        self.end(self.start("--drain-timeout=20"), IDLE_END_SECONDS)

    def test_what_is_under_way_is_answered_before_it_ends(self):
        gateway = self.start()
        clients = [self.connect(gateway) for _ in range(10)]
        while self.service.begun.acquire(blocking=False):
            pass
        for client in clients:
            client.send(SLOW_GET)
        for _ in clients:
            self.assertTrue(self.service.begun.acquire(timeout=5))
        gateway.terminate()
        for client in clients:
            answer = client.read_answer()
            self.assertEqual((answer.status, answer.says_close), (200, True))
            client.read_end()
        gateway.wait()

    def test_an_answer_that_is_read_on_is_whole_before_it_ends(self):
        gateway = self.start("--drain-timeout=10")
        client = self.connect(gateway)
        client.send(LIST)
        client.socket.recv(1, socket.MSG_PEEK)
        gateway.terminate()
        time.sleep(0.3)
        answer = client.read_answer()
        self.assertEqual(len(json.loads(answer.body)["tracks"]), 150)
        gateway.wait()

    def test_a_second_signal_ends_it_at_once(self):
        gateway = self.start("--drain-timeout=20")
        client = self.enterContext(RawClient(gateway.port))
        client.send(STUCK_GET)
        self.assertTrue(self.service.begun.acquire(timeout=5))
        gateway.terminate()
        time.sleep(0.2)
        self.assertIsNone(gateway.process.poll())
        gateway.terminate()
        self.assertEqual(gateway.process.wait(IDLE_END_SECONDS), -signal.SIGTERM)
        gateway.process.stdout.close()

    def test_sigint_ends_it_as_well(self):
        gateway = self.start()
        gateway.process.send_signal(signal.SIGINT)
        gateway.wait()

    def test_no_other_signal_ends_it(self):
        gateway = self.start()
        client = self.connect(gateway)
        for number in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2, signal.SIGPIPE, signal.SIGWINCH, signal.SIGCHLD):
            gateway.process.send_signal(number)
            time.sleep(0.1)
            client.send(GET)
            self.assertEqual(client.read_answer().status, 200, number)
        self.end(gateway)


if __name__ == "__main__":
    runner.main()
