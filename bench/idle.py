"""What the gateway takes without load: memory with many idle connections, at start, and how long it takes to be there. script/bench idle runs it.

Prints a table and, as the last line, one JSON object, {"gateways": {"new": FIGURES, "old": FIGURES}}, "old" only with --against. FIGURES:

    start_ms            from exec to the line that says it listens
    first_answer_ms     from exec to the first answer, of a GET
    started_mb          resident memory then
    connections_mb      the most with 64 connections in --seconds of PUTs
    idle_mb             with --connections idle ones, 10,000 unless said otherwise, after one PUT each
    idle_closed         how many of those it had closed by then, which is a fault

Times are medians of --rounds starts, and contain the millisecond of setpriv, which starts it.
"""

import argparse
import contextlib
import http.client
import json
import pathlib
import resource
import select
import statistics
import sys
import time

from support import chain, scratch, wrk

_CHECKOUT = pathlib.Path(__file__).parent.parent
_BUSY_CONNECTIONS = 64
_IDLE_TRACKS = 64
_FDS_BESIDE = 100
_GOALS = {"start_ms": 30, "connections_mb": 15, "idle_mb": 80, "idle_closed": 1}  # to stay below
_IDLE_CONNECTIONS = 10000  # that the goal is for
_IDLE_TIMEOUT_SECONDS = 600  # longer than the run


def _get(address, track_id):
    connection = http.client.HTTPConnection(address, timeout=60)
    connection.request("GET", f"/api/soundcheck/tracks/{track_id}")
    response = connection.getresponse()
    response.read()
    connection.close()
    if response.status != 200:
        raise RuntimeError(f"the first GET: {response.status}")


def _start_figures(programs, service, track_id):
    begin = time.monotonic()
    with chain.gateway(programs, service.address) as gateway:
        listening = time.monotonic()
        _get(gateway.address, track_id)
        answered = time.monotonic()
        return 1e3 * (listening - begin), 1e3 * (answered - begin), gateway.memory_mb()


def _connections_mb(options, programs, service, document):
    track_ids = chain.track_ids(_BUSY_CONNECTIONS)
    with chain.gateway(programs, service.address) as gateway:
        chain.create_tracks(gateway.address, document, track_ids)
        wrk.run(gateway.address, chain.requests("PUT", document, track_ids), _BUSY_CONNECTIONS, options.seconds, options.folder)
        return gateway.peak_memory_mb()


def _closed_count(connections):
    poll = select.poll()
    for connection in connections:
        poll.register(connection.sock, select.POLLIN | select.POLLRDHUP)
    return len(poll.poll(0))


def _idle_figures(options, programs, service, document):
    flags = f"--idle-timeout={_IDLE_TIMEOUT_SECONDS}", f"--max-connections={options.connections}"
    with chain.gateway(programs, service.address, *flags) as gateway, contextlib.ExitStack() as stack:
        connections = []
        for number in range(options.connections):
            connection = http.client.HTTPConnection(gateway.address, timeout=60)
            stack.callback(connection.close)
            chain.put_track(connection, document, f"track-{number % _IDLE_TRACKS:03}", str(number))
            connections.append(connection)
        return gateway.memory_mb(), _closed_count(connections)


def _measure(options, programs, document):
    with chain.service(options.programs, "memory:") as service:
        with chain.gateway(programs, service.address) as gateway:
            chain.create_tracks(gateway.address, document, chain.track_ids(1))
        starts = [_start_figures(programs, service, chain.track_ids(1)[0]) for _ in range(options.rounds)]
        start_ms, first_answer_ms, started_mb = (statistics.median(values) for values in zip(*starts))
        idle_mb, idle_closed = _idle_figures(options, programs, service, document)
        return {
            "start_ms": round(start_ms, 1),
            "first_answer_ms": round(first_answer_ms, 1),
            "started_mb": round(started_mb, 1),
            "connections_mb": round(_connections_mb(options, programs, service, document), 1),
            "idle_mb": round(idle_mb, 1),
            "idle_closed": idle_closed,
        }


def _verdict(key, value, connections):
    goal = _GOALS.get(key)
    if goal is None or (key == "idle_mb" and connections != _IDLE_CONNECTIONS):
        return ""
    return f"below {goal}: {'reached' if value < goal else 'MISSED'}"


def _print_table(figures, connections):
    print("| " + " | ".join(format(title, "<16") for title in ("", *figures, "goal of the new")) + " |")
    print("| " + " | ".join(["-" * 16] + ["-" * 15 + ":"] * len(figures) + ["-" * 16]) + " |")
    for key, value in figures["new"].items():
        print("| " + " | ".join([f"{key:<16}"] + [f"{its[key]:>16}" for its in figures.values()] + [f"{_verdict(key, value, connections):<16}"]) + " |")


def _parse_options():
    parser = argparse.ArgumentParser(prog="script/bench idle", allow_abbrev=False)
    add = parser.add_argument
    add("--programs", default=_CHECKOUT / "bazel-bin", help="where they were built (bazel-bin)")
    add("--against", help="folder of another build, whose gateway is measured too")
    add("--documents", default=_CHECKOUT / "bench/data", help="folder of track_small.json (bench/data)")
    add("--connections", type=int, default=_IDLE_CONNECTIONS, help="idle ones (10000)")
    add("--rounds", type=int, default=11, help="starts (11)")
    add("--seconds", type=int, default=10, help="of PUTs on 64 connections (10)")
    add("--folder", default=_CHECKOUT / "data", help="for files of the time of a run (data)")
    return parser.parse_args()


def _raise_file_limit(connections):
    """Ours, and so that of what we start."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _FDS_BESIDE
    if hard != resource.RLIM_INFINITY and hard < wanted:
        sys.exit(f"idle: {connections} connections do not fit in a limit of {hard} open files")
    if soft != resource.RLIM_INFINITY and soft < wanted:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))


def main():
    options = _parse_options()
    _raise_file_limit(options.connections)
    document = json.loads((pathlib.Path(options.documents) / "track_small.json").read_bytes())
    with scratch.folder(options.folder) as options.folder:
        programs = {"new": options.programs} | ({"old": options.against} if options.against else {})
        figures = {name: _measure(options, folder, document) for name, folder in programs.items()}
    _print_table(figures, options.connections)
    print(json.dumps({"gateways": figures}))
    return 1 if any(its["idle_closed"] for its in figures.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
