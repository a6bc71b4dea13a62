"""The stores that track_service is measured on: a context for each that gives its URI, and cleans up.

    with stores.STORES["sqlite"](folder) as uri:
        …
"""

import contextlib
import glob
import os
import shutil
import signal
import socket
import subprocess
import tempfile

_STOP_SECONDS = 60


class Unavailable(Exception):
    """The store is not to be had on this machine; the text says why."""


@contextlib.contextmanager
def _memory(_folder):
    yield "memory:"


@contextlib.contextmanager
def _sqlite(folder):
    with tempfile.TemporaryDirectory(dir=folder, prefix="sqlite-") as own:
        yield f"sqlite:{own}/tracks.db"


def _postgresql_programs():
    """The folder of the newest installed version's initdb and postgres; Debian keeps them off the PATH."""
    folders = sorted(glob.glob("/usr/lib/postgresql/*/bin/initdb"), key=lambda path: int(path.split("/")[4]))
    if folders:
        return os.path.dirname(folders[-1])
    found = shutil.which("initdb")
    if not found:
        raise Unavailable("no PostgreSQL server is installed")
    return os.path.dirname(found)


def _free_port():
    with socket.create_server(("127.0.0.1", 0)) as server:
        return server.getsockname()[1]


def _as_its_user(folder):
    """PostgreSQL refuses to run as root: then it is the user postgres, who gets the folder."""
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, "postgres", "postgres")
    return ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]


def _await_ready(server):
    log = []
    for line in server.stderr:
        log.append(line)
        if "ready to accept connections" in line:
            return
    raise Unavailable("PostgreSQL does not start: " + "".join(log))


@contextlib.contextmanager
def _postgresql(folder):
    """A server of its own, with PostgreSQL's defaults but for the address."""
    programs = _postgresql_programs()
    with tempfile.TemporaryDirectory(dir=folder, prefix="postgresql-") as own:
        user = _as_its_user(own)
        subprocess.run(
            [*user, f"{programs}/initdb", f"--pgdata={own}/data", "--auth=trust", "--username=postgres", "--locale=C.UTF-8"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, timeout=120, check=True,
        )
        port = _free_port()
        settings = ["listen_addresses=127.0.0.1", f"port={port}", "unix_socket_directories="]
        flags = [word for setting in settings for word in ("-c", setting)]
        command = [*user, f"{programs}/postgres", "-D", f"{own}/data", *flags]
        server = subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        try:
            _await_ready(server)
            yield f"postgresql://postgres@127.0.0.1:{port}/postgres"
        finally:
            server.send_signal(signal.SIGINT)  # clients are disconnected, what is committed is kept
            server.communicate(timeout=_STOP_SECONDS)


STORES = {"memory": _memory, "sqlite": _sqlite, "postgresql": _postgresql}
