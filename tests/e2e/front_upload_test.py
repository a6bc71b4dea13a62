"""Bodies over the limit: the client gets to read its 413 however much it has still to send, and what follows it is served.

Also through a proxy like Backstage's (http-proxy-middleware in node), which keeps its connections for the next client.
"""

import json
import pathlib
import subprocess
import threading
import time

from support import documents, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
MIB = 1 << 20
PIECE = b" " * 65536
RESIDENT_BYTES_MAX = 64 * MIB  # whatever is dropped is not kept
CUT_SECONDS = 10  # for 200 MB

_NODE = pathlib.Path("tests/e2e/node")
_PROXY = "node_modules/http-proxy-middleware/package.json"


class Upload(threading.Thread):
    """Sends a body in pieces, for as long as the server takes it."""

    def __init__(self, client, length, chunked):
        super().__init__(daemon=True)
        self.client = client
        self.chunked = chunked
        self.left = length
        line = "Transfer-Encoding: chunked" if chunked else f"Content-Length: {length}"
        client.send(raw_http.request("PUT", TARGET, "Content-Type: application/json", line))
        self.start()

    def run(self):
        try:
            self._send()
        except OSError:
            pass  # the test has closed it

    def _send(self):
        while self.left > 0:
            piece = PIECE[: self.left]
            if not self.client.send(b"%x\r\n%s\r\n" % (len(piece), piece) if self.chunked else piece):
                return
            self.left -= len(piece)
        if self.chunked:
            self.client.send(b"0\r\n\r\n")


SIZES = [
    (f"of_{size}_mb_{kind}", size * MIB, kind == "in_chunks") for size in (2, 20, 200) for kind in ("with_a_length", "in_chunks")
]


class TooLong(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.gateway = cls.enterClassContext(programs.gateway(service.port))
        with rest.Rest(cls.gateway.port) as client:
            client.put(TARGET + "?allowMissing=true", documents.minimal("t"))

    def connect(self):
        return self.enterContext(RawClient(self.gateway.port))

    def check_413(self, answer):
        self.assertIsNotNone(answer, "closed without an answer")
        self.assertEqual(answer.status, 413, answer)
        refusals.check_body(self, answer)

    def check_what_follows(self, client, answer):
        """The connection is as good as the answer has said."""
        if answer.says_close:
            return
        client.send(raw_http.request("GET", TARGET))
        self.assertEqual(client.read_answer().status, 200)

    @runner.table(SIZES)
    def is_413_to_a_client_that_reads_while_it_sends_a_body(self, length, chunked):
        began = time.monotonic()
        client = self.connect()
        upload = Upload(client, length, chunked)
        answer = client.read_final()
        self.check_413(answer)
        upload.join(CUT_SECONDS)
        self.assertFalse(upload.is_alive())
        if upload.left <= 0:
            self.check_what_follows(client, answer)
        self.assertLess(time.monotonic() - began, CUT_SECONDS)
        if not programs.SANITIZED:
            self.assertLess(self.gateway.resident_bytes(), RESIDENT_BYTES_MAX)

    @runner.table(SIZES)
    def is_413_to_a_client_that_reads_when_it_has_sent_a_body(self, length, chunked):
        client = self.connect()
        upload = Upload(client, length, chunked)
        upload.join(CUT_SECONDS)
        self.assertFalse(upload.is_alive())
        answer = client.read_final()
        self.check_413(answer)
        if upload.left <= 0:
            self.check_what_follows(client, answer)

    def test_is_413_before_the_body_has_come(self):
        client = self.connect()
        client.send(raw_http.request("PUT", TARGET, "Content-Type: application/json", f"Content-Length: {MIB + 1}"))
        self.check_413(client.read_answer())

    def test_is_413_before_the_chunks_have_ended(self):
        client = self.connect()
        chunks = raw_http.chunked(b" " * (MIB + 1), size=65536)
        lines = ("Content-Type: application/json", "Transfer-Encoding: chunked")
        client.send(raw_http.request("PUT", TARGET, *lines, body=chunks[:-5]))
        self.check_413(client.read_answer())

    def test_a_client_that_asks_first_can_go_on_with_another_request(self):
        client = self.connect()
        client.send(raw_http.json_request("PUT", TARGET, b"", "Expect: 100-continue").replace(b"Length: 0", b"Length: 9999999"))
        answer = client.read_answer()
        self.check_413(answer)
        if answer.says_close:
            client.read_end()

    def test_other_refusals_in_the_middle_of_an_upload_can_be_read_too(self):
        for target, lines, status in (
            ("/nothing", ("Content-Type: application/json",), 404),
            (rest.TRACKS + "/a", ("Content-Type: text/plain",), 415),
            (rest.TRACKS, ("Content-Type: application/json",), 405),
        ):
            client = self.connect()
            client.send(raw_http.request("PUT", target, f"Content-Length: {MIB}", *lines) + b" " * MIB)
            answer = client.read_answer()
            self.assertEqual(answer and answer.status, status)
            refusals.check_body(self, answer)
            self.check_what_follows(client, answer)

    def test_many_at_once_are_all_413(self):
        clients = [self.connect() for _ in range(50)]
        uploads = [Upload(client, 2 * MIB, number % 2 == 0) for number, client in enumerate(clients)]
        for upload, client in zip(uploads, clients):
            self.check_413(client.read_final())
            upload.join(CUT_SECONDS)


@runner.unittest.skipUnless((_NODE / _PROXY).exists(), "http-proxy-middleware is not installed in tests/e2e/node")
class ThroughAProxy(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        gateway = cls.enterClassContext(programs.gateway(service.port))
        cls.proxy = subprocess.Popen(
            ["node", _NODE / "proxy.js", f"http://127.0.0.1:{gateway.port}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        cls.addClassCleanup(cls.stop)
        cls.port = int(cls.proxy.stdout.readline())
        with rest.Rest(gateway.port) as client:
            client.put(TARGET + "?allowMissing=true", documents.minimal("t"))

    @classmethod
    def stop(cls):
        cls.proxy.stdin.close()
        cls.proxy.wait(20)
        cls.proxy.stdout.close()

    @runner.table(SIZES[:4])
    def requests_after_a_413_all_succeed_after_bodies(self, length, chunked):
        for _ in range(5):
            with RawClient(self.port) as client:
                Upload(client, length, chunked)
                answer = client.read_final()
                self.assertEqual(answer and answer.status, 413, answer)
            for _ in range(10):
                with rest.Rest(self.port) as client:
                    reply = client.get(TARGET)
                    self.assertEqual(reply.status, 200, reply.body)
                    reply = client.put(TARGET, body=BODY)
                    self.assertEqual(reply.status, 200, reply.body)


if __name__ == "__main__":
    runner.main()
