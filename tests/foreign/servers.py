"""The foreign gRPC servers: how each is built, and a running one.

A server is a program that takes flags, prints `ready`, and then reads commands on stdin and answers on stdout:

    --name=TEXT          what it puts into its replies
    --max-streams=N      MAX_CONCURRENT_STREAMS
    --max-age-ms=N       a connection is sent GOAWAY after that time, and has 5 s more for its calls
    --compression=NAME   gzip or deflate, for all replies, those about health included

    listen PORT          listening PORT     port 0 takes a free one
    health STATUS        ok                 SERVING or NOT_SERVING, for the service ""
    calls                calls S F C        how many Slow calls were started, finished, cancelled
    stop                 the end            takes no more calls, and ends when those in flight have
    end of stdin         the end            at once

So a test can have a server at the ready, though a virtual machine starts slowly, and let it listen at a chosen moment.

Nothing is written into the source tree: sources are copied into a folder of $XDG_CACHE_HOME (~/.cache) and built there, with the
versions that the lock files name. Servers whose sources are unchanged since the last time are not built again.
"""

import contextlib
import hashlib
import os
import shutil
import signal
import subprocess
import sys
import threading

_HERE = os.path.dirname(os.path.abspath(__file__))
_GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis"  # Debian's
_CACHE = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "foreign-grpc")
_PROTOS = os.path.join(_CACHE, "protos")
_PROTO_PATH = f"{_PROTOS}:{_GOOGLEAPIS}"
_PROTOC = ["protoc", f"-I{_PROTOS}", f"-I{_GOOGLEAPIS}"]

_ANSWER_SECONDS = 60
_STOP_SECONDS = 15


class Skipped(Exception):
    """What it needs is not on this machine."""


class Kind:
    """A language's server. `fetch` are the commands that need a registry, `build` those that do not, `run` starts the server;
    all have the build folder as their working folder.

    compressions  those that it can use for replies
    trailers      whether a unary reply can have trailers of its own
    """

    def __init__(self, name, tools, fetch, build, run, environment=None, compressions=("gzip", "deflate"), trailers=True):
        self.name = name
        self.folder = os.path.join(_CACHE, name)
        self.run = run
        self.compressions = compressions
        self.trailers = trailers
        self._tools = tools
        self._fetch = fetch
        self._build = build
        self.environment = os.environ | {"PROTO_PATH": _PROTO_PATH} | (environment or {})

    def prepare(self):
        """Builds it unless it is built. Skipped when a tool or the registry is missing, AssertionError when it does not build."""
        for tool in (*self._tools, "protoc"):
            if not shutil.which(tool):
                raise Skipped(f"{tool} is not installed")
        if not os.path.isdir(_GOOGLEAPIS):
            raise Skipped(f"{_GOOGLEAPIS} is not there")
        sources = os.path.join(_HERE, self.name)
        stamp = os.path.join(self.folder, ".built-from")
        digest = _digest(sources, os.path.join(_HERE, "probe.proto"))
        if os.path.exists(stamp) and _read(stamp) == digest:
            return
        print(f"building the {self.name} server in {self.folder}", file=sys.stderr, flush=True)
        os.makedirs(_PROTOS, exist_ok=True)
        shutil.copy(os.path.join(_HERE, "probe.proto"), _PROTOS)
        shutil.copytree(sources, self.folder, dirs_exist_ok=True)
        for command in self._fetch:
            ended = self._execute(command)
            if ended.returncode != 0:
                raise Skipped(f"{' '.join(command)} failed: {_last_words(ended.stdout)}")
        for command in self._build:
            ended = self._execute(command)
            if ended.returncode != 0:
                raise AssertionError(f"{self.name}: {' '.join(command)} failed:\n{ended.stdout}")
        with open(stamp, "w", encoding="ascii") as file:
            file.write(digest)

    def _execute(self, command):
        return subprocess.run(
            command, cwd=self.folder, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
        )


def _read(path):
    with open(path, encoding="ascii") as file:
        return file.read()


def _digest(*paths):
    """Of all files, names and contents."""
    digest = hashlib.sha256()
    for path in paths:
        files = [os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names] or [path]
        for name in sorted(files):
            with open(name, "rb") as file:
                content = file.read()
            digest.update(f"{os.path.relpath(name, _HERE)} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _last_words(text):
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    return lines[-1][:200] if lines else "it said nothing"


KINDS = [
    Kind(
        "go",
        tools=["go"],
        fetch=[["go", "mod", "download"]],
        build=[
            ["go", "install", "tool"],
            [*_PROTOC, "--plugin=bin/protoc-gen-go", "--plugin=bin/protoc-gen-go-grpc", "--go_out=module=foreign:.",
             "--go-grpc_out=module=foreign:.", "probe.proto"],
            ["go", "build", "-o", "server", "."],
        ],
        run=["./server"],
        environment={"GOBIN": os.path.join(_CACHE, "go", "bin"), "GOFLAGS": "-mod=readonly -buildvcs=false"},
    ),
    Kind(
        "java",
        tools=["java", "javac", "mvn"],
        fetch=[["mvn", "-q", "-B", "dependency:go-offline"]],
        build=[[*_PROTOC, "--java_out=src/main/java", "probe.proto"], ["mvn", "-q", "-B", "-o", "compile"]],
        run=["java", "-Xmx1g", "-cp", "target/classes:target/libraries/*", "foreign.ProbeServer"],
    ),
    Kind(
        "node",
        tools=["node", "npm"],
        fetch=[["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"]],
        build=[],
        run=["node", "server.js"],
        compressions=(),  # grpc-js compresses no replies
    ),
    Kind(
        "python",
        tools=["python3.11"],
        fetch=[["python3.11", "-m", "venv", "venv"], ["venv/bin/pip", "install", "-q", "--no-deps", "-r", "requirements.txt"]],
        build=[["venv/bin/python", "-m", "grpc_tools.protoc", f"-I{_PROTOS}", f"-I{_GOOGLEAPIS}", "--python_out=.",
                "--grpc_python_out=.", "probe.proto"]],
        run=["venv/bin/python", "server.py"],
    ),
    Kind(
        "rust",
        tools=["cargo"],
        fetch=[["cargo", "fetch", "--locked"]],
        build=[["cargo", "build", "--release", "--locked", "--offline"]],
        run=["target/release/probe-server"],
        trailers=False,  # tonic's unary replies have none
    ),
]


def write_descriptors(path):
    """What the gateway is started with: the probe service, and the messages that details of errors are made of."""
    if not shutil.which("protoc") or not os.path.isdir(_GOOGLEAPIS):
        raise Skipped("protoc or the .proto files of Google's APIs are not installed")
    command = ["protoc", f"-I{_HERE}", f"-I{_GOOGLEAPIS}", "--include_imports", f"--descriptor_set_out={path}"]
    subprocess.run([*command, "probe.proto", "google/rpc/error_details.proto"], check=True)


class Server:
    """A running server of a kind, which does not listen yet. Leaving its context kills it.

        with Server(kind, "--name=a") as server:
            server.listen()
            … server.port …
    """

    def __init__(self, kind, *flags):
        self.kind = kind
        self.port = None
        self.process = subprocess.Popen(
            [*kind.run, *flags], cwd=kind.folder, env=kind.environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self._expect("ready")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.kill()

    def _expect(self, word):
        """The other words of the next line, which begins with that word."""
        overdue = threading.Timer(_ANSWER_SECONDS, self.process.kill)  # a server that hangs ends, so that its line does
        overdue.start()
        try:
            line = self.process.stdout.readline()
        finally:
            overdue.cancel()
        words = line.split()
        if not words or words[0] != word:
            raise AssertionError(f"the {self.kind.name} server printed {line!r} instead of {word}")
        return words[1:]

    def _tell(self, command):
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()

    def listen(self, port=0):
        self._tell(f"listen {port}")
        self.port = int(self._expect("listening")[0])
        return self

    def set_health(self, status):
        self._tell(f"health {status}")
        self._expect("ok")

    def calls(self):
        """(started, finished, cancelled)"""
        self._tell("calls")
        return tuple(int(count) for count in self._expect("calls"))

    def ask_to_stop(self):
        """It closes its port soon, and ends when its calls and connections have."""
        self._tell("stop")

    def await_end(self):
        """Fails when it does not end by itself soon, as when a client keeps a connection busy that had GOAWAY."""
        try:
            self.process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"the {self.kind.name} server has not ended {_STOP_SECONDS} s after it was asked to") from None

    def kill(self):
        """SIGKILL: its connections are reset. Nothing, when it has ended."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()
        for stream in (self.process.stdin, self.process.stdout):
            with contextlib.suppress(BrokenPipeError):
                stream.close()
