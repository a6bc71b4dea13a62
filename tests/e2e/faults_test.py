"""Processes that are down, and that are asked to stop."""

import http.client
import json
import socket
import tempfile
import time

from support import documents, programs, rest, runner

PATH = rest.track_path("t")


class Faults(runner.TestCase):
    def setUp(self):
        self.store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"

    def put(self, port, document=documents.minimal("t")):
        with rest.Rest(port) as client:
            return client.put(rest.track_path(document["id"]) + "?allowMissing=true", document)

    def test_while_the_upstream_is_down_calls_are_503_and_afterwards_they_work(self):
        port = programs.free_port()
        with programs.gateway(port) as gateway:
            reply = self.put(gateway.port)
            self.assertEqual(reply.status, 503, reply.body)
            self.assertRegex(reply.headers["Retry-After"], r"^\d+$")
            self.assertEqual(reply.document["error"]["name"], "ServiceUnavailableError")
            self.assertNotIn("127.0.0.1", reply.document["error"]["message"])
            with programs.track_service(self.store, port):
                give_up = time.monotonic() + 60
                while reply.status == 503 and time.monotonic() < give_up:  # until the gateway has connected again
                    reply = self.put(gateway.port)
                self.assertEqual(reply.status, 200, reply.body)
            self.assertEqual(self.put(gateway.port).status, 503)

    def test_with_status_bodies_503_is_a_status_too(self):
        with programs.gateway(programs.free_port(), error_body="status") as gateway:
            reply = self.put(gateway.port)
            self.assertEqual((reply.status, reply.document["code"]), (503, 14), reply.body)
            self.assertIn("Retry-After", reply.headers)

    def test_what_needs_no_upstream_is_answered_while_it_is_down(self):
        with programs.gateway(programs.free_port()) as gateway, rest.Rest(gateway.port) as client:
            self.assertEqual(client.get("/nothing").status, 404)
            self.assertEqual(client.put(rest.TRACKS, documents.minimal()).status, 405)
            self.assertEqual(client.put(PATH, body=b"{").status, 400)

    def test_sigterm_lets_the_gateway_finish_a_request_that_has_begun(self):
        service = self.enterContext(programs.track_service(self.store))
        gateway = self.enterContext(programs.gateway(service.port))
        body = json.dumps(documents.minimal("t")).encode()
        with socket.create_connection(("127.0.0.1", gateway.port), timeout=60) as connection:
            connection.sendall(
                f"PUT {PATH}?allowMissing=true HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
                f"Content-Length: {len(body)}\r\nExpect: 100-continue\r\n\r\n".encode()
            )
            self.assertTrue(connection.recv(1000).startswith(b"HTTP/1.1 100"))
            gateway.terminate()
            connection.sendall(body)
            response = http.client.HTTPResponse(connection, method="PUT")
            response.begin()
            self.assertEqual(response.status, 200)
        gateway.wait()

    def test_sigterm_waits_for_no_client_that_has_left_in_the_middle(self):
        service = self.enterContext(programs.track_service(self.store))
        gateway = self.enterContext(programs.gateway(service.port, "--drain-timeout=3600"))
        request = f"PUT {PATH} HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n\r\n12345".encode()
        for length in (3, len(request) - 5, len(request)):
            with socket.create_connection(("127.0.0.1", gateway.port)) as connection:
                connection.sendall(request[:length])
        gateway.stop()

    def test_sigterm_ends_idle_servers_in_spite_of_open_connections(self):
        service = self.enterContext(programs.track_service(self.store))
        gateway = self.enterContext(programs.gateway(service.port))
        with rest.Rest(gateway.port) as client:
            self.assertEqual(client.put(PATH + "?allowMissing=true", documents.minimal("t")).status, 200)
            service.stop()
            gateway.stop()


if __name__ == "__main__":
    runner.main()
