"""The stores that track_service is measured on: a context for each that gives its URI, and cleans up.

    with stores.STORES["sqlite"](folder) as uri:
        …
"""

import contextlib
import pathlib
import subprocess
import tempfile

_STOP_SECONDS = 60
_POSTGRESQL_SERVER = pathlib.Path(__file__).parents[2] / "tests/support/postgresql_server.sh"


class Unavailable(Exception):
    """The store is not to be had on this machine; the text says why."""


@contextlib.contextmanager
def _memory(_folder):
    yield "memory:"


@contextlib.contextmanager
def _sqlite(folder):
    with tempfile.TemporaryDirectory(dir=folder, prefix="sqlite-") as own:
        yield f"sqlite:{own}/tracks.db"


@contextlib.contextmanager
def _postgresql(_folder):
    """A server of its own, with PostgreSQL's defaults, durable commits among them; its files are in /tmp."""
    server = subprocess.Popen(
        [_POSTGRESQL_SERVER], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        directory = server.stdout.readline().strip()
        if not directory:
            raise Unavailable("PostgreSQL does not start: " + server.stderr.read().strip())
        yield f"postgresql://tracks:tracks@/postgres?host={directory}"
    finally:
        server.communicate(timeout=_STOP_SECONDS)  # it ends when its stdin does


STORES = {"memory": _memory, "sqlite": _sqlite, "postgresql": _postgresql}
