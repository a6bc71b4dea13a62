"""Two builds of the gateway and the pass-through, alternately, before the same track_service with the same tracks.

What is compared shares the moment, so that ratios hold on a machine that others load too: each round runs all three, each time another
one first, and a ratio is the median of the rounds' ratios.
"""

import contextlib
import os
import statistics

from support import chain, stores, wrk

NAMES = ("old", "new", "limit")
RATIOS = {  # of a row: whose figure by whose
    "rps_new_old": ("rps", "new", "old"),
    "cpu_new_old": ("cpu_us", "new", "old"),
    "p50_new_old": ("p50_ms", "new", "old"),
    "rps_new_limit": ("rps", "new", "limit"),
    "cpu_new_limit": ("cpu_us", "new", "limit"),
}


def _in_turn(round_number):
    first = round_number % len(NAMES)
    return NAMES[first:] + NAMES[:first]


def _ratios(rounds):
    def of_rounds(figure, mine, other):
        return [its[mine][figure] / its[other][figure] for its in rounds if its[other][figure] > 0]

    return {name: round(statistics.median(of_rounds(*which) or [0]), 3) for name, which in RATIOS.items()}


def _summary(rounds, name, server):
    figures = {key: statistics.median(its[name][key] for its in rounds) for key in ("rps", "p50_ms", "p99_ms", "cpu_us")}
    return {
        **{key: round(value, 3) for key, value in figures.items()},
        "errors": sum(its[name]["errors"] for its in rounds),
        "rss_mb": round(server.peak_memory_mb(), 1),
    }


def measure(options, store, method, document, connections):
    """A row: what each of NAMES did, and the RATIOS."""
    with contextlib.ExitStack() as stack:
        uri = stack.enter_context(stores.STORES[store](options.folder))
        service = stack.enter_context(chain.service(options.programs, uri))
        track_ids = chain.track_ids(connections)
        messages = os.path.join(options.folder, "put_messages")
        chain.write_put_messages(options.programs, document, track_ids, messages)
        servers = {
            "old": stack.enter_context(chain.gateway(options.against, service.address)),
            "new": stack.enter_context(chain.gateway(options.programs, service.address)),
            "limit": stack.enter_context(chain.pass_through(options.programs, service.address, messages)),
        }
        chain.create_tracks(servers["new"].address, document, track_ids)
        requests = chain.requests(method, document, track_ids)
        rounds = [
            {
                name: wrk.run_measured(servers[name], requests, connections, options.seconds, options.folder)
                for name in _in_turn(round_number)
            }
            for round_number in range(options.rounds)
        ]
        return {
            "programs": {name: _summary(rounds, name, server) for name, server in servers.items()},
            "ratios": _ratios(rounds),
        }
