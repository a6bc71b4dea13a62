"""64 writers while track_service is killed and started again on its file: nothing that was acknowledged is ever lost, nor an
update that was conditional.

FAULT_ROUNDS says how often it is killed; FAULT_SEED repeats the chance of an earlier run (support/rounds.py).
"""

import contextlib
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import time

from support import programs, rounds, runner
from support.grpc_client import TrackService
from support.track_clients import GrpcTracks, RestTracks
from support.writers import Writers

KILLS = 4
STOPS = 1
ACKNOWLEDGED_MAX = 150  # in a round, before the fault
HASTE_SECONDS = 0.03  # in which a start is killed: the file may be open by then, or not


class Durability(runner.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.store = f"sqlite:{self.directory}/tracks.db"
        self.chance = rounds.chance()
        self.service = programs.track_service(self.store, programs.free_port())
        self.addCleanup(lambda: self.service.__exit__())
        self.gateway = self.enterContext(programs.gateway(self.service.port))

    def writers(self):
        """Three of four write through the gateway."""
        return Writers(rest_ports=[self.gateway.port] * 3, grpc_ports=[self.service.port])

    def restart(self):
        self.service = programs.track_service(self.store, self.service.port)

    def kill_a_start(self):
        """Kills a service that has begun to recover the file, or is about to."""
        starting = subprocess.Popen(
            ["service/track_service", f"--listen=127.0.0.1:{self.service.port}", f"--store={self.store}"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(self.chance.uniform(0, HASTE_SECONDS))
        starting.kill()
        starting.wait()

    def check_file(self):
        """SQLite finds no fault in what is on disk; on a copy, so that it is the service that recovers it."""
        with tempfile.TemporaryDirectory() as folder:
            for path in self.directory.glob("tracks.db*"):
                if not path.name.endswith("-shm"):
                    shutil.copy(path, folder)
            with contextlib.closing(sqlite3.connect(f"{folder}/tracks.db")) as file:
                self.assertEqual(file.execute("PRAGMA integrity_check").fetchall(), [("ok",)])

    def check_both_ways(self, writers):
        """What the writers know is there, for REST clients and gRPC clients."""
        writers.check(RestTracks(self.gateway.port))
        with TrackService(self.service.port) as client:
            writers.check(GrpcTracks(client))

    def test_every_acknowledged_write_survives_kill_9_at_any_moment(self):
        with self.writers() as writers:
            for _ in range(rounds.count(KILLS)):
                writers.await_acknowledged(self.chance.randint(1, ACKNOWLEDGED_MAX))
                self.service.kill()
                self.check_file()
                if self.chance.random() < 0.5:
                    self.kill_a_start()
                self.restart()
                writers.await_each()
            self.service.kill()
        self.check_file()
        self.restart()
        self.check_both_ways(writers)

    def test_every_acknowledged_write_survives_sigterm(self):
        with self.writers() as writers:
            for _ in range(rounds.count(STOPS)):
                writers.await_acknowledged(self.chance.randint(1, ACKNOWLEDGED_MAX))
                self.service.stop()
                self.check_file()
                self.restart()
                writers.await_each()
        self.check_both_ways(writers)


if __name__ == "__main__":
    runner.main()
