"""--listen=unix:PATH: a socket in the file system, for a proxy on the same machine."""

import pathlib
import subprocess
import tempfile

from support import programs, raw_http, refusals, rest, runner
from support.raw_http import RawClient

TARGET = rest.track_path("t")
GET = raw_http.request("GET", TARGET)


class UnixSocket(runner.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.service = cls.enterClassContext(programs.track_service("memory:"))

    def setUp(self):
        self.path = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory())) / "gateway.sock"

    def start_there(self):
        return self.enterContext(programs.gateway(self.service.port, listen=f"unix:{self.path}"))

    def assert_served(self):
        with RawClient(str(self.path)) as client:
            client.send(GET)
            self.assertEqual(client.read_answer().status, 404)

    def test_serves_and_leaves_no_file_behind(self):
        gateway = self.start_there()
        self.assert_served()
        command = ["curl", "-sS", "--unix-socket", self.path, "-w", "%{http_code}", "-o", "/dev/null", f"http://localhost{TARGET}"]
        self.assertEqual(subprocess.run(command, capture_output=True, check=True, timeout=20).stdout, b"404")
        gateway.stop()
        self.assertFalse(self.path.exists())

    def test_replaces_a_socket_that_nobody_listens_on(self):
        gateway = self.start_there()
        gateway.kill()
        self.assertTrue(self.path.is_socket())
        self.start_there()
        self.assert_served()

    def test_does_not_take_a_socket_that_another_listens_on(self):
        self.start_there()
        done = programs.run(*programs.gateway_command(self.service.port, listen=f"unix:{self.path}"))
        self.assertEqual((done.returncode, done.stdout), (1, b""))
        self.assertIn(str(self.path).encode(), done.stderr)
        self.assert_served()

    def test_does_not_replace_what_is_no_socket(self):
        self.path.write_text("precious")
        done = programs.run(*programs.gateway_command(self.service.port, listen=f"unix:{self.path}"))
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.path.read_text(), "precious")

    def test_refuses_a_path_that_is_too_long_or_not_there(self):
        for path in (f"{self.path.parent}/{'x' * 120}", f"{self.path.parent}/nowhere/gateway.sock", ""):
            done = programs.run(*programs.gateway_command(self.service.port, listen=f"unix:{path}"))
            self.assertEqual(done.returncode, 1, path)
            self.assertEqual(done.stdout, b"")

    def test_refuses_over_it_what_it_refuses_over_tcp(self):
        self.start_there()
        with RawClient(str(self.path)) as client:
            client.send(b"GET / HTTP/1.1\r\nHost : a\r\n\r\n")
            refusals.check_last(self, client, {400})


if __name__ == "__main__":
    runner.main()
