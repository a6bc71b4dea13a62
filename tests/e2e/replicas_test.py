"""Replicas of track_service on one PostgreSQL database, behind one gateway, under load.

Longer rounds: FAULT_ROUNDS=20 (support/rounds.py).
"""

import grpc

from support import grpc_services, postgresql, programs, rest, rounds, runner
from support.track_clients import RestTracks
from support.writers import Writers

REPLICAS = 3


class Replicas(runner.TestCase):
    """Each case ends one replica after the other, and starts it again. No client may notice."""

    def setUp(self):
        self.database = self.enterContext(postgresql.Server())
        self.replicas = [self.start(programs.free_port()) for _ in range(REPLICAS)]
        addresses = ",".join(f"127.0.0.1:{replica.port}" for replica in self.replicas)
        self.gateway = self.enterContext(programs.gateway(0, f"--upstream={addresses}"))
        self.chance = rounds.chance()

    def start(self, port):
        return self.enterContext(programs.track_service(postgresql.uri(self.database), port))

    def under_load(self, end):
        with Writers(rest_ports=[self.gateway.port], count=32) as running:
            running.await_each()
            for _ in range(rounds.count(4)):
                running.await_acknowledged(self.chance.randrange(1, 100))
                at = self.chance.randrange(REPLICAS)
                end(self.replicas[at])
                running.await_each(2)
                self.replicas[at] = self.start(self.replicas[at].port)
                running.await_each()
        running.check(RestTracks(self.gateway.port))
        self.assertEqual(running.unanswered, [])

    def test_killing_a_replica_loses_no_acknowledged_write_and_fails_no_request(self):
        self.under_load(lambda replica: replica.kill())

    def test_a_replica_without_its_database_is_not_serving_and_comes_back(self):
        with (
            grpc.insecure_channel(f"127.0.0.1:{self.replicas[0].port}") as channel,
            rest.Rest(self.gateway.port) as client,
        ):
            health = grpc_services.Health(channel)
            watch = health.watch("soundcheck.v1.TrackService")
            self.assertEqual(next(watch), "SERVING")
            self.database.kill()
            self.assertEqual(next(watch), "NOT_SERVING")
            self.assertEqual(health.check(), "NOT_SERVING")
            self.assertEqual(client.get(rest.TRACKS).status, 503)
            while client.get("/healthz/ready").status != 503:
                pass
            self.database.start()
            self.assertEqual(next(watch), "SERVING")
            while client.get("/healthz/ready").status != 200:
                pass
            self.assertEqual(client.get(rest.TRACKS).status, 200)

    def test_stopping_a_replica_fails_no_request(self):
        self.under_load(lambda replica: replica.stop())


if __name__ == "__main__":
    runner.main()
