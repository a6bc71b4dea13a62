"""The external repositories of this workspace, made from Debian 12 packages: no download, no copy in the tree.

This is the only file that knows where Debian puts things. The repositories have the names that the field uses, so that a
monorepo with its own gRPC, protobuf or rules declares them itself instead of calling debian_repositories().
"""

_GOOGLEAPIS = "/usr/share/gocode/src/github.com/grpc-ecosystem/grpc-gateway/third_party/googleapis/google"

# Bazel 4.2.3 wants rules_cc for its own tools; Debian's bazel-rules-cc is written for a later Bazel.
_RULES_CC_FORWARDED = [
    "cc_binary",
    "cc_import",
    "cc_library",
    "cc_libc_top_alias",
    "cc_proto_library",
    "cc_test",
    "cc_toolchain",
    "cc_toolchain_suite",
    "fdo_profile",
    "objc_library",
]

_WELL_KNOWN = ["any", "descriptor", "duration", "empty", "field_mask", "struct", "timestamp", "wrappers"]

_PROTOBUF_BUILD = """
package(default_visibility = ["//visibility:public"])
exports_files(["protoc"])
""" + "".join([
    """
proto_library(
    name = "{name}_proto",
    srcs = ["src/google/protobuf/{name}.proto"],
    strip_import_prefix = "src",
)
""".format(name = name)
    for name in _WELL_KNOWN
]) + """
cc_library(name = "protobuf", linkopts = ["-lprotobuf"])
proto_lang_toolchain(
    name = "cc_toolchain",
    command_line = "--cpp_out=$(OUT)",
    runtime = ":protobuf",
    blacklisted_protos = [{well_known}],
)
""".format(well_known = ", ".join(["\":%s_proto\"" % name for name in _WELL_KNOWN]))

_GOOGLEAPIS_BUILD = """
package(default_visibility = ["//visibility:public"])
""" + "".join([
    """
proto_library(
    name = "{name}_proto",
    srcs = ["src/google/{path}.proto"],
    strip_import_prefix = "src",
    deps = {deps},
)
""".format(name = name, path = path, deps = deps)
    for name, path, deps in [
        ("http", "api/http", []),
        ("annotations", "api/annotations", [":http_proto", "@com_google_protobuf//:descriptor_proto"]),
        ("code", "rpc/code", []),
        ("status", "rpc/status", ["@com_google_protobuf//:any_proto"]),
        ("error_details", "rpc/error_details", ["@com_google_protobuf//:duration_proto"]),
    ]
])

_GRPC_PROTO_BUILD = """
package(default_visibility = ["//visibility:public"])
""" + "".join([
    """
proto_library(
    name = "{name}_proto",
    srcs = ["src/grpc/{path}.proto"],
    strip_import_prefix = "src",
)
""".format(name = name, path = path)
    for name, path in [
        ("health", "health/v1/health"),
        ("reflection", "reflection/v1/reflection"),
        ("reflection_v1alpha", "reflection/v1alpha/reflection"),
    ]
])

# Libraries: repository name, target, linker options.
_SYSTEM_LIBRARIES = [
    ("com_github_grpc_grpc", "grpc", ["-lgrpc", "-lgpr"]),
    ("com_github_protobuf_c", "protobuf_c", ["-lprotobuf-c"]),
    ("com_github_nanopb", "nanopb", ["-lprotobuf-nanopb"]),
    ("com_github_davegamble_cjson", "cjson", ["-lcjson"]),
    ("org_gnu_libmicrohttpd", "microhttpd", ["-lmicrohttpd"]),
    ("org_nghttp2", "nghttp2", ["-lnghttp2"]),
    ("org_postgresql_libpq", "pq", ["-lpq"]),
    ("org_cares", "cares", ["-lcares"]),
    ("org_nghttp2", "nghttp2", ["-lnghttp2"]),
    ("net_zlib", "zlib", ["-lz"]),
    ("org_sqlite", "sqlite3", ["-lsqlite3"]),
    ("org_cmocka", "cmocka", ["-lcmocka"]),
]

# Where the headers are of the libraries whose headers are not in the compiler's default search path.
_HEADERS = {"org_postgresql_libpq": "/usr/include/postgresql"}

# Programs that protoc runs: repository name, target, path.
_PLUGINS = [
    ("com_github_protobuf_c", "protoc-gen-c", "/usr/bin/protoc-gen-c"),
    ("com_github_nanopb", "protoc-gen-nanopb", "/usr/bin/protoc-gen-nanopb"),
]

def _need(ctx, path, package):
    if not ctx.path(path).exists:
        fail("%s is missing: install the Debian package %s (script/setup does)" % (path, package))

def _rules_cc_impl(ctx):
    ctx.file("BUILD", "")
    ctx.file("cc/BUILD", "")
    ctx.file("cc/defs.bzl", "".join([
        "def {name}(**kwargs):\n    native.{name}(**kwargs)\n\n".format(name = name)
        for name in _RULES_CC_FORWARDED
    ]))

_rules_cc = repository_rule(implementation = _rules_cc_impl)

def _remote_coverage_tools_impl(ctx):
    ctx.file("BUILD", """filegroup(name = "coverage_report_generator", visibility = ["//visibility:public"])\n""")

_remote_coverage_tools = repository_rule(implementation = _remote_coverage_tools_impl)

def _protobuf_impl(ctx):
    _need(ctx, "/usr/bin/protoc", "protobuf-compiler")
    _need(ctx, "/usr/include/google/protobuf/struct.proto", "libprotobuf-dev")
    ctx.symlink("/usr/bin/protoc", "protoc")
    ctx.symlink("/usr/include/google/protobuf", "src/google/protobuf")
    ctx.file("BUILD", _PROTOBUF_BUILD)

_protobuf = repository_rule(implementation = _protobuf_impl, local = True)

def _googleapis_impl(ctx):
    _need(ctx, _GOOGLEAPIS, "golang-github-grpc-ecosystem-grpc-gateway-dev")
    ctx.symlink(_GOOGLEAPIS, "src/google")
    ctx.file("BUILD", _GOOGLEAPIS_BUILD)

_googleapis = repository_rule(implementation = _googleapis_impl, local = True)

def _grpc_proto_impl(ctx):
    _need(ctx, "/usr/share/grpc-proto/grpc", "grpc-proto")
    ctx.symlink("/usr/share/grpc-proto/grpc", "src/grpc")
    ctx.file("BUILD", _GRPC_PROTO_BUILD)

_grpc_proto = repository_rule(implementation = _grpc_proto_impl, local = True)

def _system_library_impl(ctx):
    build = "package(default_visibility = [\"//visibility:public\"])\n"
    headers = ""
    if ctx.attr.headers:
        ctx.symlink(ctx.attr.headers, "include")
        headers = ", hdrs = glob([\"include/*.h\"]), includes = [\"include\"]"
    build += "cc_library(name = %r, linkopts = %r%s)\n" % (ctx.attr.library, ctx.attr.linkopts, headers)
    for name, path in ctx.attr.plugins.items():
        ctx.symlink(path, name)
        build += "exports_files([%r])\n" % name
    ctx.file("BUILD", build)

_system_library = repository_rule(
    implementation = _system_library_impl,
    local = True,
    attrs = {
        "library": attr.string(mandatory = True),
        "linkopts": attr.string_list(mandatory = True),
        "headers": attr.string(),
        "plugins": attr.string_dict(),
    },
)

_LLHTTP_BUILD = """
package(default_visibility = ["//visibility:public"])
cc_library(
    name = "llhttp",
    srcs = ["api.c", "http.c", "llhttp.c"],
    hdrs = ["llhttp.h"],
    copts = ["-w", "-O2"],
    local_defines = ["LLHTTP_STRICT_MODE=1"],
    includes = ["."],
)
"""

def _llhttp_impl(ctx):
    _need(ctx, "/usr/share/llhttp/llhttp.c", "node-llhttp")
    for name in ["api.c", "http.c", "llhttp.c"]:
        ctx.symlink("/usr/share/llhttp/" + name, name)
    ctx.symlink("/usr/share/include/llhttp/llhttp.h", "llhttp.h")
    ctx.file("BUILD", _LLHTTP_BUILD)

# The parser of node, as C sources: the other reading of HTTP/1.1 in tests. Only tests ask for it.
_llhttp = repository_rule(implementation = _llhttp_impl, local = True)

def debian_repositories():
    """Declares every external repository that this workspace and Bazel's own rules ask for."""
    _rules_cc(name = "rules_cc")
    _remote_coverage_tools(name = "remote_coverage_tools")
    native.local_repository(name = "rules_java", path = "/usr/share/bazel/rules/java")
    native.local_repository(name = "rules_proto", path = "/usr/share/bazel/rules/proto")
    native.local_repository(name = "platforms", path = "/usr/share/bazel/tools/platforms")
    native.local_repository(name = "bazel_skylib", path = "/usr/share/bazel/tools/skylib")
    _protobuf(name = "com_google_protobuf")
    _googleapis(name = "com_google_googleapis")
    _grpc_proto(name = "com_github_grpc_grpc_proto")
    _llhttp(name = "org_nodejs_llhttp")
    for repository, library, linkopts in _SYSTEM_LIBRARIES:
        _system_library(
            name = repository,
            library = library,
            linkopts = linkopts,
            headers = _HEADERS.get(repository, ""),
            plugins = {name: path for owner, name, path in _PLUGINS if owner == repository},
        )
