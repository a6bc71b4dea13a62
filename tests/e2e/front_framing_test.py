"""Where one request ends and the next begins, and which fields it has: what can be read in two ways is refused and read in neither.

Each refusal is one answer with a JSON body, the last on its connection, and the request that was hidden in it is not done.
"""

import json

from support import documents, framing_cases, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

GET_CANARY = raw_http.request("GET", framing_cases.CANARY)
BODY = json.dumps(documents.minimal("t")).encode()

# What is unusual and has one meaning alone.
_CHUNKS = "Transfer-Encoding: chunked"


def get(*lines, **kwargs):
    return raw_http.request("GET", framing_cases.TARGET, *lines, **kwargs)


def put(*lines, body=BODY):
    return raw_http.request("PUT", framing_cases.TARGET, "Content-Type: application/json", *lines, body=body)


ACCEPTED = [
    ("no_space_behind_the_colon", put(f"Content-Length:{len(BODY)}")),
    ("white_space_around_a_length", put(f"Content-Length: \t {len(BODY)} \t ")),
    ("names_in_any_letters", put(f"cONTENT-lENGTH: {len(BODY)}")),
    ("zeros_before_a_length", put(f"Content-Length: 000{len(BODY)}")),
    ("a_coding_in_any_letters", put("Transfer-Encoding: ChunKed", body=raw_http.chunked(BODY))),
    ("white_space_around_a_coding", put("Transfer-Encoding: \tchunked\t ", body=raw_http.chunked(BODY))),
    ("extensions_of_chunks", put(_CHUNKS, body=raw_http.chunked(BODY, extension=b';a=b;c="d e"'))),
    ("trailers", put(_CHUNKS, body=raw_http.chunked(BODY, trailers=b"X-Sum: 1\r\nX-More:\r\n"))),
    ("a_trailer_that_is_a_length", put(_CHUNKS, body=raw_http.chunked(BODY, trailers=b"Content-Length: 500\r\n"))),
    ("a_trailer_that_is_a_condition", put(_CHUNKS, body=raw_http.chunked(BODY, trailers=b'If-Match: "stale"\r\n'))),
    ("sizes_in_large_letters_and_zeros", put(_CHUNKS, body=b"00%X\r\n%s\r\n000\r\n\r\n" % (len(BODY), BODY))),
    ("every_character_of_a_name", get("!#$%&'*+-.^_`|~09azAZ: v")),
    ("bytes_beyond_ascii_in_a_value", get(b"X-Other: \xe9")),
    ("a_tab_in_a_value", get("X-Other: a\tb")),
    ("a_value_that_is_empty", get("X-Other:")),
    ("colons_in_a_value", get("X-Other: :a:b")),
    ("a_length_of_0", get("Content-Length: 0")),
    ("a_host_with_a_port", get(host="tracks.example.com:8080")),
    ("a_host_that_is_an_address", get(host="[2001:db8::1]:80")),
    ("a_host_that_is_empty", get(host="")),
    ("a_url", raw_http.request("GET", "http://localhost" + framing_cases.TARGET)),
    ("a_url_in_large_letters", raw_http.request("GET", "HTTP://LOCALHOST:80" + framing_cases.TARGET)),
    ("a_url_of_another_host_than_host", raw_http.request("GET", "http://other" + framing_cases.TARGET)),
    ("one_empty_line_before_it", b"\r\n" + get()),
]


class _Framing:
    """What holds for both forms of the error body."""

    error_body = None

    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.port = cls.enterClassContext(programs.gateway(service.port, error_body=cls.error_body)).port

    def setUp(self):
        with rest.Rest(self.port) as client:
            for track_id in ("t", "canary"):
                reply = client.put(rest.track_path(track_id) + "?allowMissing=true", documents.minimal(track_id))
                self.assertEqual(reply.status, 200, reply.body)

    def connect(self):
        return self.enterContext(RawClient(self.port))

    def stored(self):
        """Both tracks as they are, with the times of their last change."""
        with rest.Rest(self.port) as client:
            return [client.get(rest.track_path(track_id)).body for track_id in ("t", "canary")]

    def check(self, send, data, statuses):
        before = self.stored()
        client = self.connect()
        send(client, data)
        refusals.check_last(self, client, statuses, self.error_body)
        self.assertEqual(self.stored(), before)


class Whole(_Framing, runner.TestCase):
    error_body = "backstage"

    @runner.table(framing_cases.CASES)
    def refuses(self, data, statuses):
        self.check(RawClient.send, data, statuses)

    @runner.table(framing_cases.CONDITIONS)
    def sees_a_condition(self, data, statuses):
        before = self.stored()
        client = self.connect()
        client.send(data)
        answer = client.read_answer()
        self.assertIn(answer.status, statuses, answer)
        refusals.check_body(self, answer, self.error_body)
        self.assertEqual(self.stored(), before)

    @runner.table(ACCEPTED)
    def accepts(self, data):
        client = self.connect()
        client.send(data + GET_CANARY)
        for track_id in ("t", "canary"):
            answer = client.read_answer()
            self.assertEqual(answer.status, 200, answer)
            self.assertEqual(json.loads(answer.body)["track"]["id"], track_id)
            self.assertFalse(answer.says_close)
        self.assertTrue(client.is_open())

    def test_answers_what_was_whole_before_it_refuses_what_follows(self):
        client = self.connect()
        client.send(GET_CANARY * 3 + b"GET / HTTP/1.1\r\nHost : a\r\n\r\n" + framing_cases.SMUGGLED)
        for _ in range(3):
            self.assertEqual(client.read_answer().status, 200)
        refusals.check_last(self, client, {400}, self.error_body)
        self.assertIn(b"canary", self.stored()[1])


class Status(_Framing, runner.TestCase):
    error_body = "status"

    @runner.table(framing_cases.CASES)
    def refuses_with_a_status(self, data, statuses):
        self.check(RawClient.send, data, statuses)


class ByByte(_Framing, runner.TestCase):
    """The same bytes, however they are cut on their way."""

    error_body = "backstage"

    def test_refuses_the_same_when_it_comes_byte_by_byte(self):
        for name, data, statuses in framing_cases.CASES:
            print(name, flush=True)
            self.check(RawClient.send_by_byte, data, statuses)

    def test_refuses_the_same_when_the_client_has_said_all(self):
        def send(client, data):
            client.send(data)
            client.end_sending()

        for name, data, statuses in framing_cases.CASES:
            print(name, flush=True)
            self.check(send, data, statuses)

    def test_accepts_the_same_when_it_comes_byte_by_byte(self):
        for name, data in ACCEPTED:
            client = self.connect()
            client.send_by_byte(data)
            self.assertEqual(client.read_answer().status, 200, name)


if __name__ == "__main__":
    runner.main()
