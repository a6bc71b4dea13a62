"""nginx, HAProxy and Traffic Server really in front, sharing their connections: the gateway reads what they pass on as they do.

None lets a DELETE through, so one that is done was hidden from the proxy. And no client gets the answer to another one's request.
"""

import json

from support import documents, framing_cases, programs, proxies, raw_http, rest, runner
from support.raw_http import RawClient

CLIENTS = 3  # after each attempt, on connections that it may have poisoned
UPLOADS = 15
ANSWER_SECONDS = 1  # some attempts are heads that never end to a proxy


class _Proxies:
    program = None

    @classmethod
    def setUpClass(cls):
        missing = proxies.missing(cls.program)
        if missing:
            raise runner.unittest.SkipTest(missing)
        service = cls.enterClassContext(programs.track_service("memory:"))
        cls.gateway = cls.enterClassContext(programs.gateway(service.port))
        cls.proxy = cls.enterClassContext(getattr(proxies, cls.program)(cls.gateway.port))
        with rest.Rest(cls.gateway.port) as client:
            for track_id in ("t", "canary"):
                client.put(rest.track_path(track_id) + "?allowMissing=true", documents.minimal(track_id))

    def attempt(self, data):
        """How many answers it gets."""
        answers = []
        with RawClient(self.proxy.port, ANSWER_SECONDS) as client:
            client.send(data)
            client.end_sending()
            try:
                while answer := client.read_final():
                    answers.append(answer.status)
            except (AssertionError, TimeoutError, ConnectionResetError):
                pass  # what the proxy itself says is not under test
        return answers

    def check_others(self, name):
        for number in range(CLIENTS):
            track_id = ("canary", "t", f"nobody-{number}")[number % 3]
            with RawClient(self.proxy.port) as client:
                client.send(raw_http.request("GET", rest.track_path(track_id)))
                answer = client.read_final()
            self.assertIsNotNone(answer, name)
            self.assertEqual(answer.status, 404 if "nobody" in track_id else 200, (name, track_id, answer))
            self.assertIn(track_id.encode(), answer.body, name)

    def check_canary(self, name):
        with rest.Rest(self.gateway.port) as client:
            self.assertEqual(client.get(framing_cases.CANARY).status, 200, f"{name}: the hidden request was done")

    def test_no_hidden_request_is_done_and_no_answer_goes_astray(self):
        self.assertIn(self.attempt(framing_cases.SMUGGLED), ([403], []))  # Traffic Server closes without a word
        self.check_canary("DELETE")
        passed = {}
        for name, data, _ in framing_cases.CASES:
            passed[name] = self.attempt(data)
            self.check_canary(name)
            self.check_others(name)
        print({name: statuses for name, statuses in passed.items() if 200 in statuses or 403 in statuses}, flush=True)

    def test_a_hidden_request_would_be_seen(self):
        """What the other test relies on: done behind the proxy's back, it takes the canary away."""
        with RawClient(self.gateway.port) as client:
            client.send(framing_cases.SMUGGLED)
            self.assertEqual(client.read_final("DELETE").status, 204)
        with self.assertRaises(AssertionError):
            self.check_canary("control")
        with rest.Rest(self.gateway.port) as client:
            self.assertEqual(client.put(framing_cases.CANARY + "?allowMissing=true", documents.minimal("canary")).status, 200)

    def test_bodies_pass_whole(self):
        for size in (0, 1, 1000, 100_000, 1_000_000):
            body = json.dumps(documents.minimal("t")).encode().ljust(size)
            lines = ("Content-Type: application/json", "Transfer-Encoding: chunked")
            chunked = raw_http.request("PUT", framing_cases.TARGET, *lines, body=raw_http.chunked(body, size=5000))
            for data in (raw_http.json_request("PUT", framing_cases.TARGET, body), chunked):
                with RawClient(self.proxy.port) as client:
                    client.send(data)
                    self.assertEqual(client.read_final().status, 200)

    def test_requests_after_a_413_are_served(self):
        for lines in (("Content-Length: 3000000",), ("Content-Type: application/json", "Content-Length: 3000000")):
            for _ in range(UPLOADS):
                with RawClient(self.proxy.port) as client:
                    client.send(raw_http.request("PUT", framing_cases.TARGET, *lines))
                    client.send(b" " * 3_000_000)
                    answer = client.read_final()
                    self.assertIn(answer and answer.status, (413, 415, 502, 503, None))
                self.check_others(f"after {answer}")


class Nginx(_Proxies, runner.TestCase):
    program = "nginx"


class Haproxy(_Proxies, runner.TestCase):
    program = "haproxy"


class TrafficServer(_Proxies, runner.TestCase):
    program = "traffic_server"


if __name__ == "__main__":
    runner.main()
