"""nginx, HAProxy and nghttpx between the gateway and a gRPC server, and the cases for them.

Each speaks HTTP/2 in clear text on both sides. A proxy may answer by itself, with a page of its own, when the server is not there or
takes too long; and it may go, and come back, while the server stays.
"""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time

from support import programs, rest

import behaviour
import servers
import traffic

_READ_SECONDS = 2  # how long an impatient proxy waits for the server
_STOP_SECONDS = 10
_BACK_SECONDS = 15  # how long proxies and gateway may take until they try a server again that was away

_NGINX = """
daemon off;
worker_processes 1;
user root;
pid {folder}/pid;
error_log stderr {level};
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream server {{ server 127.0.0.1:{target}; keepalive 8; }}
    server {{
        listen 127.0.0.1:{port} http2;
        client_max_body_size 0;
        location / {{
            grpc_pass grpc://server;
            grpc_read_timeout {seconds}s;
        }}
    }}
}}
"""

_HAPROXY = """
global
    maxconn 1000
defaults
    mode http
    timeout connect 1s
    timeout client {seconds}s
    timeout server {seconds}s
frontend front
    bind 127.0.0.1:{port} proto h2
    default_backend back
backend back
    server server 127.0.0.1:{target} proto h2
"""

_NGHTTPX = """
frontend=127.0.0.1,{port};no-tls
backend=127.0.0.1,{target};;proto=h2
backend-read-timeout={seconds}s
stream-read-timeout={seconds}s
workers=1
errorlog-file=/dev/stderr
accesslog-file=/dev/null
log-level=ERROR
no-server-push=yes
conf=/dev/null
"""


class Proxy:
    """hard ends it at once; soft lets it finish what it has, and it takes no more."""

    def __init__(self, name, configuration, command, hard, soft):
        self.name = name
        self.configuration = configuration
        self.command = command
        self.hard = hard
        self.soft = soft

    def prepare(self):
        """The server behind it is any that can be built."""
        if not self._program():
            raise servers.Skipped(f"{self.name} is not installed")
        _backend()

    def _program(self):
        return shutil.which(self.name, path=os.environ.get("PATH", "") + ":/usr/sbin")

    def start(self, port, target, seconds):
        return Running(self, [self._program(), *self.command], port, target, seconds)


PROXIES = [
    Proxy("nginx", _NGINX, ["-c"], hard=signal.SIGTERM, soft=signal.SIGQUIT),
    Proxy("haproxy", _HAPROXY, ["-db", "-f"], hard=signal.SIGTERM, soft=signal.SIGUSR1),
    Proxy("nghttpx", _NGHTTPX, ["--conf"], hard=signal.SIGTERM, soft=signal.SIGQUIT),
]


class Running:
    def __init__(self, proxy, command, port, target, seconds):
        self._proxy = proxy
        self.port = port
        self._folder = tempfile.TemporaryDirectory()
        self._log = tempfile.TemporaryFile()
        path = os.path.join(self._folder.name, "configuration")
        with open(path, "w", encoding="ascii") as file:
            file.write(
                proxy.configuration.format(folder=self._folder.name, port=port, target=target, seconds=seconds, level="error")
            )
        self._process = subprocess.Popen([*command, path], stdin=subprocess.DEVNULL, stdout=self._log, stderr=self._log)
        try:
            traffic.await_true(self._listens, f"{proxy.name} listens")
        except AssertionError as error:
            self.__exit__()
            raise AssertionError(f"{error}; it logged:\n{self.log()}") from None

    def _listens(self):
        if self._process.poll() is not None:
            raise AssertionError(f"{self._proxy.name} ended with {self._process.returncode}")
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self._process.poll() is None:
            self._process.send_signal(self._proxy.hard)
            try:
                self._process.wait(_STOP_SECONDS)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self._folder.cleanup()

    def log(self):
        self._log.seek(0)
        return self._log.read().decode(errors="replace")

    def end_hard(self):
        self._process.send_signal(self._proxy.hard)
        self._process.wait(_STOP_SECONDS)

    def end_softly(self):
        """It has closed its port afterwards."""
        self._process.send_signal(self._proxy.soft)
        traffic.await_true(lambda: self._process.poll() is not None or not self._listens(), "the proxy's port is closed")


def _backend():
    """The first kind that can be built. Skipped when there is none."""
    reasons = []
    for kind in servers.KINDS:
        try:
            kind.prepare()
            return kind
        except servers.Skipped as reason:
            reasons.append(f"{kind.name}: {reason}")
    raise servers.Skipped("; ".join(reasons))


class Proxies(behaviour.Basics):
    """A proxy between the gateway and a foreign server."""

    def start_server(self):
        kind = _backend()
        server = servers.Server(kind)
        server.name = kind.name
        return server

    @contextlib.contextmanager
    def backend(self, *flags, seconds=60):
        with self.start_server() as server:
            server.listen()
            with self.proxy.start(programs.free_port(), server.port, seconds) as proxy:
                yield proxy.port, server

    def case_a_server_that_is_not_there_is_503_of_ours_and_comes_back(self):
        port = programs.free_port()
        with self.start_server() as server, self.proxy.start(programs.free_port(), port, 60) as proxy:
            with behaviour.Gateway.before(proxy.port) as gateway, rest.Rest(gateway.port) as client:
                for _ in range(3):
                    self.check_error(client.get("/v1/echo"), 502, 503)
                    self.check_error(client.post("/v1/echo", {}), 502, 503)
                server.listen(port)
                traffic.await_true(lambda: client.get("/v1/echo").status == 200, "the server is back", _BACK_SECONDS)
                self.assertEqual(client.post("/v1/echo", {}).status, 200)
                server.kill()
                self.check_error(client.get("/v1/echo"), 502, 503)
                self.check_error(client.post("/v1/echo", {}), 502, 503)

    def case_a_server_that_is_too_slow_for_the_proxy_is_an_error_of_ours(self):
        """nginx and HAProxy answer 504, nghttpx resets the stream, which is INTERNAL by gRPC's table.

        The proxy also cuts the health check's stream again and again, which must not make the server seem away.
        """
        with self.backend(seconds=_READ_SECONDS) as (port, server):
            with behaviour.Gateway.before(port) as gateway, rest.Rest(gateway.port) as client:
                self.check_error(client.post("/v1/slow", {"ms": 6000}), 500, 502, 503, 504)
                with traffic.Load(gateway.port, streams=2) as load:
                    time.sleep(_READ_SECONDS * 3)
                    load.await_successes(20)
                self.assertEqual(load.failures, [])

    def check_restart(self, end):
        with self.start_server() as server:
            server.listen()
            port = programs.free_port()
            with self.proxy.start(port, server.port, 60) as old, behaviour.Gateway.before(port) as gateway:
                with traffic.Load(gateway.port) as load:
                    load.await_successes(20)
                    end(old)
                    time.sleep(0.5)
                    self.enterContext(self.proxy.start(port, server.port, 60))
                    load.await_successes(20)
                self.assertEqual(load.failures, [])

    def case_a_restart_of_the_proxy_under_load_fails_no_get_and_no_put(self):
        self.check_restart(lambda proxy: proxy.end_hard())

    def case_a_soft_restart_of_the_proxy_under_load_fails_no_get_and_no_put(self):
        self.check_restart(lambda proxy: proxy.end_softly())

    def case_many_requests_on_few_connections_fail_in_none(self):
        """nginx ends a connection after 1,000 requests (keepalive_requests)."""
        with self.serve() as (_, gateway, _), traffic.Load(gateway.port, streams=16, pause_seconds=0) as load:
            load.await_successes(300, seconds=60)
            self.assertEqual(load.failures, [])

    def case_300_slow_calls_at_once_succeed(self):
        """Proxies have limits on streams too: nginx 128, HAProxy and nghttpx 100 on a connection."""
        with self.serve() as (_, gateway, _):
            self.assertEqual(traffic.send_all(gateway.port, [("GET", "/v1/slow?ms=1000", None)] * 300), [])
