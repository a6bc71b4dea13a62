"""The programs, started without stdin, stdout or stderr: what they open must not take the place of these."""

import os

from support import documents, programs, runner
from support.track_clients import RestTracks


def without(*descriptors):
    """Starts a program with these descriptors closed."""
    closing = " ".join(f"{descriptor}>&-" for descriptor in descriptors)
    return "/bin/sh", "-c", f'exec "$0" "$@" {closing}'


class Descriptors(runner.TestCase):
    def require_null(self, server, *descriptors):
        for descriptor in descriptors:
            self.assertEqual(os.readlink(f"/proc/{server.process.pid}/fd/{descriptor}"), "/dev/null")

    def test_servers_without_stdin_and_stderr_serve(self):
        prefix = without(0, 2)
        with programs.track_service("memory:", prefix=prefix) as service:
            with programs.gateway(service.port, prefix=prefix) as gateway:
                for server in (service, gateway):
                    self.require_null(server, 0, 2)
                client = RestTracks(gateway.port)
                client.put(documents.full("track"))
                client.close()


if __name__ == "__main__":
    runner.main()
