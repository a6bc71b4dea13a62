"""What people read of the load benchmark: a table in Markdown, as it grows, and how the runs stand to the goals."""

_COLUMNS = [  # title, key, format
    ("store", "store", "<10"),
    ("method", "method", "<6"),
    ("document", "document", "<12"),
    ("connections", "connections", ">11"),
    ("requests/s", "rps", ">10.0f"),
    ("of ideal", "ideal_share", ">8.0%"),
    ("p50 ms", "p50_ms", ">6.2f"),
    ("p99 ms", "p99_ms", ">6.2f"),
    ("gateway CPU s/1000", "gateway_cpu_s_per_1000", ">18.4f"),
    ("service CPU s/1000", "service_cpu_s_per_1000", ">18.4f"),
    ("gateway MB", "gateway_rss_mb", ">10.1f"),
    ("service MB", "service_rss_mb", ">10.1f"),
    ("errors", "errors", ">6"),
]


_COMPARISON_COLUMNS = [
    ("store", "store", "<10"),
    ("method", "method", "<6"),
    ("document", "document", "<12"),
    ("connections", "connections", ">11"),
    ("program", "program", "<7"),
    ("requests/s", "rps", ">10.0f"),
    ("p50 ms", "p50_ms", ">6.3f"),
    ("p99 ms", "p99_ms", ">6.3f"),
    ("CPU us/request", "cpu_us", ">14.1f"),
    ("peak MB", "rss_mb", ">7.1f"),
    ("errors", "errors", ">6"),
]

_GOALS_CONNECTIONS = 64
_GATEWAY_MB_MAX = 15
_CPU_BY_LIMIT_MAX = 1.7
_COMPARISON_GOALS = [  # ratio, words, connections, goals by method; at least or at most
    ("rps_new_old", "requests/s, new by old", 64, {"GET": 1.6, "PUT": 1.5}, min),
    ("cpu_new_old", "CPU a request, new by old", 64, {"GET": 0.5}, max),
    ("p50_new_old", "p50, new by old", 1, {"GET": 0.5, "PUT": 0.5}, max),
    ("cpu_new_limit", "CPU a request, new by limit", 64, {"GET": _CPU_BY_LIMIT_MAX}, max),
    ("rps_new_limit", "requests/s, new by limit", 64, {}, min),
]


def print_limits(limits):
    print(
        f"HTTP echo {limits['http_echo_rps']:.0f}/s, gRPC echo {limits['grpc_echo_rps']:.0f}/s, "
        f"ideal chain of the two {limits['ideal_chain_rps']:.0f}/s, fsync {limits['fsync_per_s']:.0f}/s, "
        f"pass-through {limits['pass_through_rps']:.0f} GET/s at {limits['pass_through_cpu_us']:.1f} us of CPU\n"
    )


def _print_row(cells):
    print("| " + " | ".join(cells) + " |", flush=True)


def _print_heading(columns):
    widths = [form.split(".")[0] for _, _, form in columns]
    _print_row(format(title, width) for (title, _, _), width in zip(columns, widths))
    _print_row("-" * (int(width[1:]) - 1) + (":" if width[0] == ">" else "-") for width in widths)


def print_heading():
    _print_heading(_COLUMNS)


def print_run(limits, run):
    shown = run | {"ideal_share": run["rps"] / limits["ideal_chain_rps"]}
    _print_row(format(shown[key], form) for _, key, form in _COLUMNS)


def _print_goal(what, values, form, goal, reached):
    if values:
        print(f"{what:<48} {min(values):{form}} to {max(values):{form}}, {goal}: {'reached' if reached else 'MISSED'}")


def print_memory_course(run):
    course = "; ".join(f"{name} {', '.join(map(str, values))}" for name, values in run["memory_course_mb"].items())
    which = f"{run['store']} {run['method']} {run['document']} {run['connections']}"
    print(f"MB near the start, in the middle, at the end of {which}: {course}")


def print_goals(limits, runs):
    """They are for 64 connections: with one, what is measured is how long the parts of the chain wait for each other."""
    runs = [run for run in runs if run["connections"] == _GOALS_CONNECTIONS]
    rates = {(run["store"], run["method"], run["document"]): run["rps"] for run in runs}

    def shares(store, method, whole):
        return [
            rate / whole(document)
            for (its_store, its_method, document), rate in rates.items()
            if (its_store, its_method) == (store, method) and whole(document)
        ]

    def print_share(what, values, least):
        _print_goal(what, values, ".0%", f"at least {least:.0%}", not values or min(values) >= least)

    def print_memory(name, most_mb):
        values = [run[f"{name}_rss_mb"] for run in runs]
        _print_goal(f"{name}, peak MB", values, ".1f", f"below {most_mb}", not values or max(values) < most_mb)

    def print_cpu():
        """Of the document that the pass-through was measured with, the first."""
        gets = [run for run in runs if (run["store"], run["method"]) == ("memory", "GET")][:1]
        values = [1000 * run["gateway_cpu_s_per_1000"] / limits["pass_through_cpu_us"] for run in gets]
        reached = not values or max(values) <= _CPU_BY_LIMIT_MAX
        _print_goal("CPU of a GET, of the pass-through's", values, ".2f", f"at most {_CPU_BY_LIMIT_MAX}", reached)

    print(f"\nAt {_GOALS_CONNECTIONS} connections:" if runs else "")
    for method, least in (("GET", 0.45), ("PUT", 0.35)):
        print_share(
            f"{method} on memory, of the ideal chain", shares("memory", method, lambda _: limits["ideal_chain_rps"]), least
        )
    print_share(
        "PUT on SQLite, of that on memory",
        shares("sqlite", "PUT", lambda document: rates.get(("memory", "PUT", document))), 0.6,
    )
    print_cpu()
    print_memory("gateway", _GATEWAY_MB_MAX)
    print_memory("service", 60)
    print()


def print_comparison_heading():
    _print_heading(_COMPARISON_COLUMNS)


def print_comparison(row):
    for name, figures in row["programs"].items():
        shown = row | figures | {"program": name}
        _print_row(format(shown[key], form) for _, key, form in _COMPARISON_COLUMNS)


def _verdict(value, goal, pick):
    if goal is None:
        return ""
    return f", at {'least' if pick is min else 'most'} {goal}: {'reached' if pick(value, goal) == goal else 'MISSED'}"


def print_ratios(rows):
    """Medians of the rounds' ratios, beside the goals, which are for track_small on the memory store."""
    print()
    for row in rows:
        for ratio, words, connections, goals, pick in _COMPARISON_GOALS:
            if row["connections"] == connections:
                which = f"{row['store']} {row['method']} {row['document']} {connections}: {words}"
                goal = goals.get(row["method"]) if (row["store"], row["document"]) == ("memory", "track_small") else None
                print(f"{which:<72} {row['ratios'][ratio]:.2f}{_verdict(row['ratios'][ratio], goal, pick)}")
        peak = row["programs"]["new"]["rss_mb"]
        print(f"{row['store']} {row['method']} {row['document']} {row['connections']}: peak MB of the new".ljust(72), peak, end="")
        print(f", below {_GATEWAY_MB_MAX}: {'reached' if peak < _GATEWAY_MB_MAX else 'MISSED'}")
    print()
