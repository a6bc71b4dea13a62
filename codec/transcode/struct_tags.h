/*
 * The wire tags of google.protobuf.Struct, Value and ListValue: any JSON as messages.
 *
 *     Struct { map<string, Value> fields = 1 }     ListValue { repeated Value values = 1 }
 *     Value { oneof kind { null_value = 1; number_value = 2; string_value = 3; bool_value = 4; struct_value = 5; list_value = 6 } }
 *
 * They are constants: the schema loader makes sure that the set's types of these names have these fields.
 */
#ifndef CODEC_TRANSCODE_STRUCT_TAGS_H
#define CODEC_TRANSCODE_STRUCT_TAGS_H

#include "codec/wire/wire.h"

enum {
    TAG_STRUCT_FIELD = WIRE_TAG(1, WIRE_LENGTH),
    TAG_ENTRY_KEY = WIRE_TAG(1, WIRE_LENGTH),
    TAG_ENTRY_VALUE = WIRE_TAG(2, WIRE_LENGTH),
    TAG_LIST_VALUE = WIRE_TAG(1, WIRE_LENGTH),
    TAG_NULL = WIRE_TAG(1, WIRE_VARINT),
    TAG_NUMBER = WIRE_TAG(2, WIRE_FIXED64),
    TAG_STRING = WIRE_TAG(3, WIRE_LENGTH),
    TAG_BOOL = WIRE_TAG(4, WIRE_VARINT),
    TAG_STRUCT = WIRE_TAG(5, WIRE_LENGTH),
    TAG_LIST = WIRE_TAG(6, WIRE_LENGTH),
};

#endif
