#include "tests/service/handler/example_track.h"

static void init_filter(struct example_track *example)
{
    static char *const keys[EXAMPLE_FILTER_KEYS] = {"spec.type", "kind", "metadata.tags"};
    example->filter = (Google__Protobuf__Struct)GOOGLE__PROTOBUF__STRUCT__INIT;
    for (int i = 0; i < EXAMPLE_FILTER_KEYS; i++) {
        example->values[i] = (Google__Protobuf__Value)GOOGLE__PROTOBUF__VALUE__INIT;
        example->values[i].kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
        example->values[i].string_value = "x";
        example->entries[i] = (Google__Protobuf__Struct__FieldsEntry)GOOGLE__PROTOBUF__STRUCT__FIELDS_ENTRY__INIT;
        example->entries[i].key = keys[i];
        example->entries[i].value = &example->values[i];
        example->fields[i] = &example->entries[i];
    }
    example->filter.n_fields = EXAMPLE_FILTER_KEYS;
    example->filter.fields = example->fields;
}

static void init_levels(struct example_track *example)
{
    example->check = (Soundcheck__V1__Track__Check)SOUNDCHECK__V1__TRACK__CHECK__INIT;
    example->check.id = "has-readme";
    example->checks[0] = &example->check;
    example->level = (Soundcheck__V1__Track__Level)SOUNDCHECK__V1__TRACK__LEVEL__INIT;
    example->level.ordinal = 1;
    example->level.n_checks = 1;
    example->level.checks = example->checks;
    example->levels[0] = &example->level;
}

void example_track_init(struct example_track *example, const char *id)
{
    init_filter(example);
    init_levels(example);
    Soundcheck__V1__Track *track = &example->track;
    *track = (Soundcheck__V1__Track)SOUNDCHECK__V1__TRACK__INIT;
    track->id = (char *)id;
    track->name = "Basic Setup";
    track->description = "What every component has.";
    track->owner_entity_ref = "group:default/example-owner";
    track->n_levels = 1;
    track->levels = example->levels;
    track->_filter_case = SOUNDCHECK__V1__TRACK___FILTER_FILTER;
    track->filter = &example->filter;
    track->_draft_case = SOUNDCHECK__V1__TRACK___DRAFT_DRAFT;
    track->draft = 1;
}
