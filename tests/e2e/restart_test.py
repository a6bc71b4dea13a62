"""SIGTERM while clients are at work: no request fails, neither when the gateway ends nor when track_service is started anew.

FAULT_ROUNDS says how often; FAULT_SEED repeats the chance of an earlier run (support/rounds.py).
"""

import socket
import tempfile
import threading

from support import documents, programs, rest, rounds, runner
from support.track_clients import RestTracks
from support.writers import Writers

RESTARTS = 2
ACKNOWLEDGED_MAX = 300  # in a round, before the signal
CLIENTS = 32
WAITING = 400  # connections: more than the gateway accepts in a row


class Restart(runner.TestCase):
    def setUp(self):
        self.store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"
        self.chance = rounds.chance()
        self.service = programs.track_service(self.store, programs.free_port())
        self.addCleanup(lambda: self.service.__exit__())

    def test_put_get_and_delete_do_not_fail_when_track_service_is_started_anew(self):
        with programs.gateway(self.service.port) as gateway:
            for number in range(rounds.count(RESTARTS)):
                with Writers(rest_ports=[gateway.port], name=f"round-{number}") as writers:
                    writers.await_acknowledged(self.chance.randint(1, ACKNOWLEDGED_MAX))
                    self.service.stop()
                    self.service = programs.track_service(self.store, self.service.port)
                    writers.await_each()
                self.assertEqual(writers.unanswered, [])
                writers.check(RestTracks(gateway.port))

    def use_until_told_to_close(self, port, number, ready, replies):
        """Calls on one connection until a reply says that it is the last; notes each status."""
        path = rest.track_path(f"client-{number}")
        with rest.Rest(port) as client:
            for count in range(1_000_000):
                reply = client.put(path + "?allowMissing=true", documents.minimal(f"client-{number}") | {"group": str(count)})
                replies.append(reply.status)
                if count == 3:
                    ready.release()
                if reply.headers["Connection"] == "close":
                    return

    def test_every_request_on_an_open_connection_is_answered_when_the_gateway_ends(self):
        for _ in range(rounds.count(RESTARTS)):
            gateway = programs.gateway(self.service.port)
            ready, errors, replies = threading.Semaphore(0), [], []

            def work(number):
                try:
                    self.use_until_told_to_close(gateway.port, number, ready, replies)
                except Exception as error:  # for the test's own thread
                    errors.append(repr(error))
                    ready.release()

            clients = [threading.Thread(target=work, args=(number,)) for number in range(CLIENTS)]
            for client in clients:
                client.start()
            for _ in clients:
                ready.acquire()
            gateway.terminate()
            for client in clients:
                client.join()
            gateway.wait()
            self.assertEqual(errors, [])
            self.assertEqual(set(replies), {200})
            with self.assertRaises(ConnectionRefusedError):
                socket.create_connection(("127.0.0.1", gateway.port))

    def test_connections_that_wait_to_be_accepted_are_served_when_the_gateway_ends(self):
        gateway = programs.gateway(self.service.port)
        with gateway.paused():
            waiting = [self.enterContext(rest.Rest(gateway.port)).connection for _ in range(WAITING)]
            for connection in waiting:
                connection.request("GET", rest.track_path("t"))
            gateway.terminate()
        statuses = [connection.getresponse().status for connection in waiting]
        self.assertEqual(statuses, [404] * WAITING)
        gateway.wait()


if __name__ == "__main__":
    runner.main()
