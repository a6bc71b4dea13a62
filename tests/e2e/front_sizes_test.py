"""How much may be in a request, and what is over it: numbers of parameters, fields and bytes, each at its limit and far beyond."""

import time

from support import documents, programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

TARGET = rest.track_path("t")
HEAD_BYTES_MAX = 16 * 1024
STOP_SECONDS = 8

_OVER = {414, 431}


def listing(count, parameter):
    return raw_http.request("GET", rest.TRACKS + "?" + "&".join([parameter] * count))


def fields(count):
    return raw_http.request("GET", TARGET, *(f"a{number}: b" for number in range(count)))


def head_by_field(length):
    """A request of so many bytes."""
    return raw_http.request("GET", TARGET, "X-Large: " + "x" * (length - len(raw_http.request("GET", TARGET, "X-Large: "))))


def head_by_fields(length):
    request = raw_http.request("GET", TARGET, *(f"x{number}: " + "x" * 150 for number in range(80)))
    return request.replace(b"x0: ", b"x0: " + b"x" * (length - len(request)))


def head_by_target(length):
    return raw_http.request("GET", TARGET + "x" * (length - len(raw_http.request("GET", TARGET))))


def head_by_query(length):
    start = rest.TRACKS + "?tracks="
    return raw_http.request("GET", start + "x" * (length - len(raw_http.request("GET", start))))


def extension(length):
    chunks = raw_http.chunked(b"[]", extension=b";" + b"a" * length)
    return raw_http.request("PUT", TARGET, "Content-Type: application/json", "Transfer-Encoding: chunked", body=chunks)


def trailers(count, length):
    chunks = raw_http.chunked(b"[]", trailers=b"".join(b"a%d: %s\r\n" % (number, b"b" * length) for number in range(count)))
    return raw_http.request("PUT", TARGET, "Content-Type: application/json", "Transfer-Encoding: chunked", body=chunks)


LAST = [
    ("5000_parameters", listing(5000, "tracks=a"), _OVER),
    ("5000_parameters_without_a_value", listing(5000, "tracks"), _OVER),
    ("1300_ids", listing(1300, "tracks=track-0000"), _OVER),
    ("20000_separators", listing(20000, ""), _OVER),
    ("444_fields", fields(444), {431}),
    ("468_fields", fields(468), {431}),
    ("1000_fields", fields(1000), {431}),
    ("20000_fields", fields(20000), {431}),
    ("a_field_of_one_byte_too_many", head_by_field(HEAD_BYTES_MAX + 1), {431}),
    ("fields_of_one_byte_too_many", head_by_fields(HEAD_BYTES_MAX + 1), {431}),
    ("a_target_of_one_byte_too_many", head_by_target(HEAD_BYTES_MAX + 1), _OVER),
    ("a_query_of_one_byte_too_many", head_by_query(HEAD_BYTES_MAX + 1), _OVER),
    ("a_field_of_a_megabyte", head_by_field(1 << 20), {431}),
    ("a_target_of_a_megabyte", head_by_target(1 << 20), _OVER),
    ("a_method_of_a_megabyte", raw_http.request("G" * (1 << 20), TARGET), {400, 431, 501}),
    ("a_name_of_a_megabyte", raw_http.request("GET", TARGET, "X" * (1 << 20) + ": a"), {431}),
    ("a_chunk_extension_of_40_kb", extension(40_000), {400, 413, 431}),
    ("a_chunk_extension_of_a_megabyte", extension(1 << 20), {400, 413, 431}),
    ("1000_trailers", trailers(1000, 1), {400, 431}),
    ("a_trailer_of_a_megabyte", trailers(1, 1 << 20), {400, 431}),
]
SERVED = [
    ("430_parameters", listing(430, "tracks=t"), 200),
    ("420_ids", listing(420, "tracks=track-0000"), 200),
    ("1000_parameters", listing(1000, "tracks=t"), 200),
    ("1000_parameters_that_are_unknown", listing(1000, "a=b"), 400),
    ("5000_parameters_that_are_unknown", listing(5000, "a"), 400),
    ("60_fields", fields(60), 200),
    ("a_header_of_the_limit_less_one", head_by_field(HEAD_BYTES_MAX - 1), 200),
    ("a_field_up_to_the_limit", head_by_field(HEAD_BYTES_MAX), 200),
    ("fields_up_to_the_limit", head_by_fields(HEAD_BYTES_MAX), 200),
    ("a_target_of_8_kb", head_by_target(8000), 404),
    ("a_query_of_8_kb", head_by_query(8000), 200),
    ("a_short_chunk_extension", extension(200), 400),
    ("ten_trailers", trailers(10, 10), 400),
]
# Too long for one hop or another, and no doubt about where they end.
ANSWERED = [
    ("a_target_up_to_the_limit", head_by_target(HEAD_BYTES_MAX)),
    ("a_query_up_to_the_limit", head_by_query(HEAD_BYTES_MAX)),
    ("a_method_of_8_kb", raw_http.request("G" * 8000, TARGET)),
    ("a_name_of_8_kb", raw_http.request("GET", TARGET, "X" * 8000 + ": a")),
]


class Sizes(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(programs.track_service("memory:"))
        cls.port = cls.enterClassContext(programs.gateway(cls.service.port)).port
        with rest.Rest(cls.port) as client:
            client.put(TARGET + "?allowMissing=true", documents.minimal("t"))

    def connect(self, port=None):
        return self.enterContext(RawClient(port or self.port))

    def answers(self, data, send=RawClient.send):
        """What the request is answered with; the connection is good for another one after it."""
        client = self.connect()
        send(client, data)
        answer = client.read_answer()
        self.assertIsNotNone(answer, "closed without an answer")
        if answer.says_close:
            client.read_end()
        else:
            client.send(raw_http.request("GET", TARGET))
            self.assertEqual(client.read_answer().status, 200)
        if answer.status != 200:
            refusals.check_body(self, answer)
        return answer

    @runner.table(LAST)
    def refuses(self, data, statuses):
        client = self.connect()
        sender = client.send_meanwhile(data)
        refusals.check_last(self, client, statuses)
        sender.join()

    @runner.table(SERVED)
    def serves(self, data, status):
        self.assertEqual(self.answers(data).status, status)

    @runner.table(ANSWERED)
    def answers_in_order(self, data):
        self.assertIn(self.answers(data).status, (200, 400, 404, 405, 414, 431, 501))

    def test_the_limit_of_a_header_is_the_same_however_it_comes(self):
        def in_pieces(client, data):
            for at in range(0, len(data), 1000):
                client.send(data[at : at + 1000])

        for length, status in ((HEAD_BYTES_MAX, 200), (HEAD_BYTES_MAX + 1, 431)):
            self.assertEqual(self.answers(head_by_fields(length), in_pieces).status, status)

    def test_headers_up_to_the_limit_can_be_pipelined(self):
        client = self.connect()
        sender = client.send_meanwhile(head_by_fields(HEAD_BYTES_MAX) * 50)
        self.assertEqual([client.read_answer().status for _ in range(50)], [200] * 50)
        sender.join()

    def test_every_number_of_parameters_is_answered_and_the_gateway_ends_in_time(self):
        with programs.gateway(self.service.port) as gateway:
            for count in (*range(1, 390, 43), *range(390, 490), *range(500, 1900, 150)):
                for parameter in ("a", "tracks=a"):
                    client = self.connect(gateway.port)
                    client.send(listing(count, parameter))
                    self.assertIsNotNone(client.read_answer(), f"{count} times {parameter}: closed without an answer")
                    client.close()
            began = time.monotonic()
            gateway.stop()
            self.assertLess(time.monotonic() - began, STOP_SECONDS)

    def test_every_number_of_fields_is_answered(self):
        for count in (*range(1, 440, 17), *range(440, 480), *range(500, 2000, 150)):
            client = self.connect()
            client.send(fields(count))
            answer = client.read_answer()
            self.assertIsNotNone(answer, f"{count} fields: closed without an answer")
            if answer.status != 200:
                self.assertEqual(answer.status, 431)
                refusals.check_body(self, answer)
            client.close()


if __name__ == "__main__":
    runner.main()
