"""The C targets of this workspace. They carry the language standard and the warnings, so that no target can forget them."""

COPTS = [
    "-std=c17",
    "-D_GNU_SOURCE",
    "-Wall",
    "-Wextra",
    "-Wshadow",
    "-Wconversion",
    "-Wstrict-prototypes",
    "-Wvla",
    "-Werror",
]

def c_library(name, copts = [], **kwargs):
    """A cc_library under the house's warnings."""
    native.cc_library(name = name, copts = COPTS + copts, **kwargs)

def c_binary(name, copts = [], **kwargs):
    """A cc_binary under the house's warnings."""
    native.cc_binary(name = name, copts = COPTS + copts, **kwargs)

def c_test(name, srcs = None, copts = [], deps = [], size = "small", **kwargs):
    """A cmocka test: name_test.c unless srcs says otherwise. It prints one line a test case, which script/test counts."""
    native.cc_test(
        name = name,
        srcs = srcs or [name + ".c"],
        copts = COPTS + copts,
        deps = deps + ["@org_cmocka//:cmocka"],
        size = size,
        **kwargs
    )

def c_bytes(name, src, visibility = None):
    """A file of any kind as a constant of the program: #include "PACKAGE/NAME.h" has `extern const struct view NAME;`."""
    native.genrule(
        name = name + "_source",
        srcs = [src],
        outs = [
            name + ".c",
            name + ".h",
        ],
        cmd = ("(echo '#include \"{path}.h\"'; " +
              "echo 'static const unsigned char bytes[] = {{'; od -An -v -tu1 $< | sed 's/[0-9]\\+/&,/g'; echo '}};'; " +
              "echo 'const struct view {name} = {{(const char *)bytes, sizeof(bytes)}};') > $(location {name}.c); " +
              "(echo '#include \"base/view.h\"'; echo 'extern const struct view {name};') > $(location {name}.h)").format(name = name, path = native.package_name() + "/" + name),
        visibility = ["//visibility:private"],
    )
    c_library(
        name = name,
        srcs = [name + ".c"],
        hdrs = [name + ".h"],
        visibility = visibility,
        deps = ["//base:view"],
    )
