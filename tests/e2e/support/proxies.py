"""Real proxies in front of a gateway, each of which lets no DELETE through: nginx, HAProxy, Apache Traffic Server.

    with proxies.nginx(gateway.port) as proxy:
        … proxy.port …

They keep their connections to the gateway and use them for whoever comes, and are as lenient as they can be told to be. missing()
says which program is not installed.
"""

import os
import pathlib
import shutil
import signal
import socket
import subprocess
import tempfile
import time

_START_SECONDS = 30
_PROGRAMS = {"nginx": "nginx", "haproxy": "haproxy", "traffic_server": "trafficserver"}

_NGINX = """
user root;
daemon off;
master_process off;
pid %(folder)s/nginx.pid;
error_log %(folder)s/error.log;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path %(folder)s/body; proxy_temp_path %(folder)s/proxy; fastcgi_temp_path %(folder)s/fastcgi;
    uwsgi_temp_path %(folder)s/uwsgi; scgi_temp_path %(folder)s/scgi;
    ignore_invalid_headers off;
    underscores_in_headers on;
    upstream gateway { server 127.0.0.1:%(gateway)d; keepalive 1; }
    server {
        listen 127.0.0.1:%(port)d;
        location / {
            if ($request_method = DELETE) { return 403; }
            proxy_pass http://gateway;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_request_buffering off;
            proxy_next_upstream off;
        }
    }
}
"""
_HAPROXY = """
global
    maxconn 512
defaults
    mode http
    timeout connect 5s
    timeout client 10s
    timeout server 10s
    timeout http-request 5s
    retries 0
frontend front
    bind 127.0.0.1:%(port)d
    option accept-invalid-http-request
    http-request deny deny_status 403 if METH_DELETE
    default_backend gateway
backend gateway
    option accept-invalid-http-response
    http-reuse always
    server gateway 127.0.0.1:%(gateway)d
"""
_TRAFFIC_SERVER = {
    "records.config": """
CONFIG proxy.config.http.server_ports STRING %(port)d:ip-in=127.0.0.1
CONFIG proxy.config.http.cache.http INT 0
CONFIG proxy.config.http.keep_alive_enabled_out INT 1
CONFIG proxy.config.http.server_session_sharing.match STRING ip
CONFIG proxy.config.http.server_session_sharing.pool STRING global
CONFIG proxy.config.http.strict_uri_parsing INT 0
CONFIG proxy.config.http.connect_attempts_max_retries INT 0
CONFIG proxy.config.url_remap.remap_required INT 1
CONFIG proxy.config.url_remap.pristine_host_hdr INT 0
CONFIG proxy.config.exec_thread.autoconfig.enabled INT 0
CONFIG proxy.config.exec_thread.limit INT 1
CONFIG proxy.config.admin.user_id STRING #-1
CONFIG proxy.config.body_factory.enable_customizations INT 0
CONFIG proxy.config.log.logging_enabled INT 0
CONFIG proxy.config.diags.output.error STRING E
""",
    "remap.config": """
map / http://127.0.0.1:%(gateway)d/ @action=deny @method=delete
""",
    "storage.config": "%(folder)s/cache 32M\n",
    "ip_allow.yaml": """
ip_allow:
  - apply: in
    ip_addrs: 127.0.0.1
    action: allow
    methods: ALL
""",
    "logging.yaml": "",
    "plugin.config": "",
    "cache.config": "",
    "hosting.config": "",
    "parent.config": "",
    "volume.config": "",
    "splitdns.config": "",
    "ssl_multicert.config": "",
    "sni.yaml": "",
    "strategies.yaml": "",
    "socks.config": "",
}


def missing(program):
    """Why a test with it is to be skipped; None when it is there."""
    found = shutil.which(program, path=os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin")
    return None if found else f"{program} is not installed (Debian: {_PROGRAMS[program]})"


class Proxy:
    def __init__(self, files, command, gateway_port, environment=None):
        self._folder = tempfile.TemporaryDirectory()
        with socket.create_server(("127.0.0.1", 0)) as probe:
            self.port = probe.getsockname()[1]
        values = {"folder": self._folder.name, "port": self.port, "gateway": gateway_port}
        for name, text in files.items():
            path = pathlib.Path(self._folder.name, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text % values)
        self._log = tempfile.TemporaryFile()
        environment = {name: value % values for name, value in (environment or {}).items()}
        path = os.environ.get("PATH", "") + ":/usr/sbin:/usr/bin"
        self._process = subprocess.Popen(
            [word % values for word in command],
            env={**os.environ, "PATH": path, **environment},
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
        )
        self._await()

    def _await(self):
        give_up = time.monotonic() + _START_SECONDS
        while True:
            try:
                socket.create_connection(("127.0.0.1", self.port)).close()
                return
            except ConnectionRefusedError:
                if self._process.poll() is not None or time.monotonic() > give_up:
                    self._stop()
                    self._log.seek(0)
                    raise AssertionError(f"the proxy does not listen:\n{self._log.read().decode()}") from None
                time.sleep(0.02)

    def _stop(self):
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._stop()
        self._log.close()
        self._folder.cleanup()


def nginx(gateway_port):
    command = ["nginx", "-p", "%(folder)s", "-c", "%(folder)s/nginx.conf", "-e", "%(folder)s/error.log"]
    return Proxy({"nginx.conf": _NGINX}, command, gateway_port)


def haproxy(gateway_port):
    return Proxy({"haproxy.cfg": _HAPROXY}, ["haproxy", "-db", "-f", "%(folder)s/haproxy.cfg"], gateway_port)


def traffic_server(gateway_port):
    layout = f"""
prefix: %(folder)s
exec_prefix: %(folder)s
bindir: /usr/bin
sbindir: /usr/bin
sysconfdir: %(folder)s/etc
datadir: %(folder)s/cache
libexecdir: /usr/lib/trafficserver/modules
localstatedir: %(folder)s/var
runtimedir: %(folder)s/run
logdir: %(folder)s/log
cachedir: %(folder)s/cache
"""
    files = {f"etc/{name}": text for name, text in _TRAFFIC_SERVER.items()}
    files |= {"runroot.yaml": layout} | {f"{name}/.keep": "" for name in ("cache", "var", "run", "log")}
    return Proxy(files, ["traffic_server", "--run-root=%(folder)s/runroot.yaml"], gateway_port)
