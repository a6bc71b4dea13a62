"""64 writers on services that share a PostgreSQL database, while its server is killed, and replaced by its standby.

FAULT_ROUNDS says how often; FAULT_SEED repeats the chance of an earlier run (support/rounds.py).
"""

from support import documents, postgresql, programs, rest, rounds, runner
from support.grpc_client import TrackService
from support.track_clients import GrpcTracks, RestTracks
from support.writers import Writers

SERVER_KILLS = 3
FAILOVERS = 1
ACKNOWLEDGED_MAX = 300  # in a round, before the fault
WAITS_FOR_A_STANDBY = ("-c", "synchronous_standby_names=*")
FOLLOWS_AT_ONCE = ("-c", "wal_retrieve_retry_interval=100ms")  # a standby that can be promoted soon
NO_SYNC = ("-c", "fsync=off")


class PostgreSql(runner.TestCase):
    def setUp(self):
        self.chance = rounds.chance()

    def start_services(self, store):
        """Two replicas, and a gateway in front of both."""
        self.services = [self.enterContext(programs.track_service(store)) for _ in range(2)]
        addresses = ",".join(f"127.0.0.1:{service.port}" for service in self.services)
        self.gateway = self.enterContext(programs.gateway(0, f"--upstream={addresses}"))

    def writers(self):
        """Half of them write through the gateway, the others straight to one service or the other."""
        return Writers(rest_ports=[self.gateway.port] * 2, grpc_ports=[service.port for service in self.services])

    def check_each_way(self, writers):
        writers.check(RestTracks(self.gateway.port))
        for service in self.services:
            with TrackService(service.port) as client:
                writers.check(GrpcTracks(client))

    def test_every_acknowledged_write_survives_kill_9_of_the_server(self):
        server = self.enterContext(postgresql.Server())
        self.start_services(postgresql.uri(server))
        with self.writers() as writers:
            for _ in range(rounds.count(SERVER_KILLS)):
                writers.await_acknowledged(self.chance.randint(1, ACKNOWLEDGED_MAX))
                server.kill()
                server.start()
                writers.await_each()
            writers.await_acknowledged(1)
            server.kill()
            server.start()
        self.check_each_way(writers)

    def test_no_acknowledged_write_is_lost_when_the_standby_takes_over(self):
        for _ in range(rounds.count(FAILOVERS)):
            primary = self.enterContext(postgresql.Server(*WAITS_FOR_A_STANDBY))
            standby = self.enterContext(postgresql.standby_of(primary, *FOLLOWS_AT_ONCE))
            self.start_services(postgresql.uri(primary, standby))
            with self.writers() as writers:
                writers.await_acknowledged(self.chance.randint(1, ACKNOWLEDGED_MAX))
                self.assertEqual(primary.sql("SELECT sync_state FROM pg_stat_replication"), "sync")
                primary.kill()
                standby.promote()
                writers.await_each()
            self.check_each_way(writers)
            self.doCleanups()  # of this round

    def test_while_the_server_is_away_calls_are_503_and_tell_no_host(self):
        server = self.enterContext(postgresql.Server(*NO_SYNC))
        self.start_services(postgresql.uri(server))
        document = documents.minimal("a")
        path = rest.track_path("a")
        with rest.Rest(self.gateway.port) as client:
            self.assertEqual(client.put(path + "?allowMissing=true", document).status, 200)
            server.stop()
            reply = client.put(path, document)
            self.assertEqual(reply.status, 503, reply.body)
            self.assertNotIn(server.directory, reply.body.decode())
            server.start()
            while reply.status == 503:
                reply = client.get(path)
            self.assertEqual(reply.status, 200, reply.body)
            self.assertEqual(documents.comparable(reply.document["track"]), documents.comparable(document))

    def test_a_password_is_in_no_log(self):
        server = self.enterContext(postgresql.Server(*NO_SYNC))
        store = postgresql.uri(server).replace(":tracks@", ":secret@")
        refused = programs.run("service/track_service", "--listen=127.0.0.1:0", f"--store={store}")
        self.assertEqual(refused.returncode, 1)
        self.assertIn(b"password authentication failed", refused.stderr)
        self.assertNotIn(b"secret", refused.stderr)


if __name__ == "__main__":
    runner.main()
