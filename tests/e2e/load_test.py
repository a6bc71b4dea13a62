"""64 clients at once, PUT and GET: no error, no mixed-up answer, and memory that does not grow.

LOAD_SECONDS says for how long; 3 seconds unless it is set.
"""

import os
import tempfile
import threading
import time

from support import documents, programs, rest, runner

CLIENTS = 64
SECONDS = float(os.environ.get("LOAD_SECONDS") or 3)
GROWTH_BYTES_MAX = 4 << 20  # what the allocator's per-thread arenas may still take after the first half


class Load(runner.TestCase):
    def setUp(self):
        store = "sqlite:" + self.enterContext(tempfile.TemporaryDirectory()) + "/tracks.db"
        service = self.enterContext(programs.track_service(store))
        self.gateway = self.enterContext(programs.gateway(service.port))
        self.errors = []
        self.calls = 0

    def _client(self, track_id, end):
        path = rest.track_path(track_id)
        variants = [documents.full(track_id, levels=3, checks=5), documents.full(track_id)]
        expected = [documents.comparable(variant) for variant in variants]
        calls = 0
        with rest.Rest(self.gateway.port) as client:
            while time.monotonic() < end:
                put = client.put(path + "?allowMissing=true", variants[calls % 2])
                got = client.get(path)
                if (put.status, got.status) != (200, 200):
                    raise AssertionError(put.body + got.body)
                if documents.comparable(got.document["track"]) != expected[calls % 2]:
                    raise AssertionError(f"{track_id}: not what was PUT: {got.body}")
                calls += 1
        self.calls += calls

    def _guarded(self, *arguments):
        try:
            self._client(*arguments)
        except Exception as error:  # to be told by the test's own thread
            self.errors.append(repr(error))

    def _run_clients(self, seconds):
        end = time.monotonic() + seconds
        clients = [threading.Thread(target=self._guarded, args=(f"client-{n}", end)) for n in range(CLIENTS)]
        for client in clients:
            client.start()
        for client in clients:
            client.join()
        self.assertEqual(self.errors, [])
        return self.gateway.resident_bytes()

    def test_64_clients_put_and_get_without_an_error_and_without_growth(self):
        first = self._run_clients(SECONDS / 2)
        last = self._run_clients(SECONDS / 2)
        self.assertGreaterEqual(self.calls, CLIENTS)
        if not programs.SANITIZED:  # sanitizers keep freed memory
            self.assertLess(last - first, GROWTH_BYTES_MAX)


if __name__ == "__main__":
    runner.main()
