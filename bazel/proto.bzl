"""Rules over proto_library: C stubs (protobuf-c, nanopb) and descriptor sets.

    proto_library(name = "tracks_proto", srcs = ["tracks.proto"], …)
    c_proto_library(name = "tracks_c_proto", proto = ":tracks_proto", deps = […c_proto_library of its imports…])
    nanopb_proto_library(name = "tracks_nanopb", proto = ":tracks_proto", options = "tracks.options")
    descriptor_set(name = "tracks_descriptors", deps = [":tracks_proto"])      # makes tracks_descriptors.binpb

Generated headers are included by the proto's import path: "soundcheck/v1/tracks.pb-c.h", "grpc/health/v1/health.pb.h".
"""

load("@rules_proto//proto:defs.bzl", "ProtoInfo")

def _import_path(src, info):
    """The path that other protos import this file by."""
    for prefix in [info.proto_source_root + "/", src.root.path + "/"]:
        if src.path.startswith(prefix):
            return src.path[len(prefix):]
    return src.short_path

def _descriptor_set_in(info):
    return ":".join([f.path for f in info.transitive_descriptor_sets.to_list()])

def _stubs_impl(ctx):
    info = ctx.attr.proto[ProtoInfo]
    outputs = []
    paths = []
    for src in info.direct_sources:
        path = _import_path(src, info)
        paths.append(path)
        stem = path[:-len(".proto")]
        for ending in ctx.attr.endings:
            outputs.append(ctx.actions.declare_file(ctx.attr.directory + "/" + stem + ending))
    directory = outputs[0].path[:outputs[0].path.index("/" + ctx.attr.directory + "/") + len(ctx.attr.directory) + 1]
    options = ctx.attr.plugin_options
    if ctx.file.options:
        options = options + ["-f" + ctx.file.options.path]
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [
            "--plugin=protoc-gen-stub=" + ctx.executable.plugin.path,
            "--descriptor_set_in=" + _descriptor_set_in(info),
            "--stub_out=" + " ".join(options) + ":" + directory,
        ] + paths,
        inputs = depset(
            [ctx.file.options] if ctx.file.options else [],
            transitive = [info.transitive_descriptor_sets],
        ),
        tools = [ctx.executable.plugin],
        outputs = outputs,
        use_default_shell_env = True,
        mnemonic = "ProtocStubs",
        progress_message = "Generating C stubs of %{label}",
    )
    headers = [f for f in outputs if f.extension == "h"]
    return [
        DefaultInfo(files = depset(outputs)),
        OutputGroupInfo(headers = depset(headers), sources = depset([f for f in outputs if f.extension == "c"])),
    ]

_stubs = rule(
    implementation = _stubs_impl,
    attrs = {
        "proto": attr.label(mandatory = True, providers = [ProtoInfo]),
        "plugin": attr.label(mandatory = True, executable = True, cfg = "host", allow_files = True),
        "plugin_options": attr.string_list(),
        "options": attr.label(allow_single_file = True),
        "endings": attr.string_list(mandatory = True),
        "directory": attr.string(mandatory = True),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            executable = True,
            cfg = "host",
            allow_single_file = True,
        ),
    },
)

def _stub_library(name, stub, deps, visibility, **kwargs):
    _stubs(name = name + "_stubs", directory = name + ".gen", **kwargs)
    native.filegroup(name = name + "_headers", srcs = [name + "_stubs"], output_group = "headers")
    native.filegroup(name = name + "_sources", srcs = [name + "_stubs"], output_group = "sources")
    native.cc_library(
        name = name,
        srcs = [name + "_sources"],
        hdrs = [name + "_headers"],
        includes = [name + ".gen"],
        deps = deps + [stub],
        visibility = visibility,
    )

def c_proto_library(name, proto, deps = [], visibility = None):
    """protobuf-c structs and services of one proto_library; deps are the c_proto_library targets of its imports."""
    _stub_library(
        name,
        "@com_github_protobuf_c//:protobuf_c",
        deps,
        visibility,
        proto = proto,
        plugin = "@soundcheck_tracks//bazel:protoc_gen_c_optional",
        endings = [".pb-c.c", ".pb-c.h"],
    )

def nanopb_proto_library(name, proto, options = None, deps = [], visibility = None):
    """nanopb structs of one proto_library, with static sizes from an .options file."""
    _stub_library(
        name,
        "@com_github_nanopb//:nanopb",
        deps,
        visibility,
        proto = proto,
        plugin = "@com_github_nanopb//:protoc-gen-nanopb",
        options = options,
        endings = [".pb.c", ".pb.h"],
    )

def _descriptor_set_impl(ctx):
    out = ctx.actions.declare_file(ctx.label.name + ".binpb")
    infos = [dep[ProtoInfo] for dep in ctx.attr.deps]
    sets = depset(transitive = [info.transitive_descriptor_sets for info in infos])
    paths = [_import_path(src, info) for info in infos for src in info.direct_sources]
    ctx.actions.run(
        executable = ctx.executable._protoc,
        arguments = [
            "--descriptor_set_in=" + ":".join([f.path for f in sets.to_list()]),
            "--include_imports",
            "--descriptor_set_out=" + out.path,
        ] + paths,
        inputs = sets,
        outputs = [out],
        mnemonic = "DescriptorSet",
        progress_message = "Linking descriptor set %{label}",
    )
    return [DefaultInfo(files = depset([out]), runfiles = ctx.runfiles([out]))]

descriptor_set = rule(
    doc = "One FileDescriptorSet of the deps and all that they import, imports first: NAME.binpb.",
    implementation = _descriptor_set_impl,
    attrs = {
        "deps": attr.label_list(mandatory = True, providers = [ProtoInfo]),
        "_protoc": attr.label(
            default = "@com_google_protobuf//:protoc",
            executable = True,
            cfg = "host",
            allow_single_file = True,
        ),
    },
)
