/*
 * Free JSON inside a track (google.protobuf.Value and Struct): whether there is JSON text for it.
 *
 * Every JSON text has its Value, but a gRPC caller can send a Value that has no JSON text: of no kind, not a finite number,
 * or a Struct that gives a key twice. Stored, it could never be shown.
 *
 * Limits   As deep as the server lets messages be nested (SERVER_MESSAGE_DEPTH_MAX).
 * Source   google/protobuf/struct.proto.
 */
#ifndef SERVICE_VALIDATE_JSON_RULES_H
#define SERVICE_VALIDATE_JSON_RULES_H

#include "google/protobuf/struct.pb-c.h"
#include "service/validate/violations.h"

/* Adds what is wrong in the value. */
void json_rules_check_value(const Google__Protobuf__Value *value, const struct field_path *path,
                            struct violations *violations);

/* Adds the keys that the object has more than once, not looking at the values. */
void json_rules_check_keys(const Google__Protobuf__Struct *object, const struct field_path *path,
                           struct violations *violations);

#endif
