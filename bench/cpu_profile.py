"""Where the gateway's CPU time goes under load: by library, the kernel's by system call, and by function. script/bench profile runs it.

Samples come from perf (Debian's linux-perf), by the processor's clock where a virtual machine counts nothing else, so that it takes no privilege
but that of perf itself. Microseconds are the samples' share of the CPU time of a request, as /proc tells it. What a system call sends over loopback
is also received in it: the kernel's work for the receiver counts for the sender.
"""

import argparse
import collections
import json
import os
import pathlib
import re
import subprocess
import sys

from support import chain, scratch, wrk

_CHECKOUT = pathlib.Path(__file__).parent.parent
_SAMPLES_PER_SECOND = 1999
_FRAME = re.compile(r"\s*[0-9a-f]+ (.*) \((.*)\)$")
_SYSTEM_CALL = re.compile(r"_+(?:x64_|arm64_)?sys_(?!call)(\w+)")
_FUNCTIONS_SHOWN = 40
_LEAST_SHOWN = 0.002
_WIDTH = 80


def _is_kernel(library):
    return library.startswith(("[kernel", "[guest"))


def _where(frames):
    """Frames are pairs of function and library, the innermost first. Returns library, or system call, and function."""
    function, library = frames[0]
    if not _is_kernel(library):
        return os.path.basename(library), function
    calls = [match[1] for match in (_SYSTEM_CALL.match(name) for name, _ in frames) if match]
    return f"kernel: {calls[-1] if calls else 'other'}", function


def _samples(path):
    """Yields, for each sample, where it was."""
    script = subprocess.run(
        ["perf", "script", "--input", path, "--fields=ip,sym,dso"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True
    )
    for block in script.stdout.split("\n\n"):
        frames = [match.groups() for match in map(_FRAME.match, block.splitlines()) if match]
        if frames:
            yield _where(frames)


def _record(options, pid, path, work):
    """Samples the process while work() goes on; returns its result."""
    command = ["perf", "record", "--quiet", f"--output={path}", f"--freq={_SAMPLES_PER_SECOND}", "-g", f"--pid={pid}"]
    log = os.path.join(options.folder, "perf.log")
    with open(log, "w", encoding="utf-8") as errors:
        perf = subprocess.Popen([*command, "--", "sleep", str(options.seconds + 1)], stdout=errors, stderr=errors)
    result = work()
    if perf.wait() != 0:
        sys.exit("profile: perf: " + pathlib.Path(log).read_text(encoding="utf-8").strip())
    return result


def _profile(options, document):
    """What a request cost, and the samples."""
    track_ids = chain.track_ids(options.connections)
    requests = chain.requests(options.method, document, track_ids)
    messages = os.path.join(options.folder, "put_messages")
    data = os.path.join(options.folder, "perf.data")
    with chain.service(options.programs, "memory:") as service, chain.gateway(options.programs, service.address) as gateway:
        chain.create_tracks(gateway.address, document, track_ids)
        chain.write_put_messages(options.programs, document, track_ids, messages)
        with chain.pass_through(options.programs, service.address, messages) as limit:
            server = {"gateway": gateway, "pass_through": limit, "track_service": service}[options.program]
            address = limit.address if server is limit else gateway.address

            def work():
                before = server.cpu_seconds()
                run = wrk.run(address, requests, options.connections, options.seconds, options.folder)
                return 1e6 * (server.cpu_seconds() - before) / run["requests"]

            cpu_us = _record(options, server.pid, data, work)
    return cpu_us, list(_samples(data))


def _shortened(name):
    """Names of templates are longer than a line; their ends tell them apart."""
    return name if len(name) <= _WIDTH else f"{name[: _WIDTH // 2 - 3]} … {name[-_WIDTH // 2 :]}"


def _print_table(title, counts, cpu_us, count_max):
    total = sum(counts.values())
    print(f"| {title:<{_WIDTH}} | share | us/request |\n| {'-' * _WIDTH} | ----: | ---------: |")
    for name, count in counts.most_common(count_max):
        if count >= _LEAST_SHOWN * total:
            print(f"| {_shortened(name):<{_WIDTH}} | {count / total:>5.1%} | {cpu_us * count / total:>10.2f} |")
    print()


def _parse_options():
    parser = argparse.ArgumentParser(prog="script/bench profile", allow_abbrev=False)
    add = parser.add_argument
    add("--programs", default=_CHECKOUT / "bazel-bin", help="where they were built (bazel-bin)")
    add("--documents", default=_CHECKOUT / "bench/data", help="folder of the documents (bench/data)")
    add("--only", default="track_small", help="the document (track_small)")
    add("--program", default="gateway", choices=["gateway", "pass_through", "track_service"], help="which is looked at (gateway)")
    add("--method", default="GET", choices=["GET", "PUT"], help="(GET)")
    add("--connections", type=int, default=64, help="(64)")
    add("--seconds", type=int, default=5, help="(5)")
    add("--folder", default=_CHECKOUT / "data", help="for files of the time of a run (data)")
    return parser.parse_args()


def main():
    options = _parse_options()
    document = json.loads((pathlib.Path(options.documents) / f"{options.only}.json").read_bytes())
    with scratch.folder(options.folder) as options.folder:
        cpu_us, samples = _profile(options, document)
    by_library = collections.Counter(library for library, _ in samples)
    print(f"{options.program}, {options.method} {options.only}, {options.connections} connections: {cpu_us:.1f} us of CPU a request\n")
    _print_table("library", by_library, cpu_us, None)
    _print_table("function", collections.Counter(f"{function} ({library})" for library, function in samples), cpu_us, _FUNCTIONS_SHOWN)
    figures = {name: round(cpu_us * count / len(samples), 3) for name, count in by_library.most_common()}
    print(json.dumps({"cpu_us": round(cpu_us, 2), "by_library_us": figures}))


if __name__ == "__main__":
    main()
