"""Tests of the real programs over real sockets, written in Python."""

def e2e_test(name, data = [], size = "medium", **kwargs):
    """Runs name.py, with the programs, their descriptors and a gRPC client's stubs at hand; see tests/e2e/support."""
    native.sh_test(
        name = name,
        srcs = ["//tests/e2e:run.sh"],
        args = ["$(rootpath %s.py)" % name],
        data = data + [
            name + ".py",
            "//gateway",
            "//gateway:transcode",
            "//protos/soundcheck/v1:tracks_descriptors",
            "//service:track_service",
            "//tests/e2e:support",
        ],
        size = size,
        **kwargs
    )
