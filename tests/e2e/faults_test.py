"""Processes that are down, killed, and asked to stop, and what is on disk afterwards."""

import http.client
import json
import socket
import tempfile
import threading
import time

from support import documents, programs, rest, runner

PATH = rest.track_path("t")
WRITERS = 8
ACKNOWLEDGED_MIN = 200


class Faults(runner.TestCase):
    def setUp(self):
        self.store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"

    def free_port(self):
        with socket.create_server(("127.0.0.1", 0)) as listener:
            return listener.getsockname()[1]

    def put(self, port, document=documents.minimal("t")):
        with rest.Rest(port) as client:
            return client.put(rest.track_path(document["id"]) + "?allowMissing=true", document)

    def test_while_the_upstream_is_down_calls_are_503_and_afterwards_they_work(self):
        port = self.free_port()
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
        with programs.gateway(self.free_port(), error_body="status") as gateway:
            reply = self.put(gateway.port)
            self.assertEqual((reply.status, reply.document["code"]), (503, 14), reply.body)
            self.assertIn("Retry-After", reply.headers)

    def test_what_needs_no_upstream_is_answered_while_it_is_down(self):
        with programs.gateway(self.free_port()) as gateway, rest.Rest(gateway.port) as client:
            self.assertEqual(client.get("/nothing").status, 404)
            self.assertEqual(client.put(rest.TRACKS, documents.minimal()).status, 405)
            self.assertEqual(client.put(PATH, body=b"{").status, 400)

    def test_every_acknowledged_put_survives_kill_9(self):
        self.interrupt_writers(lambda service: service.kill())

    def test_every_acknowledged_put_survives_sigterm(self):
        self.interrupt_writers(lambda service: service.stop())

    def interrupt_writers(self, end):
        """Ends track_service while many write; then each track is the last acknowledged version, or the one in flight."""
        service = self.enterContext(programs.track_service(self.store))
        gateway = self.enterContext(programs.gateway(service.port))
        versions = {}  # of each track: the last that was acknowledged, and the last that was sent
        acknowledgement = threading.Semaphore(0)

        def write(track_id):
            acknowledged = sent = 0
            with rest.Rest(gateway.port) as client:
                while acknowledged == sent:
                    sent += 1
                    document = documents.full(track_id) | {"group": str(sent)}
                    if client.put(rest.track_path(track_id) + "?allowMissing=true", document).status == 200:
                        acknowledged = sent
                        acknowledgement.release()
            versions[track_id] = (acknowledged, sent)

        writers = [threading.Thread(target=write, args=(f"writer-{number}",)) for number in range(WRITERS)]
        for writer in writers:
            writer.start()
        for _ in range(ACKNOWLEDGED_MIN):
            acknowledgement.acquire()
        end(service)
        for writer in writers:
            writer.join()

        self.assertEqual(len(versions), WRITERS)
        service = self.enterContext(programs.track_service(self.store))
        gateway = self.enterContext(programs.gateway(service.port))
        with rest.Rest(gateway.port) as client:
            for track_id, (acknowledged, sent) in versions.items():
                track = client.get(rest.track_path(track_id)).document["track"]
                self.assertIn(int(track["group"]), range(acknowledged, sent + 1))
                expected = documents.full(track_id) | {"group": track["group"]}
                self.assertEqual(documents.comparable(track), documents.comparable(expected))

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
