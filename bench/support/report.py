"""What people read of the load benchmark: a table as it grows, and how the runs stand to the limits."""

_COLUMNS = [  # title, key, format
    ("store", "store", "<10"),
    ("method", "method", "<6"),
    ("document", "document", "<12"),
    ("connections", "connections", ">11"),
    ("requests/s", "rps", ">10.0f"),
    ("p50 ms", "p50_ms", ">7.2f"),
    ("p99 ms", "p99_ms", ">7.2f"),
    ("gateway CPU s/1000", "gateway_cpu_s_per_1000", ">18.4f"),
    ("service CPU s/1000", "service_cpu_s_per_1000", ">18.4f"),
    ("gateway MB", "gateway_rss_mb", ">10.1f"),
    ("service MB", "service_rss_mb", ">10.1f"),
    ("errors", "errors", ">6"),
]


def print_limits(limits):
    print(
        f"HTTP echo {limits['http_echo_rps']:.0f}/s, gRPC echo {limits['grpc_echo_rps']:.0f}/s, "
        f"ideal chain of the two {limits['ideal_chain_rps']:.0f}/s, fsync {limits['fsync_per_s']:.0f}/s\n"
    )


def print_heading():
    print("  ".join(format(title, form.split(".")[0]) for title, _, form in _COLUMNS), flush=True)


def print_run(run):
    print("  ".join(format(run[key], form) for _, key, form in _COLUMNS), flush=True)


def print_goals(limits, runs):
    """Shares: of the ideal chain on the memory store, of the memory store on others."""
    rates = {(run["store"], run["method"], run["document"], run["connections"]): run["rps"] for run in runs}
    print()
    for (store, method, document, connections), rate in rates.items():
        if store == "memory":
            share, whole = rate / limits["ideal_chain_rps"], "the ideal chain"
        elif ("memory", method, document, connections) in rates:
            share, whole = rate / rates["memory", method, document, connections], "the memory store's"
        else:
            continue
        print(f"{store:<10}  {method:<6}  {document:<12}  {connections:>11}  {share:>4.0%} of {whole}")
    print()
