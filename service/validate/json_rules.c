#include "service/validate/json_rules.h"

#include <math.h>
#include <stdlib.h>

/* Up to so many keys are compared each with each, which takes no memory; more are sorted. */
#define KEYS_COMPARED_MAX 8

static void repeated_key(const char *key, const struct field_path *path, struct violations *violations)
{
    struct field_path key_path = field_path_key(path, key);
    violations_add(violations, &key_path, "given twice");
}

static int compare_keys(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void check_many_keys(const Google__Protobuf__Struct *object, const struct field_path *path,
                            struct violations *violations)
{
    const char **keys = arena_calloc(violations->arena, object->n_fields, sizeof(char *));
    if (!keys) {
        violations_add(violations, path, "too large to be checked");
        return;
    }
    for (size_t i = 0; i < object->n_fields; i++)
        keys[i] = object->fields[i]->key;
    qsort(keys, object->n_fields, sizeof(char *), compare_keys);
    for (size_t i = 1; i < object->n_fields; i++)
        if (strcmp(keys[i - 1], keys[i]) == 0)
            repeated_key(keys[i], path, violations);
}

void json_rules_check_keys(const Google__Protobuf__Struct *object, const struct field_path *path,
                           struct violations *violations)
{
    if (object->n_fields > KEYS_COMPARED_MAX) {
        check_many_keys(object, path, violations);
        return;
    }
    for (size_t i = 1; i < object->n_fields; i++)
        for (size_t j = 0; j < i; j++)
            if (strcmp(object->fields[i]->key, object->fields[j]->key) == 0)
                repeated_key(object->fields[i]->key, path, violations);
}

static void check_object(const Google__Protobuf__Struct *object, const struct field_path *path,
                         struct violations *violations)
{
    json_rules_check_keys(object, path, violations);
    for (size_t i = 0; i < object->n_fields; i++) {
        struct field_path key_path = field_path_key(path, object->fields[i]->key);
        json_rules_check_value(object->fields[i]->value, &key_path, violations);
    }
}

static void check_array(const Google__Protobuf__ListValue *array, const struct field_path *path,
                        struct violations *violations)
{
    for (size_t i = 0; i < array->n_values; i++) {
        struct field_path element_path = field_path_index(path, i);
        json_rules_check_value(array->values[i], &element_path, violations);
    }
}

void json_rules_check_value(const Google__Protobuf__Value *value, const struct field_path *path,
                            struct violations *violations)
{
    switch (value ? value->kind_case : GOOGLE__PROTOBUF__VALUE__KIND__NOT_SET) {
    case GOOGLE__PROTOBUF__VALUE__KIND_NUMBER_VALUE:
        if (!isfinite(value->number_value))
            violations_add(violations, path, "expected a finite number");
        break;
    case GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE: check_object(value->struct_value, path, violations); break;
    case GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE: check_array(value->list_value, path, violations); break;
    case GOOGLE__PROTOBUF__VALUE__KIND_NULL_VALUE:
    case GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE:
    case GOOGLE__PROTOBUF__VALUE__KIND_BOOL_VALUE: break;
    default: violations_add(violations, path, "expected a value of some kind");
    }
}
