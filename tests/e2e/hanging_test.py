"""An upstream that hangs: calls end at their deadline, nothing else waits for them, and all is well again when it goes on."""

import socket
import threading
import time

from support import documents, programs, rest, runner

PATH = rest.track_path("t")
PUT_PATH = PATH + "?allowMissing=true"
DEADLINE_MS = 500
CALLS_MAX = 64
CALLS = 256  # far more than the gateway has threads, and than may be in flight


class Hanging(runner.TestCase):
    def gateway(self, port):
        return self.enterContext(
            programs.gateway(port, f"--deadline-ms={DEADLINE_MS}", f"--max-calls={CALLS_MAX}", "--http-threads=2")
        )

    def await_answer(self, status, call, *arguments):
        """Repeats a call until the service is there again and has worked off what has waited for it."""
        give_up = time.monotonic() + 60
        reply = call(*arguments)
        while reply.status in (503, 504) and time.monotonic() < give_up:
            reply = call(*arguments)
        self.assertEqual(reply.status, status, reply.body)

    def call_at_once(self, gateway, count):
        """The statuses of so many GETs, all of which are sent before the first is answered."""
        clients = [self.enterContext(rest.Rest(gateway.port)).connection for _ in range(count)]
        for client in clients:
            client.request("GET", PATH)
        return [client.getresponse().status for client in clients]

    def connect(self, gateway):
        """Every thread of the gateway has a connection to the service afterwards."""
        clients = [self.enterContext(rest.Rest(gateway.port)) for _ in range(8)]
        self.assertEqual({client.get(PATH).status for client in clients}, {404})

    def check_the_rest_is_served(self, gateway, status):
        """What needs no upstream is answered while many calls wait for it, which end with this status."""
        waiting = [self.enterContext(rest.Rest(gateway.port)).connection for _ in range(CALLS_MAX // 2)]
        for client in waiting:
            client.request("GET", PATH)
        with rest.Rest(gateway.port) as client:
            self.assertEqual(client.get("/healthz/live").status, 200)
            self.assertEqual(client.get("/nothing").status, 404)
            self.assertEqual(client.put(PATH, body=b"{").status, 400)
            self.assertEqual(client.get("/healthz/ready").status, 503)
        self.assertEqual({client.getresponse().status for client in waiting}, {status})

    def test_a_service_that_stands_still_is_504_and_goes_on_afterwards(self):
        service = self.enterContext(programs.track_service("memory:"))
        gateway = self.gateway(service.port)
        with rest.Rest(gateway.port) as client:
            self.assertEqual(client.put(PUT_PATH, documents.minimal("t")).status, 200)
            with service.paused():
                reply = client.put(PUT_PATH, documents.full("t"))
                self.assertEqual(reply.status, 504, reply.body)
                self.assertEqual(reply.document["error"]["name"], "Error")
                self.check_the_rest_is_served(gateway, 504)
            self.await_answer(200, client.get, PATH)
            self.await_answer(200, client.put, PUT_PATH, documents.full("t"))
            self.await_answer(200, client.get, "/healthz/ready")

    def test_more_calls_than_may_wait_are_429_at_once_and_the_others_504(self):
        service = self.enterContext(programs.track_service("memory:"))
        gateway = self.gateway(service.port)
        self.connect(gateway)
        with service.paused():
            statuses = self.call_at_once(gateway, CALLS)
        self.assertEqual(set(statuses), {429, 504})
        self.assertGreaterEqual(statuses.count(504), CALLS_MAX)
        with rest.Rest(gateway.port) as client:
            self.await_answer(404, client.get, PATH)

    def test_a_peer_that_accepts_and_says_nothing_is_an_error_in_time(self):
        with socket.create_server(("127.0.0.1", 0), backlog=100) as silent:
            gateway = self.gateway(silent.getsockname()[1])
            self.check_the_rest_is_served(gateway, 503)
            with rest.Rest(gateway.port) as client:
                self.assertEqual(client.put(PUT_PATH, documents.minimal("t")).status, 503)

    def test_when_the_silent_peer_has_become_the_service_calls_work(self):
        port = programs.free_port()
        silent = socket.create_server(("127.0.0.1", port), backlog=100)
        connected = threading.Thread(target=lambda: silent.accept()[0].close())
        connected.start()
        gateway = self.gateway(port)
        connected.join()
        silent.close()
        with programs.track_service("memory:", port), rest.Rest(gateway.port) as client:
            self.await_answer(200, client.put, PUT_PATH, documents.minimal("t"))


if __name__ == "__main__":
    runner.main()
