#include "service/validate/filter_rules.h"

#include "service/validate/json_rules.h"

static bool is_string(const Google__Protobuf__Value *value)
{
    return value && value->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
}

static void check_strings(const Google__Protobuf__ListValue *array, const struct field_path *path,
                          struct violations *violations)
{
    for (size_t i = 0; i < array->n_values; i++) {
        struct field_path element_path = field_path_index(path, i);
        if (!is_string(array->values[i]))
            violations_add(violations, &element_path, "expected a string");
    }
}

/* The nested form: an object under the key "catalog". */
static const Google__Protobuf__Struct *nested_filter(const Google__Protobuf__Struct__FieldsEntry *entry)
{
    bool nested = entry->value && entry->value->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE;
    return nested && strcmp(entry->key, "catalog") == 0 ? entry->value->struct_value : NULL;
}

static void check_entry(const Google__Protobuf__Struct__FieldsEntry *entry, const struct field_path *path,
                        struct violations *violations)
{
    struct field_path key_path = field_path_key(path, entry->key);
    const Google__Protobuf__Struct *nested = nested_filter(entry);
    if (nested) {
        const char *key = nested->n_fields ? nested->fields[0]->key : "kind";
        violations_add(violations, &key_path,
                       "the nested form is not supported, write {\"%s\": …} instead of {\"catalog\": {\"%s\": …}}", key,
                       key);
    } else if (entry->value && entry->value->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_LIST_VALUE) {
        check_strings(entry->value->list_value, &key_path, violations);
    } else if (!is_string(entry->value)) {
        violations_add(violations, &key_path, "expected a string or an array of strings");
    }
}

void filter_rules_check(const Google__Protobuf__Struct *filter, const struct field_path *path,
                        struct violations *violations)
{
    json_rules_check_keys(filter, path, violations);
    for (size_t i = 0; i < filter->n_fields; i++)
        check_entry(filter->fields[i], path, violations);
}
