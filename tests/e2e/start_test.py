"""Files that track_service does not take: it says why, names the file, ends with 1, and has not changed a byte of them."""

import contextlib
import json
import pathlib
import sqlite3
import subprocess
import sys
import tempfile

from support import documents, programs, runner
from support.track_clients import RestTracks
from support.writers import Writers

WRITERS = 4
PAGE = 4096


def overwrite(path, offset, data):
    with open(path, "r+b") as file:
        file.seek(offset)
        file.write(data)


class Start(runner.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.path = self.directory / "tracks.db"

    def sql(self, *statements):
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as file:
            for statement in statements:
                file.execute(statement)

    def make_tracks(self):
        """A file of ours that was closed in order, with several pages."""
        with programs.track_service(f"sqlite:{self.path}") as service, programs.gateway(service.port) as gateway:
            client = RestTracks(gateway.port)
            for number in range(20):
                client.put(documents.full(f"track-{number}"))
            client.close()

    def make_tracks_with_a_log(self):
        """The same of a service that was killed: what was written last is in the log alone."""
        self.make_tracks()
        service = programs.track_service(f"sqlite:{self.path}")
        with programs.gateway(service.port) as gateway:
            with Writers(rest_ports=[gateway.port], count=WRITERS, name="work") as writers:
                writers.await_each()
            service.kill()

    def log_a_foreign_write(self, *statements):
        """Leaves what these do in the log, as a program does that was killed."""
        log = self.directory / "tracks.db-wal"
        with contextlib.closing(sqlite3.connect(self.path, isolation_level=None)) as file:
            for statement in ("PRAGMA journal_mode = WAL", *statements):
                file.execute(statement).fetchall()
            left = {path: path.read_bytes() for path in (self.path, log)}
        for path, data in left.items():
            path.write_bytes(data)

    @contextlib.contextmanager
    def locked(self):
        """In a process of its own: whoever closes a file loses all locks that he has on it."""
        code = f"""
import sqlite3
file = sqlite3.connect({str(self.path)!r}, isolation_level=None)
file.execute("PRAGMA locking_mode = EXCLUSIVE").fetchall()
file.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
input()
"""
        other = subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.assertEqual(other.stdout.readline(), b"locked\n")
        yield
        other.communicate(b"\n")

    # Each makes a file and leaves it as it is to be refused.

    def no_database(self):
        self.path.write_text("id,name\na,1\n" * 1000)

    def damaged(self):
        self.make_tracks()
        overwrite(self.path, PAGE, b"\x5a" * 64)

    def damaged_with_a_log(self):
        self.make_tracks_with_a_log()
        overwrite(self.path, 3 * PAGE, b"\x5a" * PAGE)
        overwrite(self.path, 8 * PAGE, b"\x5a" * PAGE)

    def cut_short(self):
        self.make_tracks()
        overwrite(self.path, 0, b"")
        with open(self.path, "r+b") as file:
            file.truncate(3 * PAGE + 100)

    def of_another_program(self):
        self.sql("CREATE TABLE tracks (name TEXT)")

    def of_another_program_with_a_log(self):
        self.log_a_foreign_write("CREATE TABLE tracks (name TEXT)", "INSERT INTO tracks VALUES ('a')")

    def of_a_later_version(self):
        self.make_tracks()
        self.sql("PRAGMA user_version = 1000")

    def of_a_later_version_with_a_log(self):
        self.make_tracks()
        self.log_a_foreign_write("PRAGMA user_version = 1000")

    def contents(self):
        """All bytes of the database. The log's index is made anew whenever SQLite likes; an empty log says nothing."""
        files = {path.name: path.read_bytes() for path in self.directory.iterdir() if not path.name.endswith("-shm")}
        return {name: data for name, data in files.items() if data}

    def assert_refused(self, words):
        before = self.contents()
        done = programs.run("service/track_service", "--listen=127.0.0.1:0", f"--store=sqlite:{self.path}")
        self.assertEqual((done.returncode, done.stdout), (1, b""), done.stderr)
        logged = [json.loads(line) for line in done.stderr.splitlines()]
        self.assertEqual([line["message"] for line in logged], ["cannot start"])
        self.assertIn(str(self.path), logged[0]["detail"])
        self.assertRegex(logged[0]["detail"], words)
        self.assertEqual(before.keys(), self.contents().keys())
        self.assertTrue(before == self.contents(), "bytes have changed")

    @runner.table(
        [
            ("that_is_no_database", no_database, "not a database"),
            ("that_is_damaged", damaged, "damaged|malformed"),
            ("that_is_damaged_and_has_a_log", damaged_with_a_log, "damaged|malformed"),
            ("that_was_cut_short", cut_short, "damaged|malformed"),
            ("of_another_program", of_another_program, "another program"),
            ("of_another_program_that_was_killed", of_another_program_with_a_log, "another program"),
            ("of_a_later_version", of_a_later_version, "later version"),
            ("of_a_later_version_that_was_killed", of_a_later_version_with_a_log, "later version"),
        ]
    )
    def refuses_and_leaves_alone_a_file(self, make, words):
        make(self)
        self.assert_refused(words)

    def test_refuses_and_leaves_alone_a_file_that_another_program_has_locked(self):
        self.make_tracks()
        with self.locked():
            self.assert_refused("locked")
        with programs.track_service(f"sqlite:{self.path}"):
            pass

    def test_refuses_a_file_that_another_service_has_open_and_harms_neither(self):
        self.make_tracks()
        with programs.track_service(f"sqlite:{self.path}") as service, programs.gateway(service.port) as gateway:
            with Writers(rest_ports=[gateway.port], count=WRITERS, name="work") as writers:
                writers.await_each()
                done = programs.run("service/track_service", "--listen=127.0.0.1:0", f"--store=sqlite:{self.path}")
                self.assertEqual(done.returncode, 1)
                self.assertIn(b"in use by another track_service", done.stderr)
                writers.await_each()
            self.assertEqual(writers.unanswered, [])

    def test_takes_an_empty_file_and_a_file_that_was_left_before_its_tables_were_made(self):
        self.path.touch()
        with programs.track_service(f"sqlite:{self.path}"):
            pass
        self.path.unlink()
        self.sql("PRAGMA journal_mode = WAL")
        with programs.track_service(f"sqlite:{self.path}"):
            pass


if __name__ == "__main__":
    runner.main()
