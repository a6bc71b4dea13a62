/*
 * What the steps of schema_load() share.
 *
 * Flow     Files are registered first (every message and enum gets its name and its place, every extension its message), then each
 *          message's fields, each enum's values and each service's methods are filled in: by then every type name can be resolved,
 *          whatever the order of the files.
 * Memory   All that stays goes into the schema's arena. The unpacked descriptors live in the loader's own and are gone afterwards.
 */
#ifndef CODEC_SCHEMA_BUILDER_H
#define CODEC_SCHEMA_BUILDER_H

#include <google/protobuf/descriptor.pb-c.h>

#include "base/arena.h"
#include "base/status.h"
#include "codec/schema/names.h"
#include "codec/schema/schema.h"

struct schema {
    struct arena arena;
    struct names names;
    struct schema_method *methods;
    size_t method_count;
};

/* A message or enum that has its name but not yet its content. */
struct pending_message {
    struct schema_message *message;
    const Google__Protobuf__DescriptorProto *descriptor;
    const Google__Protobuf__FileDescriptorProto *file;
    const struct schema_field *conflict[2]; /* two fields of one JSON name, or NULL */
};

struct pending_enum {
    struct schema_enum *enumeration;
    const Google__Protobuf__EnumDescriptorProto *descriptor;
    const Google__Protobuf__FileDescriptorProto *file;
};

/* A method whose options are being read. */
struct pending_method {
    struct schema_method *method;
    const Google__Protobuf__FileDescriptorProto *file;
    struct view name; /* "package.Service/Method" */
};

/* A field that is declared outside of its message. */
struct pending_extension {
    const Google__Protobuf__FieldDescriptorProto *descriptor;
    const Google__Protobuf__FileDescriptorProto *file;
    const char *scope;              /* the package or message that declares it */
    struct pending_extension *next; /* of the same message */
};

struct builder {
    struct schema *schema;
    struct arena *arena;   /* the schema's */
    struct arena *scratch; /* the loader's */
    struct pending_message *messages;
    size_t message_count;
    size_t conflict_count; /* messages with two fields of one JSON name */
    struct pending_enum *enums;
    size_t enum_count;
    struct names extensions; /* by the full name of the message that is extended: the first struct pending_extension */
    struct status *st;
};

/* For protobuf-c to unpack into the arena. */
ProtobufCAllocator builder_allocator(struct arena *scratch);

/* Sets the status for an exhausted arena. */
bool builder_out_of_memory(struct builder *builder);

/* Sets INVALID_ARGUMENT: "FILE: ELEMENT: text". */
bool builder_fail(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file, struct view element,
                  const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A name as .proto files have it: letters, digits and underscores. JSON is printed from names without escapes, so that others are
 * refused. what: "a field". NULL is refused, too.
 */
MUST_USE bool builder_check_name(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                                 struct view scope, const char *what, const char *name);

/* Takes a full name for an element; fails when another one has it. The name is kept. */
MUST_USE bool builder_register_name(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                                    struct view name, enum name_kind kind, void *element);

/* Messages or enums by the ".pkg.Name" that descriptors refer to them by; NULL when there is none. */
struct schema_message *builder_find_message(const struct builder *builder, const char *type_name);
struct schema_enum *builder_find_enum(const struct builder *builder, const char *type_name);

/* Notes the extensions that a file or a message declares for the messages that they extend. */
MUST_USE bool builder_register_extensions(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file,
                                          const char *scope, Google__Protobuf__FieldDescriptorProto *const *extensions,
                                          size_t count);

/* One field of the message: its own, or an extension's. */
MUST_USE bool builder_fill_field(struct builder *builder, const struct pending_message *pending,
                                 const Google__Protobuf__FieldDescriptorProto *descriptor, struct schema_field *field);
MUST_USE bool builder_fill_extension(struct builder *builder, const struct pending_message *pending,
                                     const struct pending_extension *extension, struct schema_field *field);

/* The rules of a google.api.http option, from its bytes. */
MUST_USE bool builder_fill_rules(struct builder *builder, const struct pending_method *pending, struct view http_rule);

/* Fills in the content of one message, enum, or of all services of a file. */
MUST_USE bool builder_fill_message(struct builder *builder, struct pending_message *pending);
MUST_USE bool builder_fill_enum(struct builder *builder, const struct pending_enum *pending);
MUST_USE bool builder_add_services(struct builder *builder, const Google__Protobuf__FileDescriptorProto *file);

/* Marks the messages that have no JSON form, when all are filled in. (conflicts.c) */
MUST_USE bool builder_mark_conflicts(struct builder *builder);

/* Fails for one of them, which is the input or output of a method with a rule. */
MUST_USE bool builder_check_conflict(struct builder *builder, const struct pending_method *pending,
                                     const struct schema_message *message);

#endif
