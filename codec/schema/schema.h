/*
 * A FileDescriptorSet compiled once into immutable tables: what the codec, the router and the pipeline know of the
 * services.
 *
 * Flow     schema_load() at start, lookups for ever after, schema_destroy() at the end.
 * Memory   The schema owns everything it points to; views and pointers into it live as long as it does.
 * Limits   SCHEMA_BYTES_MAX of descriptors. Loading is linear in their size.
 * Threads  Const after schema_load(): any number of readers.
 * Errors   A broken set (missing import, unknown type, duplicate name, body field that does not exist) is
 *          INVALID_ARGUMENT with a message that names the file and the element. Two fields of one JSON name are an error only
 *          where a rule's request or reply may hold the message; elsewhere the message is not found.
 *
 *     struct schema *schema;
 *     if (!schema_load(bytes, &schema, &st))
 *         …
 *     const struct schema_message *track = schema_find_message(schema, view_of("soundcheck.v1.Track"));
 */
#ifndef CODEC_SCHEMA_SCHEMA_H
#define CODEC_SCHEMA_SCHEMA_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/status.h"
#include "base/view.h"

/* Numbers of google.protobuf.FieldDescriptorProto.Type. */
enum schema_type {
    SCHEMA_DOUBLE = 1,
    SCHEMA_FLOAT = 2,
    SCHEMA_INT64 = 3,
    SCHEMA_UINT64 = 4,
    SCHEMA_INT32 = 5,
    SCHEMA_FIXED64 = 6,
    SCHEMA_FIXED32 = 7,
    SCHEMA_BOOL = 8,
    SCHEMA_STRING = 9,
    SCHEMA_GROUP = 10,
    SCHEMA_MESSAGE = 11,
    SCHEMA_BYTES = 12,
    SCHEMA_UINT32 = 13,
    SCHEMA_ENUM = 14,
    SCHEMA_SFIXED32 = 15,
    SCHEMA_SFIXED64 = 16,
    SCHEMA_SINT32 = 17,
    SCHEMA_SINT64 = 18,
};

/* The messages whose JSON form is not an object of their fields (ProtoJSON, "JSON Mapping"). */
enum schema_well_known {
    SCHEMA_ORDINARY,
    SCHEMA_ANY,
    SCHEMA_TIMESTAMP,
    SCHEMA_DURATION,
    SCHEMA_FIELD_MASK,
    SCHEMA_STRUCT,
    SCHEMA_VALUE,
    SCHEMA_LIST_VALUE,
    SCHEMA_WRAPPER, /* google.protobuf.DoubleValue and its eight siblings: field 1 is the value */
};

struct schema_enum_value {
    struct view name;
    int32_t number;
};

struct schema_enum {
    struct view full_name;
    const struct schema_enum_value *values; /* as declared; the first is the default of a proto2 field */
    size_t value_count;
    const struct schema_enum_value *const *by_number; /* ordered by number, one entry a number: the first declared */
    size_t number_count;
    const struct schema_enum_value *const *name_slots; /* open addressing by schema_hash(); NULL is free */
    uint32_t name_slot_mask;
    bool closed;     /* proto2: a number that is not declared is treated as an unknown field */
    bool null_value; /* google.protobuf.NullValue, whose JSON is null */
};

struct schema_message;
struct schema_field;

struct schema_name_slot {
    struct view name;
    const struct schema_field *field; /* NULL: a free slot */
};

/* How far a key can be read past its end: printers copy keys in blocks of this many bytes. */
#define SCHEMA_KEY_SLACK_BYTES 32

struct schema_field {
    struct view name;      /* as in the .proto file; of an extension "[package.name]" */
    struct view json_name; /* json_name, or lowerCamelCase of name; of an extension the same as name */
    struct view json_key;  /* json_name as it is printed behind another field: ,"trackId": */
    struct view proto_key; /* the same for name */
    uint32_t number;
    uint16_t index;       /* in message->fields */
    uint16_t oneof;       /* 1-based number of the real oneof this field is a member of; 0: none */
    uint8_t type;         /* enum schema_type */
    uint8_t wire_type;    /* enum wire_type, of one unpacked element */
    uint8_t tag_len;      /* bytes of tag */
    bool repeated;        /* maps too */
    bool map;             /* message is the entry: fields[0] the key, fields[1] the value */
    bool packed;          /* how a repeated scalar is written; readers accept both */
    bool has_presence;    /* optional, message, oneof member, extension, or proto2: absent and default are distinct.
                             A map's key and value have it too, so that both are always written. */
    bool required;        /* proto2 */
    unsigned char tag[5]; /* number and wire type (of a packed field: length-delimited) as written */
    const struct schema_message *message;  /* of SCHEMA_MESSAGE and SCHEMA_GROUP, else NULL */
    const struct schema_enum *enumeration; /* of SCHEMA_ENUM, else NULL */
};

struct schema_message {
    struct view full_name; /* without a leading dot: "soundcheck.v1.Track" */
    enum schema_well_known well_known;
    bool map_entry;
    uint32_t index; /* in the set */
    /* The message of which two fields have one JSON name, this one or one that it may hold: then it has no JSON form. Else NULL. */
    const struct schema_message *conflict;
    const struct schema_field *fields; /* ordered by number */
    uint16_t field_count;
    uint16_t oneof_count; /* real ones, not those made for proto3 optional */
    /* Bit i: fields[i] has no presence, so that its default may be printed. (field_count + 63) / 64 words. */
    const uint64_t *default_mask;
    const struct schema_field *const *by_number; /* by_number[n] for n < by_number_count, NULL where there is none */
    uint32_t by_number_count;
    uint32_t name_slot_mask;
    const struct schema_name_slot *name_slots; /* JSON and proto names, open addressing by schema_hash() */
};

/* One google.api.http rule of a method (additional_bindings are rules of their own). */
struct schema_http_rule {
    struct view http_method;                   /* "GET", "PUT", …, or the custom kind */
    struct view path_template;                 /* as in the .proto file */
    bool body_whole;                           /* body: "*" */
    const struct schema_field *body_field;     /* body: "field", else NULL */
    const struct schema_field *response_field; /* response_body: "field", else NULL: the whole reply */
};

struct schema_method {
    struct view name;         /* "UpdateTrack" */
    struct view service_name; /* "soundcheck.v1.TrackService" */
    struct view path;         /* "/soundcheck.v1.TrackService/UpdateTrack", what gRPC calls; followed by a terminator */
    const struct schema_message *input;
    const struct schema_message *output;
    bool client_streaming;
    bool server_streaming;
    uint16_t success_code; /* HTTP status of a call that ends OK: gateway.v1.http_response, else 200 */
    const struct schema_http_rule *rules;
    size_t rule_count;
};

struct schema;

/* Descriptors of a thousand services are a few MiB; unpacked they take about ten times as much. */
#define SCHEMA_BYTES_MAX ((size_t)64 << 20)

/* Compiles an encoded google.protobuf.FileDescriptorSet. The bytes are not kept. The caller destroys *ret_schema. */
MUST_USE bool schema_load(struct view descriptor_set, struct schema **ret_schema, struct status *st);

/* NULL is fine. */
void schema_destroy(struct schema *schema);

/* Every method of every service, in the order of the set. */
const struct schema_method *schema_methods(const struct schema *schema, size_t *ret_count);

/* By full name without a leading dot; NULL when there is none, and when there is no JSON form of it. */
const struct schema_message *schema_find_message(const struct schema *schema, struct view full_name);
const struct schema_enum *schema_find_enum(const struct schema *schema, struct view full_name);

/* The message that an Any's type_url names: what follows the last slash, as in type.googleapis.com/google.rpc.BadRequest. NULL when there
 * is no slash, no such message, or no schema (NULL). */
const struct schema_message *schema_find_type(const struct schema *schema, struct view type_url);

/*
 * Spreads names over the slots of a table: every byte counts, since generated names differ anywhere. It need not resist an attacker:
 * tables are made from trusted descriptors.
 */
static inline uint32_t schema_hash(struct view name)
{
    uint64_t head = 0, tail = 0;
    if (name.len >= 8) {
        memcpy(&head, name.data, 8);
        memcpy(&tail, name.data + name.len - 8, 8);
        for (size_t i = 8; i + 8 < name.len; i += 8) {
            uint64_t middle;
            memcpy(&middle, name.data + i, 8);
            head = (head ^ middle) * 0x9e3779b97f4a7c15u;
            head ^= head >> 32;
        }
    } else if (name.len >= 4) {
        memcpy(&head, name.data, 4);
        memcpy(&tail, name.data + name.len - 4, 4);
    } else if (name.len > 0) {
        head = (unsigned char)name.data[0];
        tail = (uint64_t)(unsigned char)name.data[name.len / 2] << 8 | (unsigned char)name.data[name.len - 1];
    }
    uint64_t mixed = (head ^ (tail << 23 | tail >> 41)) + name.len;
    mixed *= 0x9e3779b97f4a7c15u;
    return (uint32_t)(mixed >> 32);
}

/* By JSON name or proto name, exactly; NULL when there is none. O(1). */
const struct schema_field *schema_find_field(const struct schema_message *message, struct view name);

/* The slow half of schema_field_by_number(). */
const struct schema_field *schema_search_field(const struct schema_message *message, uint32_t number);

/* NULL when there is none. O(1) for the numbers of ordinary messages, O(log n) for scattered ones. */
static inline const struct schema_field *schema_field_by_number(const struct schema_message *message, uint32_t number)
{
    if (number < message->by_number_count)
        return message->by_number[number];
    return schema_search_field(message, number);
}

/* NULL when the enum does not declare it. */
const struct schema_enum_value *schema_find_enum_name(const struct schema_enum *enumeration, struct view name);
const struct schema_enum_value *schema_find_enum_number(const struct schema_enum *enumeration, int32_t number);

#endif
