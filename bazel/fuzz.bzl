"""Fuzz targets: one source, run by libFuzzer (script/fuzz) and replayed over its corpus as an ordinary test."""

load("//bazel:c.bzl", "COPTS", "c_library")

def c_fuzz_test(name, srcs = None, deps = [], corpus = None, prefixes = False, size = "small", **kwargs):
    """Two targets of name_fuzz.c (srcs says otherwise), which defines LLVMFuzzerTestOneInput().

    name_replay   A test that gives each file of tests' corpus/NAME (corpus: of another target) to it, one test case a file; with
                  prefixes also every beginning of each file.
    name_fuzzer   libFuzzer around it, for script/fuzz. Needs --config=fuzz, hence tagged manual.
    """
    files = native.glob(["corpus/%s/*" % (corpus or name)])
    c_library(
        name = name + "_fuzz",
        testonly = True,
        srcs = srcs or [name + "_fuzz.c"],
        deps = deps + ["//tests/fuzz"],
        **kwargs
    )
    native.cc_test(
        name = name + "_replay",
        srcs = ["//tests/fuzz:replay.c"],
        copts = COPTS,
        args = [name] + (["--prefixes"] if prefixes else []) + ["$(location %s)" % file for file in files],
        data = files,
        deps = [
            ":" + name + "_fuzz",
            "//tests/fuzz",
        ],
        size = size,
    )
    native.cc_binary(
        name = name + "_fuzzer",
        testonly = True,
        data = files, # script/fuzz asks for them
        linkopts = ["-fsanitize=fuzzer"],
        tags = ["manual"],
        deps = [":" + name + "_fuzz"],
    )
