"""Broken descriptor sets, written as text."""

_PROTOC = "@com_google_protobuf//:protoc"
_DESCRIPTORS = "//tests/codec/schema:broken_sets_descriptors"

def broken_sets(name):
    """NAME.binpb from NAME.txtpb, a text of schema.test.BrokenSets with the options of google.api and gateway.v1."""
    native.genrule(
        name = name,
        srcs = [
            name + ".txtpb",
            _DESCRIPTORS,
        ],
        outs = [name + ".binpb"],
        cmd = "$(location {protoc}) --descriptor_set_in=$(location {descriptors}) --encode=schema.test.BrokenSets".format(
                  protoc = _PROTOC,
                  descriptors = _DESCRIPTORS,
              ) + " tests/codec/schema/broken_sets.proto google/api/annotations.proto gateway/v1/annotations.proto" +
              " < $(location {name}.txtpb) > $@".format(name = name),
        tools = [_PROTOC],
    )
