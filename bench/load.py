"""Speed of the whole chain: wrk, gateway and track_service on loopback, on each store. script/bench load runs it.

Prints a table, how the figures stand to the limits of this machine, and as the last line one JSON object:

    {"limits": {"http_echo_rps", "grpc_echo_rps", "ideal_chain_rps", "fsync_per_s"},
     "runs": [{"store", "method", "document", "connections", "rps", "p50_ms", "p99_ms", "gateway_cpu_s_per_1000",
               "service_cpu_s_per_1000", "gateway_rss_mb", "service_rss_mb", "errors"}, ...]}

Every run has programs and a store of its own, with default flags. It works on two tracks for each connection, and at least 16,
so that no row is hot. Every PUT is a change: a track gets one of two contents in turn, and all others get theirs in between. Peak
memory is that of the whole run. With --rounds, the fastest round of each run counts. With --memory-course a run also has
"memory_course_mb": {"gateway": [near its start, in its middle, at its end], "service": [...]}.
"""

import argparse
import contextlib
import http.client
import json
import os
import pathlib
import signal
import sys
import tempfile

from support import limits, memory_course, program, report, stores, wrk

_TRACKS = "/api/soundcheck/tracks"
_CHECKOUT = pathlib.Path(__file__).parent.parent
_LIMITS_CONNECTIONS = 64
_LIMITS_SECONDS_MAX = 5
_METHODS = ["GET", "PUT"]
_DOCUMENTS = ["track_small", "track_medium"]


def _with_id(document, track_id, content):
    changed = document | {"id": track_id, "description": f"{document['description']} {content}"}
    return json.dumps(changed, ensure_ascii=False, separators=(",", ":"))


def _track_ids(connections):
    return [f"track-{number:03}" for number in range(max(16, 2 * connections))]


def _requests(method, document, track_ids):
    if method == "GET":
        return [("GET", f"{_TRACKS}/{track_id}", "") for track_id in track_ids]
    return [
        ("PUT", f"{_TRACKS}/{track_id}", _with_id(document, track_id, content))
        for content in ("as it was", "as it is")
        for track_id in track_ids
    ]


def _create_tracks(address, document, track_ids):
    connection = http.client.HTTPConnection(address, timeout=60)
    for track_id in track_ids:
        body = _with_id(document, track_id, "at first").encode()
        connection.request("PUT", f"{_TRACKS}/{track_id}?allowMissing=true", body, {"Content-Type": "application/json"})
        response = connection.getresponse()
        text = response.read()
        if response.status != 200:
            raise RuntimeError(f"creating {track_id}: {response.status} {text!r}")
    connection.close()


def _start_service(options, uri):
    return program.Program([f"{options.programs}/service/track_service", "--listen=127.0.0.1:0", f"--store={uri}"])


def _start_gateway(options, upstream):
    return program.Program([
        f"{options.programs}/gateway/gateway", "--listen=127.0.0.1:0", f"--upstream={upstream}",
        f"--descriptors={options.programs}/protos/soundcheck/v1/tracks_descriptors.binpb",
        "--error-body=backstage", "--emit-defaults",
    ])


def _measure(options, uri, method, document, connections):
    """One round: the figures of a run."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(_start_service(options, uri))
        gateway = stack.enter_context(_start_gateway(options, service.address))
        track_ids = _track_ids(connections)
        _create_tracks(gateway.address, document, track_ids)
        requests = _requests(method, document, track_ids)
        before = gateway.cpu_seconds(), service.cpu_seconds()
        with memory_course.MemoryCourse([gateway, service], options.seconds) as course:
            result = wrk.run(gateway.address, requests, connections, options.seconds, options.folder)
        thousands = result["requests"] / 1000
        figures = {
            "rps": round(result["requests"] / result["seconds"], 1),
            "p50_ms": result["p50_ms"],
            "p99_ms": result["p99_ms"],
            "gateway_cpu_s_per_1000": round((gateway.cpu_seconds() - before[0]) / thousands, 5),
            "service_cpu_s_per_1000": round((service.cpu_seconds() - before[1]) / thousands, 5),
            "gateway_rss_mb": round(gateway.peak_memory_mb(), 1),
            "service_rss_mb": round(service.peak_memory_mb(), 1),
            "errors": result["errors"],
        }
        if options.memory_course:
            figures["memory_course_mb"] = dict(zip(("gateway", "service"), zip(*course.samples)))
        return figures


def _run(options, store, method, name, document, connections):
    rounds = []
    for _ in range(options.rounds):
        with stores.STORES[store](options.folder) as uri:
            rounds.append(_measure(options, uri, method, document, connections))
    best = max(rounds, key=lambda figures: figures["rps"])
    return {"store": store, "method": method, "document": name, "connections": connections, **best}


def _run_all(options, documents):
    """Yields the runs. Stores follow each other at once, so that they meet the same machine; one that cannot be had is left out."""
    left = list(options.stores)
    for name, document in documents.items():
        for method in options.methods:
            for connections in options.connections:
                for store in list(left):
                    try:
                        yield _run(options, store, method, name, document, connections)
                    except (stores.Unavailable, program.CannotStart) as reason:
                        if store != "postgresql":
                            raise
                        print(f"skipped {store}: {reason}", flush=True)
                        left.remove(store)


def _parse_options():
    def words(text):
        return text.split(",")

    def numbers(text):
        return [int(word) for word in text.split(",")]

    parser = argparse.ArgumentParser(prog="script/bench load", allow_abbrev=False)
    add = parser.add_argument
    add("--programs", default=_CHECKOUT / "bazel-bin", help="where they were built (bazel-bin)")
    add("--documents", default=_CHECKOUT / "bench/data", help="folder of track_small.json and track_medium.json (bench/data)")
    add("--only", type=words, default=_DOCUMENTS, help="documents to run (track_small,track_medium)")
    add("--stores", type=words, default=list(stores.STORES), help="(memory,sqlite,postgresql)")
    add("--methods", type=words, default=_METHODS, help="(GET,PUT)")
    add("--connections", type=numbers, default=[1, 16, 64], help="(1,16,64)")
    add("--seconds", type=int, default=5, help="of a run (5)")
    add("--rounds", type=int, default=1, help="of which the fastest counts (1)")
    add("--memory-course", action="store_true", help="also tell memory near the start, in the middle and at the end of each run")
    add("--folder", default=_CHECKOUT / "data", help="where the stores' files are for the time of a run (data)")
    options = parser.parse_args()
    for flag, values, known in (
        ("--stores", options.stores, stores.STORES),
        ("--methods", options.methods, _METHODS),
        ("--only", options.only, _DOCUMENTS),
    ):
        for value in values:
            if value not in known:
                parser.error(f"{flag}: there is no {value}")
    return options


def _read_documents(options):
    folder = pathlib.Path(options.documents)
    return {name: json.loads((folder / f"{name}.json").read_bytes()) for name in options.only}


def _end_on_sigterm():
    """As on an interrupt: what was started is stopped, and files go."""
    def leave(*_):
        sys.exit(128 + signal.SIGTERM)

    signal.signal(signal.SIGTERM, leave)


def main():
    options = _parse_options()
    _end_on_sigterm()
    documents = _read_documents(options)
    os.makedirs(options.folder, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=options.folder, prefix="bench-") as folder:
        os.chmod(folder, 0o755)  # PostgreSQL, which is another user, has its own below it
        options.folder = folder
        body = json.dumps(next(iter(documents.values())), ensure_ascii=False, separators=(",", ":"))
        limits_seconds = min(options.seconds, _LIMITS_SECONDS_MAX)
        found = limits.measure(options.programs, body, _LIMITS_CONNECTIONS, limits_seconds, folder)
        report.print_limits(found)
        runs = []
        report.print_heading()
        for run in _run_all(options, documents):
            report.print_run(found, run)
            runs.append(run)
    for run in runs:
        if options.memory_course:
            report.print_memory_course(run)
    report.print_goals(found, runs)
    print(json.dumps({"limits": {name: round(value, 1) for name, value in found.items()}, "runs": runs}))
    return 1 if any(run["errors"] for run in runs) else 0


if __name__ == "__main__":
    sys.exit(main())
