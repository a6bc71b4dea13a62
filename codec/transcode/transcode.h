/*
 * JSON text to protobuf wire bytes and back, by the ProtoJSON mapping: one pass from one buffer into one buffer, driven
 * by the schema's tables. No document tree, no message structs, no I/O.
 *
 * Flow     transcode_json_to_binary() for requests, transcode_binary_to_json() for replies, transcode_text_to_binary() for what stands
 *          in the path or the query.
 * Memory   Output is appended to the caller's buf, which bounds it; on failure the buf is as it was before the call. The heap is used
 *          only for objects of many keys (duplicates must be found in linear time) and given back before return.
 * Limits   Nesting of TRANSCODE_DEPTH_MAX levels, objects, arrays and messages alike.
 * Threads  Stateless: any number at once.
 * Errors   Bad input is INVALID_ARGUMENT, with field path and position: "levels[1].ordinal (line 3, column 14): expected …". Output
 *          over the buf's limit is RESOURCE_EXHAUSTED.
 * Sources  https://protobuf.dev/programming-guides/json/, https://protobuf.dev/programming-guides/encoding/, RFC 8259.
 */
#ifndef CODEC_TRANSCODE_TRANSCODE_H
#define CODEC_TRANSCODE_TRANSCODE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buf.h"
#include "base/status.h"
#include "base/view.h"
#include "codec/schema/schema.h"

/* protobuf's own default recursion limit: what we let through, every gRPC server can parse. */
#define TRANSCODE_DEPTH_MAX 100

/* A zeroed struct is the standard mapping. */
struct transcode_options {
    const struct schema *schema; /* where Any finds its types; NULL: Any is refused */
    bool ignore_unknown_fields;  /* read: skip a JSON field that the message does not have, instead of refusing it */
    bool emit_defaults;          /* print: fields without presence also when they hold their default */
    bool proto_names;            /* print: names as in the .proto file instead of lowerCamelCase */
    bool enum_numbers;           /* print: enums as numbers */
    bool int64_numbers;          /* print: 64-bit integers as JSON numbers instead of strings */

    /*
     * read: gets appended, as an encoded google.protobuf.FieldMask, the proto path of each member that the JSON has, for PATCH
     * (AIP-134). Messages are entered, lists, maps and well-known types named as a whole; with a field the paths begin inside
     * of it. NULL: none is made.
     */
    struct buf *field_mask;
};

/*
 * Appends the wire form of `json`, which must be one JSON value and nothing but white space around it.
 * field NULL: json is a `message`. Otherwise json is the value of this field of `message` (an array for a repeated
 * one), and what is appended is the field: tag, length and content.
 */
MUST_USE bool transcode_json_to_binary(const struct schema_message *message, const struct schema_field *field,
                                       struct view json, const struct transcode_options *options, struct buf *out,
                                       struct status *st);

/*
 * Appends the JSON form of an encoded `message`; with a field, the JSON form of this field of it alone (its default, or
 * null for an absent message, when the bytes do not hold it).
 */
MUST_USE bool transcode_binary_to_json(const struct schema_message *message, const struct schema_field *field,
                                       struct view binary, const struct transcode_options *options, struct buf *out,
                                       struct status *st);

/* A field reached from a message through singular messages: "track.badge.color". */
#define TRANSCODE_FIELD_PATH_MAX 16
struct transcode_field_path {
    const struct schema_field *fields[TRANSCODE_FIELD_PATH_MAX]; /* outermost first */
    size_t len;
    struct view map_key; /* of "labels[env]": the text between the brackets, borrowed; data NULL: none */
};

/* Resolves a dotted path of proto or JSON names. NOT_FOUND names the part that does not exist. */
MUST_USE bool transcode_find_field_path(const struct schema_message *message, struct view path,
                                        struct transcode_field_path *ret_path, struct status *st);

/*
 * Appends to the wire form of the path's outermost message what sets the field to `text`: the decoded text of a path
 * variable or a query parameter, so strings without quotes, numbers, enum names, ProtoJSON text of well-known types. A
 * repeated field gets one more element. Wire bytes merge, so this goes before or after the body's bytes. Errors tell what is wrong with
 * the text, not where it stood: the caller knows what it is called there.
 */
MUST_USE bool transcode_text_to_binary(const struct transcode_field_path *path, struct view text,
                                       const struct transcode_options *options, struct buf *out, struct status *st);

/*
 * Appends `binary`, which this codec wrote, with each singular message in one piece: what a body, path variables and query parameters
 * set of the same message stands together then. For parsers that do not merge.
 */
MUST_USE bool transcode_merge(const struct schema_message *message, struct view binary, struct buf *out,
                              struct status *st);

/*
 * Whether `body`, an encoded `message` that the codec wrote, sets the path's field to another value than `bound`, which is what
 * transcode_text_to_binary() wrote for it, or another member of a oneof on the way to it. A body that sets neither contradicts nothing;
 * nor does the default of a field without presence, which is as good as absent.
 */
bool transcode_is_contradicted(const struct schema_message *message, const struct transcode_field_path *path,
                               struct view bound, struct view body);

#endif
