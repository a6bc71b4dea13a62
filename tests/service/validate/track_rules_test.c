/* Runs the table of track_cases.textproto, and what a table cannot hold: large texts, and what protoc would not encode. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "service/limits.h"
#include "service/validate/track_rules.h"
#include "tests/service/validate/track_cases.pb-c.h"

#define CASES_FILE "tests/service/validate/track_cases.binpb"

static Soundcheck__Tests__TrackCases *cases;

static Soundcheck__Tests__TrackCases *read_cases(void)
{
    static uint8_t bytes[256 * 1024];
    FILE *file = fopen(CASES_FILE, "rb");
    if (!file)
        return NULL;
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    fclose(file);
    return soundcheck__tests__track_cases__unpack(NULL, len, bytes);
}

/* What is encoded one behind the other is merged. */
static Soundcheck__V1__Track *merge(const Soundcheck__V1__Track *base, const Soundcheck__V1__Track *track)
{
    static uint8_t bytes[256 * 1024];
    size_t len = base ? soundcheck__v1__track__pack(base, bytes) : 0;
    if (track)
        len += soundcheck__v1__track__pack(track, bytes + len);
    Soundcheck__V1__Track *merged = soundcheck__v1__track__unpack(NULL, len, bytes);
    assert_non_null(merged);
    return merged;
}

static void expect_violations(const struct violations *violations, char *const *expected, size_t count)
{
    const struct violation *found = violations->first;
    for (size_t i = 0; i < count; i++, found = found->next) {
        char text[512];
        if (!found)
            fail_msg("missing: %s", expected[i]);
        snprintf(text, sizeof(text), "%.*s: %.*s", VIEW_ARG(found->field), VIEW_ARG(found->description));
        assert_string_equal(text, expected[i]);
    }
    if (found)
        fail_msg("not expected: %.*s: %.*s", VIEW_ARG(found->field), VIEW_ARG(found->description));
    assert_int_equal(violations->count, count);
}

static void check(const Soundcheck__V1__Track *track, char *const *expected, size_t count)
{
    struct arena arena;
    struct violations violations;
    arena_init(&arena, 16 * 1024 * 1024);
    violations_init(&violations, &arena);
    track_rules_check(track, NULL, &violations);
    expect_violations(&violations, expected, count);
    arena_free(&arena);
}

static void check_case(void **state)
{
    const Soundcheck__Tests__TrackCase *each = *state;
    Soundcheck__V1__Track *track = merge(each->alone ? NULL : cases->sound_track, each->track);
    check(track, each->violations, each->n_violations);
    soundcheck__v1__track__free_unpacked(track, NULL);
}

static void limits_lengths_of_texts(void **state)
{
    (void)state;
    char *text = malloc(TRACK_SVG_BYTES_MAX + 2);
    assert_non_null(text);
    Soundcheck__V1__Track *track = merge(cases->sound_track, NULL);
    char *id = track->id;
    const struct {
        char **member;
        int *presence;
        size_t bytes_max;
        const char *violation;
    } fields[] = {
        {&track->id, NULL, TRACK_ID_BYTES_MAX, "id: expected at most 256 bytes, got 257"},
        {&track->description, NULL, TRACK_TEXT_BYTES_MAX, "description: expected at most 65536 bytes, got 65537"},
        {&track->owner_entity_ref, NULL, TRACK_LINE_BYTES_MAX, "ownerEntityRef: expected at most 1024 bytes, got 1025"},
        {&track->group, (int *)&track->_group_case, TRACK_LINE_BYTES_MAX,
         "group: expected at most 1024 bytes, got 1025"},
        {&track->documentation_url, (int *)&track->_documentation_url_case, TRACK_URL_BYTES_MAX,
         "documentationURL: expected at most 8192 bytes, got 8193"},
        {&track->levels[0]->checks[0]->id, NULL, TRACK_ID_BYTES_MAX,
         "levels[0].checks[0].id: expected at most 256 bytes, got 257"},
    };
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        char *before = *fields[i].member;
        *fields[i].member = text;
        if (fields[i].presence)
            *fields[i].presence = 1;
        memset(text, 'x', fields[i].bytes_max);
        text[fields[i].bytes_max] = '\0';
        check(track, NULL, 0);
        text[fields[i].bytes_max] = 'x';
        text[fields[i].bytes_max + 1] = '\0';
        check(track, (char *[]){(char *)fields[i].violation}, 1);
        *fields[i].member = before;
        if (fields[i].presence)
            *fields[i].presence = 0;
    }
    assert_ptr_equal(track->id, id);
    soundcheck__v1__track__free_unpacked(track, NULL);
    free(text);
}

static void limits_the_number_of_levels_and_checks(void **state)
{
    (void)state;
    static Soundcheck__V1__Track__Level level = SOUNDCHECK__V1__TRACK__LEVEL__INIT;
    static Soundcheck__V1__Track__Level *levels[TRACK_LEVELS_MAX + 1];
    static Soundcheck__V1__Track__Check check_of_all = SOUNDCHECK__V1__TRACK__CHECK__INIT;
    static Soundcheck__V1__Track__Check *checks[TRACK_CHECKS_MAX + 1];
    Soundcheck__V1__Track track = *cases->sound_track;
    check_of_all.id = "a";
    for (size_t i = 0; i <= TRACK_CHECKS_MAX; i++)
        checks[i] = &check_of_all;
    for (size_t i = 0; i <= TRACK_LEVELS_MAX; i++)
        levels[i] = &level;
    level.checks = checks;
    level.n_checks = TRACK_CHECKS_MAX + 1;
    track.levels = levels;
    track.n_levels = 1;
    check(&track, (char *[]){"levels[0].checks: expected at most 1000, got 1001"}, 1);
    track.n_levels = TRACK_LEVELS_MAX + 1;
    check(&track, (char *[]){"levels: expected at most 1000, got 1001"}, 1);
}

/* A map of protobuf-c is a list of entries: what a foreign client wrote twice is there twice. */
static void rejects_keys_given_twice(void **state)
{
    (void)state;
    enum { KEYS = 20 };
    Google__Protobuf__Struct__FieldsEntry entries[KEYS];
    Google__Protobuf__Struct__FieldsEntry *fields[KEYS];
    Google__Protobuf__Value value = GOOGLE__PROTOBUF__VALUE__INIT;
    char keys[KEYS][16];
    value.kind_case = GOOGLE__PROTOBUF__VALUE__KIND_STRING_VALUE;
    value.string_value = "x";
    for (int i = 0; i < KEYS; i++) {
        snprintf(keys[i], sizeof(keys[i]), "k%d", i == 3 ? 1 : i);
        entries[i] = (Google__Protobuf__Struct__FieldsEntry)GOOGLE__PROTOBUF__STRUCT__FIELDS_ENTRY__INIT;
        entries[i].key = keys[i];
        entries[i].value = &value;
        fields[i] = &entries[i];
    }
    Google__Protobuf__Struct filter = GOOGLE__PROTOBUF__STRUCT__INIT;
    filter.fields = fields;
    Soundcheck__V1__Track track = *cases->sound_track;
    track._filter_case = SOUNDCHECK__V1__TRACK___FILTER_FILTER;
    track.filter = &filter;
    for (filter.n_fields = 4; filter.n_fields <= KEYS; filter.n_fields += 8)
        check(&track, (char *[]){"filter[\"k1\"]: given twice"}, 1);
}

static void starts_paths_where_the_track_stands(void **state)
{
    (void)state;
    struct arena arena;
    struct violations violations;
    arena_init(&arena, 1024 * 1024);
    violations_init(&violations, &arena);
    struct field_path tracks = field_path_name(NULL, "tracks");
    struct field_path track = field_path_index(&tracks, 3);
    static const Soundcheck__V1__Track empty = SOUNDCHECK__V1__TRACK__INIT;
    track_rules_check(&empty, &track, &violations);
    assert_int_equal(violations.count, 5);
    assert_true(view_equal_text(violations.first->field, "tracks[3].id"));
    arena_free(&arena);
}

int main(void)
{
    static const struct CMUnitTest others[] = {
        cmocka_unit_test(limits_lengths_of_texts),
        cmocka_unit_test(limits_the_number_of_levels_and_checks),
        cmocka_unit_test(rejects_keys_given_twice),
        cmocka_unit_test(starts_paths_where_the_track_stands),
    };
    static struct CMUnitTest of_table[128];
    cases = read_cases();
    if (!cases || cases->n_cases > sizeof(of_table) / sizeof(of_table[0]))
        return 1;
    for (size_t i = 0; i < cases->n_cases; i++)
        of_table[i] = (struct CMUnitTest){cases->cases[i]->name, check_case, NULL, NULL, cases->cases[i]};
    int failed = _cmocka_run_group_tests("track_cases", of_table, cases->n_cases, NULL, NULL);
    failed += cmocka_run_group_tests(others, NULL, NULL);
    soundcheck__tests__track_cases__free_unpacked(cases, NULL);
    return failed;
}
