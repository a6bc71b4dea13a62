"""PostgreSQL servers of a test's own, on temporary clusters and Unix sockets.

    with postgresql.Server() as primary, postgresql.standby_of(primary) as standby:
        primary.sql("SELECT 1")
        programs.track_service(postgresql.uri(primary, standby))
"""

import subprocess
import urllib.parse

_PROGRAM = "tests/support/postgresql_server.sh"


class Server:
    """A running server; leaving its context ends it and removes its cluster. Flags are those of `postgres`."""

    def __init__(self, *flags):
        self._process = subprocess.Popen([_PROGRAM, *flags], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.directory = self._process.stdout.readline().rstrip("\n")
        if not self.directory:
            raise AssertionError("the PostgreSQL server did not start")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._process.communicate()

    def _command(self, text):
        self._process.stdin.write(text + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().rstrip("\n")

    def kill(self):
        """SIGKILL."""
        self._command("kill")

    def stop(self):
        """Ends it as a restart does."""
        self._command("stop")

    def start(self):
        """Starts it again."""
        self._command("start")

    def promote(self):
        """Makes a standby a primary."""
        self._command("promote")

    def sql(self, text):
        """Runs SQL; rows and columns of what it gives are separated by "|"."""
        answer = self._command("sql " + text)
        if answer.startswith("ERROR"):
            raise AssertionError(answer)
        return answer


def standby_of(primary, *flags):
    return Server(f"--standby-of={primary.directory}", *flags)


def uri(*servers):
    """Of one server, or of those of which one is the primary."""
    hosts = urllib.parse.quote(",".join(server.directory for server in servers), safe="")
    return f"postgresql://tracks:tracks@/postgres?host={hosts}"
