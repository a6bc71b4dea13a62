"""The gateway as an HTTP/1.1 server: what clients, proxies and slow networks do to it."""

import http.client
import json
import socket

from support import documents, programs, rest, runner

PATH = rest.track_path("t")
BODY = json.dumps(documents.minimal("t")).encode()


def put_request(body=BODY, *headers):
    lines = [
        f"PUT {PATH}?allowMissing=true HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Http(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.port = cls.enterClassContext(programs.gateway(service.port)).port

    def connect(self):
        connection = self.enterContext(socket.create_connection(("127.0.0.1", self.port), timeout=60))
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return connection

    def reply(self, connection, method="PUT"):
        response = http.client.HTTPResponse(connection, method=method)
        response.begin()
        return rest.Reply(response)

    def test_serves_many_calls_on_one_connection(self):
        client = self.enterContext(rest.Rest(self.port))
        client.put(PATH + "?allowMissing=true", documents.minimal("t"))
        connected = client.connection.sock
        for document in (documents.full("t"), documents.minimal("t")) * 10:
            self.assertEqual(client.put(PATH, document).status, 200)
            self.assertEqual(client.get(PATH).status, 200)
            self.assertEqual(client.put(PATH, {}).status, 400)
        self.assertIs(client.connection.sock, connected)

    def test_closes_the_connection_when_the_client_asks_for_it(self):
        connection = self.connect()
        connection.sendall(put_request(BODY, "Connection: close"))
        reply = self.reply(connection)
        self.assertEqual((reply.status, reply.headers["Connection"].lower()), (200, "close"))
        self.assertEqual(connection.recv(1), b"")

    def test_reads_a_request_that_comes_byte_by_byte(self):
        connection = self.connect()
        for byte in put_request():
            connection.send(bytes([byte]))
        self.assertEqual(self.reply(connection).status, 200)

    def test_answers_pipelined_requests_in_order(self):
        connection = self.connect()
        get = f"GET {rest.track_path('nobody')} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()
        connection.sendall(put_request() + get + put_request())
        stream = connection.makefile("rb")
        for status in (200, 404, 200):
            line = stream.readline()
            self.assertEqual(int(line.split()[1]), status, line)
            headers = http.client.parse_headers(stream)
            stream.read(int(headers["Content-Length"]))

    def test_reads_a_chunked_body(self):
        client = self.enterContext(rest.Rest(self.port))
        chunks = [BODY[start : start + 7] for start in range(0, len(BODY), 7)]
        reply = client.put(PATH + "?allowMissing=true", body=iter(chunks))
        self.assertEqual(reply.status, 200, reply.body)

    def test_tells_a_client_that_waits_to_send_its_body_to_go_on(self):
        connection = self.connect()
        request = put_request(BODY, "Expect: 100-continue")
        connection.sendall(request[: -len(BODY)])
        self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 100"))
        connection.sendall(BODY)
        self.assertEqual(self.reply(connection).status, 200)

    def test_accepts_the_charset_that_json_has(self):
        for content_type in ("application/json; charset=utf-8", 'Application/JSON;Charset="UTF-8"'):
            connection = self.connect()
            connection.sendall(put_request().replace(b"application/json", content_type.encode()))
            self.assertEqual(self.reply(connection).status, 200, content_type)

    def test_a_header_over_the_limit_is_431(self):
        connection = self.connect()
        connection.sendall(put_request(BODY, "X-Large: " + "x" * 20_000))
        reply = self.reply(connection)
        self.assertEqual(reply.status, 431)
        self.assertEqual(reply.document["response"], {"statusCode": 431})

    def test_the_body_limit_can_be_set(self):
        with programs.gateway(1, f"--max-body={len(BODY)}") as gateway, rest.Rest(gateway.port) as client:
            self.assertEqual(client.put(PATH, body=BODY).status, 503)
            self.assertEqual(client.put(PATH, body=BODY + b" ").status, 413)

    @runner.table(
        [
            ("two_lengths", put_request(BODY, "Content-Length: 3")),
            ("a_length_and_chunks", put_request(BODY, "Transfer-Encoding: chunked")),
            ("an_unknown_coding", put_request(BODY, "Transfer-Encoding: gzip")),
            ("no_host", put_request().replace(b"Host: localhost\r\n", b"")),
        ]
    )
    def refuses(self, request):
        connection = self.connect()
        connection.sendall(request)
        self.assertEqual(self.reply(connection).status, 400)

    def test_outlives_clients_that_leave_in_the_middle(self):
        request = put_request()
        for length in range(0, len(request), 5):
            with socket.create_connection(("127.0.0.1", self.port)) as connection:
                connection.sendall(request[:length])
        connection = self.connect()
        connection.sendall(request)
        self.assertEqual(self.reply(connection).status, 200)


if __name__ == "__main__":
    runner.main()
