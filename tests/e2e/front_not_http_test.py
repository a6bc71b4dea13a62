"""What comes to a port of HTTP/1.1 and is something else: one refusal with a JSON body at once, and the connection is closed."""

import random
import ssl
import struct

from support import programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

ANSWER_SECONDS = 5  # well below the time that a header may take


def client_hello(server_name):
    """What a TLS client says first."""
    said = ssl.MemoryBIO()
    context = ssl.create_default_context()
    connection = context.wrap_bio(ssl.MemoryBIO(), said, server_hostname=server_name)
    try:
        connection.do_handshake()
    except ssl.SSLWantReadError:
        pass
    return said.read()


def random_bytes(seed, length):
    return random.Random(seed).randbytes(length)


_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_SETTINGS = b"\0\0\0\x04\0\0\0\0\0"
_PROXY_V2 = b"\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\x7f\0\0\x01\x7f\0\0\x01\x1f\x90\x1f\x91"
_POSTGRESQL = struct.pack("!II", 8, 80877103)
_GET = raw_http.request("GET", rest.track_path("t"))

# Clients that wait for an answer before they say more.
FOREIGN = [
    ("tls", client_hello("localhost")),
    ("tls_with_a_long_name", client_hello(".".join(["a" * 60] * 4))),
    ("tls_of_1996", b"\x80\x2e\x01\x00\x02\x00\x15\x00\x00\x00\x10" + bytes(36)),
    ("ssh", b"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
    ("http_2", _PREFACE + _SETTINGS),
    ("http_0_9", b"GET /\r\n"),
    ("http_0_9_with_a_bare_lf", b"GET /\n"),
    ("a_method_alone", b"GET\r\n"),
    ("smtp", b"EHLO client.example.com\r\n"),
    ("rtsp", b"OPTIONS rtsp://localhost/a RTSP/1.0\r\nCSeq: 1\r\n\r\n"),
    ("sip", b"OPTIONS sip:a@localhost SIP/2.0\r\nVia: SIP/2.0/UDP a\r\n\r\n"),
    ("proxy_protocol_1", b"PROXY TCP4 127.0.0.1 127.0.0.1 8080 8081\r\n" + _GET),
    ("proxy_protocol_2", _PROXY_V2 + _GET),
    ("socks_5", b"\x05\x01\x00"),
    ("redis", b"*1\r\n$4\r\nPING\r\n"),
    ("postgresql", _POSTGRESQL),
    ("json_lines", b'{"jsonrpc":"2.0","method":"a"}\r\n'),
    ("utf_16", _GET.decode().encode("utf-16")),
    ("a_byte_order_mark", b"\xef\xbb\xbf" + _GET),
    ("a_terminal", b"\xff\xfb\x1f\xff\xfb\x20\xff\xfb\x18"),
    ("a_nul", b"\0"),
    ("64_kib_of_nul", bytes(65536)),
    ("64_kib_of_one_letter", b"A" * 65536),
    ("64_kib_of_spaces", b" " * 65536),
    ("64_kib_of_empty_lines", b"\r\n" * 32768),
    ("64_kib_of_bare_lf", b"\n" * 65536),
    ("an_answer", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
]


class _NotHttp:
    error_body = None

    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.gateway = cls.enterClassContext(programs.gateway(service.port, error_body=cls.error_body))

    def connect(self, timeout=ANSWER_SECONDS):
        return self.enterContext(RawClient(self.gateway.port, timeout))

    def check(self, data):
        client = self.connect()
        client.send(data)
        refusals.check_last(self, client, {400, 414, 431, 501, 505}, self.error_body)


class Backstage(_NotHttp, runner.TestCase):
    error_body = "backstage"

    @runner.table(FOREIGN)
    def refuses(self, data):
        self.check(data)

    def test_refuses_random_bytes(self):
        for seed in range(200):
            print("seed", seed, flush=True)
            client = self.connect()
            client.send(random_bytes(seed, 1 + seed * seed))
            client.end_sending()
            refusals.check_last(self, client, {400, 414, 431, 501, 505}, self.error_body)

    def test_lets_clients_go_that_say_nothing(self):
        for leave in (RawClient.end_sending, RawClient.reset):
            for _ in range(50):
                client = self.connect()
                leave(client)
                if leave is RawClient.end_sending:
                    client.read_end()

    def test_answers_a_client_that_leaves_in_the_middle_of_a_header_or_closes_in_order(self):
        for length in range(1, len(_GET)):
            client = self.connect()
            client.send(_GET[:length])
            client.end_sending()
            answer = client.read_answer()
            if answer:
                self.assertEqual(answer.status, 400)
                refusals.check_body(self, answer)
                client.read_end()

    def test_serves_on(self):
        with rest.Rest(self.gateway.port) as client:
            self.assertEqual(client.get(rest.track_path("t")).status, 404)
        self.assertEqual(self.gateway.process.poll(), None)


class Status(_NotHttp, runner.TestCase):
    error_body = "status"

    @runner.table(FOREIGN)
    def refuses_with_a_status(self, data):
        self.check(data)


if __name__ == "__main__":
    runner.main()
