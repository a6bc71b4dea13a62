"""One connection and its requests: pipelining, keep-alive, HEAD, OPTIONS, Expect, trailers, and clients that have said all."""

import json
import time

from support import documents, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient
from support.slow_tracks import SlowTracks

TARGET = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()
PIPELINED = 3000
SLOW_MS = 2000
HEAD_BYTES_MAX = 16 * 1024


def get(track_id="t", *lines, **kwargs):
    return raw_http.request("GET", rest.track_path(track_id), *lines, **kwargs)


def put(body=BODY, *lines, target=TARGET, **kwargs):
    return raw_http.json_request("PUT", target, body, *lines, **kwargs)


def put_chunked(body=BODY, trailers=b"", *lines):
    chunks = raw_http.chunked(body, trailers=trailers)
    return raw_http.request("PUT", TARGET, "Content-Type: application/json", "Transfer-Encoding: chunked", *lines, body=chunks)


# A request, its status, its method and what its answer tells of the request, to be sent by the thousand.
MIXTURE = [
    lambda number: (get(), 200, "GET", b'"Minimal"'),
    lambda number: (get(f"nobody-{number}"), 404, "GET", b"nobody-%d" % number),
    lambda number: (put(b'{"%d"' % number), 400, "PUT", b"error"),
    lambda number: (put_chunked(), 200, "PUT", b'"Minimal"'),
    lambda number: (raw_http.request("PATCH", rest.TRACKS + f"?a={number}"), 405, "PATCH", b"a=%d" % number),
    lambda number: (get("t", "Content-Length: 0"), 200, "GET", b'"Minimal"'),
    lambda number: (raw_http.request("GET", f"/nothing/{number}"), 404, "GET", b"/nothing/%d" % number),
    lambda number: (raw_http.request("GET", "/healthz/live"), 200, "GET", b""),
    lambda number: (raw_http.request("HEAD", TARGET), 200, "HEAD", b""),
    lambda number: (put(BODY, "Content-Encoding: x"), 415, "PUT", b"error"),
    lambda number: (b"\r\n" + get(), 200, "GET", b'"Minimal"'),
]


class Connection(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.port = cls.enterClassContext(programs.gateway(service.port)).port

    def setUp(self):
        with rest.Rest(self.port) as client:
            self.assertEqual(client.put(TARGET + "?allowMissing=true", documents.minimal("t")).status, 200)

    def connect(self):
        return self.enterContext(RawClient(self.port))

    def assert_goes_on(self, client):
        client.send(get())
        self.assertEqual(client.read_answer().status, 200)

    def test_thousands_of_requests_in_one_piece_are_answered_in_order(self):
        for mixture in (MIXTURE[:1], MIXTURE):
            expected = [mixture[number % len(mixture)](number) for number in range(PIPELINED)]
            client = self.connect()
            sender = client.send_meanwhile(b"".join(data for data, *_ in expected))
            for number, (_, status, method, told) in enumerate(expected):
                answer = client.read_answer(method)
                self.assertEqual(answer and answer.status, status, (number, answer))
                self.assertIn(told, answer.body)
            sender.join()
            self.assert_goes_on(client)

    def test_thousands_of_requests_are_answered_to_a_client_that_reads_when_it_has_sent_all(self):
        client = self.connect()
        request = raw_http.request("GET", "/healthz/live")
        client.send(request * PIPELINED)
        client.end_sending()
        self.assertEqual({client.read_answer().status for _ in range(PIPELINED)}, {200})
        client.read_end()

    def test_what_follows_a_refusal_in_the_same_piece_is_not_done(self):
        client = self.connect()
        client.send(get() * 100 + b"?\r\n\r\n" + raw_http.request("DELETE", TARGET) * 100)
        for _ in range(100):
            self.assertEqual(client.read_answer().status, 200)
        refusals.check_last(self, client, {400})
        with rest.Rest(self.port) as client:
            self.assertEqual(client.get(TARGET).status, 200)

    @runner.table(
        [
            ("http_1_1", get(), True),
            ("http_1_1_and_keep_alive", get("t", "Connection: keep-alive"), True),
            ("http_1_1_and_another_option", get("t", "Connection: x-other", "X-Other: a"), True),
            ("http_1_1_and_close", get("t", "Connection: close"), False),
            ("http_1_1_and_close_in_large_letters", get("t", "Connection: CLOSE"), False),
            ("http_1_1_and_close_in_a_list", get("t", "Connection: x-other ,\tclose , x-more"), False),
            ("http_1_1_and_close_in_a_second_field", get("t", "Connection: x-other", "Connection: close"), False),
            ("http_1_1_and_a_word_that_begins_with_close", get("t", "Connection: closed, not-close"), True),
            ("http_1_0", get(version="HTTP/1.0"), False),
            ("http_1_0_without_a_host", get(version="HTTP/1.0", host=None), False),
            ("http_1_0_and_keep_alive", get("t", "Connection: keep-alive", version="HTTP/1.0"), True),
            ("http_1_0_and_keep_alive_in_a_list", get("t", "Connection: x-other, Keep-Alive", version="HTTP/1.0"), True),
            ("http_1_0_and_close", get("t", "Connection: close", version="HTTP/1.0"), False),
            ("http_1_0_and_both", get("t", "Connection: keep-alive, close", version="HTTP/1.0"), False),
            ("an_error_and_close", get("nobody", "Connection: close"), False),
            ("a_body_and_close", put(BODY, "Connection: close"), False),
            ("a_bad_body_and_close", put(b"{", "Connection: close"), False),
        ]
    )
    def keeps_the_connection_as_it_is_told_by(self, data, kept):
        client = self.connect()
        client.send(data)
        answer = client.read_answer()
        self.assertIn(answer.status, (200, 400, 404))
        self.assertEqual(answer.says_close, not kept, answer.fields)
        if not kept:
            client.read_end()
            return
        if b"HTTP/1.0" in data:
            self.assertEqual((answer.get("Connection") or "").lower(), "keep-alive")
        self.assert_goes_on(client)

    def test_nothing_behind_a_request_that_closes_is_done(self):
        client = self.connect()
        client.send(get("t", "Connection: close") + raw_http.request("DELETE", TARGET))
        self.assertEqual(client.read_answer().status, 200)
        client.read_end()
        with rest.Rest(self.port) as client:
            self.assertEqual(client.get(TARGET).status, 200)

    def test_head_is_a_get_without_its_body(self):
        client = self.connect()
        for track_id in ("t", "nobody"):
            client.send(get(track_id) + raw_http.request("HEAD", rest.track_path(track_id)))
        client.send(get())
        for status in (200, 404):
            whole, head = client.read_answer(), client.read_answer("HEAD")
            self.assertEqual((whole.status, head.status), (status, status))
            self.assertEqual(head.get("ETag"), whole.get("ETag"))
            self.assertEqual(head.get("Content-Type"), whole.get("Content-Type"))
            if status == 200:
                self.assertEqual(head.get("Content-Length"), whole.get("Content-Length"))
        self.assertEqual(client.read_answer().status, 200)

    def test_a_refusal_of_a_head_has_no_body_either(self):
        client = self.connect()
        client.send(raw_http.request("HEAD", TARGET, "X-Large: " + "x" * HEAD_BYTES_MAX) + get())
        answer = client.read_answer("HEAD")
        self.assertEqual((answer.status, answer.says_close), (431, True))
        rest_of_it = client.socket.recv(100)
        self.assertIn(rest_of_it[:1], (b"", b"{"))  # a header that is too long may be refused before its method is looked at

    def test_options_tells_the_methods_of_a_path(self):
        client = self.connect()
        client.send(raw_http.request("OPTIONS", TARGET))
        answer = client.read_answer()
        self.assertIn(answer.status, (200, 204, 405))
        self.assertLessEqual({"GET", "PUT", "DELETE"}, set((answer.get("Allow") or "").split(", ")))
        self.assert_goes_on(client)

    def test_options_of_the_server_as_a_whole_are_not_malformed(self):
        client = self.connect()
        client.send(raw_http.request("OPTIONS", "*"))
        self.assertIn(client.read_answer().status, (200, 204))
        self.assert_goes_on(client)

    @runner.table(
        [
            ("a_length_of_0", put(b""), 400),
            ("no_length", raw_http.request("PUT", TARGET, "Content-Type: application/json"), 400),
            ("no_chunks", put_chunked(b""), 400),
            ("no_chunks_and_trailers", put_chunked(b"", b"X-Sum: 0\r\n"), 400),
            ("a_get_of_length_0", get("t", "Content-Length: 0"), 200),
            ("a_get_of_no_chunks", get("t", "Transfer-Encoding: chunked", body=raw_http.chunked(b"")), 200),
        ]
    )
    def a_body_that_is_empty_has_its_end(self, data, status):
        client = self.connect()
        client.send(data + get())
        self.assertEqual(client.read_answer().status, status)
        self.assertEqual(client.read_answer().status, 200)

    def test_a_body_of_a_get_is_not_the_next_request(self):
        hidden = raw_http.request("DELETE", TARGET)
        for data in (
            get("t", f"Content-Length: {len(hidden)}", body=hidden),
            get("t", "Transfer-Encoding: chunked", body=raw_http.chunked(hidden)),
        ):
            client = self.connect()
            client.send(data)
            answer = client.read_answer()
            if not answer.says_close:
                self.assert_goes_on(client)
            else:
                client.read_end()

    def test_an_answer_without_a_body_says_no_length(self):
        client = self.connect()
        client.send(raw_http.request("DELETE", TARGET) + get())
        self.assertEqual(client.read_answer("DELETE").status, 204)
        self.assertEqual(client.read_answer().status, 404)

    def expect(self, *lines, body_len=len(BODY), **kwargs):
        client = self.connect()
        lengths = [f"Content-Length: {body_len}"] if body_len is not None else []
        client.send(raw_http.request("PUT", TARGET, "Content-Type: application/json", *lengths, *lines, **kwargs))
        return client

    def test_a_client_that_asks_is_told_to_go_on(self):
        for value in ("100-continue", "100-Continue"):
            client = self.expect(f"Expect: {value}")
            self.assertEqual(client.read_answer().status, 100)
            client.send(BODY)
            self.assertEqual(client.read_answer().status, 200)
            self.assert_goes_on(client)

    def test_a_client_that_asks_and_sends_chunks_is_told_to_go_on(self):
        client = self.expect("Expect: 100-continue", "Transfer-Encoding: chunked", body_len=None)
        self.assertEqual(client.read_answer().status, 100)
        client.send(raw_http.chunked(BODY))
        self.assertEqual(client.read_answer().status, 200)
        self.assert_goes_on(client)

    def test_a_client_that_asks_and_does_not_wait_is_answered_all_the_same(self):
        client = self.connect()
        client.send(put(BODY, "Expect: 100-continue") * 50)
        self.assertEqual({client.read_final().status for _ in range(50)}, {200})
        self.assert_goes_on(client)

    def test_a_client_of_http_1_0_is_not_told_to_go_on(self):
        client = self.expect("Expect: 100-continue", version="HTTP/1.0")
        self.assertTrue(client.is_open(0.3))
        client.send(BODY)
        self.assertEqual(client.read_answer().status, 200)

    def test_another_expectation_is_417(self):
        for value in ("200-ok", "100-continue, 200-ok", "100"):
            client = self.expect(f"Expect: {value}")
            answer = client.read_answer()
            self.assertEqual(answer.status, 417)
            refusals.check_body(self, answer)

    def test_a_body_that_is_too_long_is_refused_instead_of_asked_for(self):
        for length in ((1 << 20) + 1, 10**15):
            client = self.expect("Expect: 100-continue", body_len=length)
            answer = client.read_answer()
            self.assertEqual(answer.status, 413)
            refusals.check_body(self, answer)

    def test_a_body_that_is_refused_for_its_header_is_not_asked_for_and_then_forgotten(self):
        client = self.connect()
        client.send(raw_http.request("PUT", "/nothing", "Expect: 100-continue", f"Content-Length: {len(BODY)}"))
        answer = client.read_answer()
        if answer.status == 100:
            client.send(BODY)
            answer = client.read_answer()
        self.assertEqual(answer.status, 404)
        if answer.says_close:
            client.read_end()
        elif answer.status != 100:
            client.send(BODY)  # it has not been asked for, and may yet come
            self.assert_goes_on(client)


class Half(runner.TestCase):
    """Clients that have sent all, closed their side, and wait."""

    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(SlowTracks())
        cls.port = cls.enterClassContext(programs.gateway(cls.service.port)).port

    def connect(self):
        return self.enterContext(RawClient(self.port))

    def test_are_answered_however_long_it_takes(self):
        slow = f"slow-{SLOW_MS}"
        body = json.dumps(documents.minimal(slow)).encode()
        requests = [get(slow), put(body, target=rest.track_path(slow)), get("fast") + get(slow), get(slow) + get("fast")]
        clients = [self.connect() for _ in requests]
        for client, data in zip(clients, requests):
            client.send(data)
            client.end_sending()
        for client, data in zip(clients, requests):
            for _ in range(data.count(b" HTTP/1.1\r\n")):
                answer = client.read_answer()
                self.assertEqual(answer and answer.status, 200)
            client.read_end()

    def test_are_answered_when_they_close_while_the_call_is_under_way(self):
        client = self.connect()
        client.send(get(f"slow-{SLOW_MS}"))
        self.assertTrue(self.service.begun.acquire(timeout=10))
        time.sleep(0.3)
        client.end_sending()
        self.assertEqual(client.read_answer().status, 200)
        client.read_end()

    def test_that_close_within_a_body_are_refused_or_let_go(self):
        for length in (0, 1, len(BODY) - 1):
            client = self.connect()
            client.send(put()[: -len(BODY)] + BODY[:length])
            client.end_sending()
            answer = client.read_answer()
            if answer:
                self.assertEqual(answer.status, 400)
                client.read_end()

    def test_clients_that_are_gone_altogether_end_their_calls(self):
        while self.service.cancelled.acquire(blocking=False):
            pass
        for _ in range(20):
            client = self.connect()
            client.send(get("slow-9000"))
            self.assertTrue(self.service.begun.acquire(timeout=10))
            time.sleep(0.02)
            client.reset()
        for _ in range(20):
            self.assertTrue(self.service.cancelled.acquire(timeout=5))


if __name__ == "__main__":
    runner.main()
