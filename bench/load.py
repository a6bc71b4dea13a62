"""Speed of the whole chain: wrk, gateway and track_service on loopback, on each store. script/bench load runs it.

Prints a table, how the figures stand to the limits of this machine, and as the last line one JSON object:

    {"limits": {"http_echo_rps", "grpc_echo_rps", "ideal_chain_rps", "fsync_per_s", "pass_through_rps", "pass_through_cpu_us"},
     "runs": [{"store", "method", "document", "connections", "rps", "p50_ms", "p99_ms", "gateway_cpu_s_per_1000",
               "service_cpu_s_per_1000", "gateway_rss_mb", "service_rss_mb", "errors"}, ...]}

Every run has programs and a store of its own, with default flags. Peak memory is that of the whole run. With --rounds, the fastest
round of each run counts. With --memory-course a run also has
"memory_course_mb": {"gateway": [near its start, in its middle, at its end], "service": [...]}.

With --against=FOLDER the gateway that was built there ("old"), this one ("new") and the pass-through ("limit") are run alternately before
the same track_service; CPU is that of the program alone, a request. The last line is then

    {"comparison": [{"store", "method", "document", "connections",
                     "programs": {"old": {"rps", "p50_ms", "p99_ms", "cpu_us", "errors", "rss_mb"}, "new": ..., "limit": ...},
                     "ratios": {"rps_new_old", "cpu_new_old", "p50_new_old", "rps_new_limit", "cpu_new_limit"}}, ...]}
"""

import argparse
import contextlib
import json
import pathlib
import sys

from support import chain, comparison, limits, memory_course, program, report, scratch, stores, wrk

_CHECKOUT = pathlib.Path(__file__).parent.parent
_LIMITS_CONNECTIONS = 64
_LIMITS_SECONDS_MAX = 5
_METHODS = ["GET", "PUT"]
_DOCUMENTS = ["track_small", "track_medium"]


def _measure(options, uri, method, document, connections):
    """One round: the figures of a run."""
    with contextlib.ExitStack() as stack:
        service = stack.enter_context(chain.service(options.programs, uri))
        gateway = stack.enter_context(chain.gateway(options.programs, service.address))
        track_ids = chain.track_ids(connections)
        chain.create_tracks(gateway.address, document, track_ids)
        requests = chain.requests(method, document, track_ids)
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


def _compare_all(options, documents):
    """Yields the rows."""
    for name, document in documents.items():
        for method in options.methods:
            for connections in options.connections:
                for store in options.stores:
                    row = comparison.measure(options, store, method, document, connections)
                    yield {"store": store, "method": method, "document": name, "connections": connections, **row}


def _compare(options, documents):
    rows = []
    report.print_comparison_heading()
    for row in _compare_all(options, documents):
        report.print_comparison(row)
        rows.append(row)
    report.print_ratios(rows)
    print(json.dumps({"comparison": rows}))
    return any(figures["errors"] for row in rows for figures in row["programs"].values())


def _load(options, documents):
    limits_seconds = min(options.seconds, _LIMITS_SECONDS_MAX)
    document = next(iter(documents.values()))
    found = limits.measure(options.programs, document, _LIMITS_CONNECTIONS, limits_seconds, options.folder)
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
    return any(run["errors"] for run in runs)


def _parse_options():
    def words(text):
        return text.split(",")

    def numbers(text):
        return [int(word) for word in text.split(",")]

    parser = argparse.ArgumentParser(prog="script/bench load", allow_abbrev=False)
    add = parser.add_argument
    add("--programs", default=_CHECKOUT / "bazel-bin", help="where they were built (bazel-bin)")
    add("--documents", default=_CHECKOUT / "bench/data", help="folder of track_small.json and track_medium.json (bench/data)")
    add("--against", help="folder of another build: its gateway, this one and the pass-through are compared")
    add("--only", type=words, help="documents to run (track_small,track_medium; compared: track_small)")
    add("--stores", type=words, help="(memory,sqlite,postgresql; compared: memory)")
    add("--methods", type=words, default=_METHODS, help="(GET,PUT)")
    add("--connections", type=numbers, help="(1,16,64; compared: 1,64)")
    add("--seconds", type=int, help="of a run (5; compared: 3)")
    add("--rounds", type=int, help="of which the fastest counts (1); compared: the median (5)")
    add("--memory-course", action="store_true", help="also tell memory near the start, in the middle and at the end of each run")
    add("--folder", default=_CHECKOUT / "data", help="where the stores' files are for the time of a run (data)")
    options = parser.parse_args()
    for option, alone, compared in (
        ("only", _DOCUMENTS, ["track_small"]),
        ("stores", list(stores.STORES), ["memory"]),
        ("connections", [1, 16, 64], [1, 64]),
        ("seconds", 5, 3),
        ("rounds", 1, 5),
    ):
        if getattr(options, option) is None:
            setattr(options, option, compared if options.against else alone)
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


def main():
    options = _parse_options()
    documents = _read_documents(options)
    with scratch.folder(options.folder) as options.folder:
        return int(_compare(options, documents) if options.against else _load(options, documents))


if __name__ == "__main__":
    sys.exit(main())
