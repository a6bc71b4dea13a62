"""Golden bytes, made by protoc: another implementation of protobuf is the judge.

golden(NAMES): for each NAME of a dict from NAME to message, golden/NAME.txtpb is encoded to golden/NAME.binpb. Where golden/NAME.other.json
exists (others), it is the same message in another spelling: our program makes bytes of it, and protoc's text of those bytes and
of its own ones must be equal: golden/NAME.ours.txt, golden/NAME.theirs.txt.
"""

_PROTOC = "$(location @com_google_protobuf//:protoc) --descriptor_set_in=$(location :every_kind_descriptors)"
_FILES = " ".join(["tests/codec/transcode/%s.proto" % name for name in ["everything", "legacy", "wide"]])

def golden(name, messages, others):
    """A filegroup of all that the test reads."""
    data = []
    for case, message in messages.items():
        source = "golden/%s.txtpb" % case
        binary = "golden/%s.binpb" % case
        native.genrule(
            name = case + "_binary",
            srcs = [source, ":every_kind_descriptors"],
            outs = [binary],
            cmd = "%s --deterministic_output --encode=codec.test.%s %s < $(location %s) > $@" %
                  (_PROTOC, message, _FILES, source),
            tools = ["@com_google_protobuf//:protoc"],
        )
        data += [binary, "golden/%s.json" % case]
        if case in others:
            data += _decoded(case, message, binary)
    native.filegroup(name = name, srcs = data)

def _decoded(case, message, binary):
    json = "golden/%s.other.json" % case
    ours = "golden/%s.ours.txt" % case
    theirs = "golden/%s.theirs.txt" % case
    decode = "%s --decode=codec.test.%s %s" % (_PROTOC, message, _FILES)
    native.genrule(
        name = case + "_ours",
        srcs = [json, ":every_kind_descriptors"],
        outs = [ours],
        cmd = "$(location //gateway:transcode) --descriptors=$(location :every_kind_descriptors) --type=codec.test.%s" % message +
              " --from=json --to=binary < $(location %s) | %s > $@" % (json, decode),
        tools = ["//gateway:transcode", "@com_google_protobuf//:protoc"],
    )
    native.genrule(
        name = case + "_theirs",
        srcs = [binary, ":every_kind_descriptors"],
        outs = [theirs],
        cmd = "%s < $(location %s) > $@" % (decode, binary),
        tools = ["@com_google_protobuf//:protoc"],
    )
    return [ours, theirs]
