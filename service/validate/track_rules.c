/*
 * Texts are checked by tables, one a message: a row is a field, its place in the generated struct and its limit. What is
 * more than a length has a function.
 */
#include "service/validate/track_rules.h"

#include <stdlib.h>

#include "service/limits.h"
#include "service/validate/entity_ref.h"
#include "service/validate/filter_rules.h"
#include "service/validate/iso8601.h"
#include "service/validate/json_rules.h"
#include "service/validate/url_scheme.h"

/* ---- Texts ---- */

struct text_rule {
    const char *json_name;
    size_t member;    /* offset of the char * */
    size_t presence;  /* offset of its case in the struct; 0: a field without presence, required */
    size_t bytes_max; /* 0: no such limit */
};

#define REQUIRED(type, json_name, member, bytes_max)                                                                   \
    {                                                                                                                  \
        json_name, offsetof(type, member), 0, bytes_max                                                                \
    }
#define OPTIONAL(type, json_name, member, bytes_max)                                                                   \
    {                                                                                                                  \
        json_name, offsetof(type, member), offsetof(type, _##member##_case), bytes_max                                 \
    }

static const struct text_rule track_texts[] = {
    REQUIRED(Soundcheck__V1__Track, "id", id, TRACK_ID_BYTES_MAX),
    REQUIRED(Soundcheck__V1__Track, "name", name, 0),
    REQUIRED(Soundcheck__V1__Track, "description", description, TRACK_TEXT_BYTES_MAX),
    REQUIRED(Soundcheck__V1__Track, "ownerEntityRef", owner_entity_ref, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track, "group", group, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track, "documentationURL", documentation_url, TRACK_URL_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track, "supportChannel", support_channel, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track, "startDate", start_date, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track, "targetCompletionDate", target_completion_date, TRACK_LINE_BYTES_MAX),
    {0},
};

static const struct text_rule level_texts[] = {
    OPTIONAL(Soundcheck__V1__Track__Level, "name", name, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track__Level, "description", description, TRACK_TEXT_BYTES_MAX),
    {0},
};

static const struct text_rule check_texts[] = {
    REQUIRED(Soundcheck__V1__Track__Check, "id", id, TRACK_ID_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track__Check, "name", name, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Track__Check, "description", description, TRACK_TEXT_BYTES_MAX),
    {0},
};

static const struct text_rule badge_texts[] = {
    OPTIONAL(Soundcheck__V1__Badge, "color", color, TRACK_LINE_BYTES_MAX),
    OPTIONAL(Soundcheck__V1__Badge, "svg", svg, TRACK_SVG_BYTES_MAX),
    {0},
};

static bool is_present(const void *message, const struct text_rule *rule)
{
    return !rule->presence || *(const int *)((const char *)message + rule->presence);
}

static void check_texts_of(const void *message, const struct text_rule *rules, const struct field_path *path,
                           struct violations *violations)
{
    for (const struct text_rule *rule = rules; rule->json_name; rule++) {
        if (!is_present(message, rule))
            continue;
        const char *text = *(char *const *)((const char *)message + rule->member);
        struct field_path text_path = field_path_name(path, rule->json_name);
        size_t len = strlen(text);
        if (!len && !rule->presence)
            violations_add(violations, &text_path, "required, must not be empty");
        else if (rule->bytes_max && len > rule->bytes_max)
            violations_add(violations, &text_path, "expected at most %zu bytes, got %zu", rule->bytes_max, len);
    }
}

/* ---- Parts that several messages have ---- */

/* Code points of UTF-8: every byte but those that continue one. */
static size_t count_characters(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

static void check_enum(int number, const ProtobufCEnumDescriptor *type, const char *json_name,
                       const struct field_path *path, struct violations *violations)
{
    if (protobuf_c_enum_descriptor_get_value(type, number))
        return;
    struct field_path enum_path = field_path_name(path, json_name);
    violations_add(violations, &enum_path, "%d is not one of its values", number);
}

static void check_badge(const Soundcheck__V1__Badge *badge, const struct field_path *path,
                        struct violations *violations)
{
    struct field_path badge_path = field_path_name(path, "badge");
    check_texts_of(badge, badge_texts, &badge_path, violations);
    if (badge->_type_case)
        check_enum((int)badge->type, &soundcheck__v1__badge__type__descriptor, "type", &badge_path, violations);
}

static void check_filter(const Google__Protobuf__Struct *filter, const char *json_name, const struct field_path *path,
                         struct violations *violations)
{
    struct field_path filter_path = field_path_name(path, json_name);
    filter_rules_check(filter, &filter_path, violations);
}

static void check_exclude(const Google__Protobuf__Struct *exclude, bool any_filter, const struct field_path *path,
                          struct violations *violations)
{
    check_filter(exclude, "exclude", path, violations);
    struct field_path exclude_path = field_path_name(path, "exclude");
    if (!any_filter)
        violations_add(violations, &exclude_path, "only allowed together with filter");
}

/* ---- Levels ---- */

static void check_check(const Soundcheck__V1__Track__Check *check, bool track_has_filter, const struct field_path *path,
                        struct violations *violations)
{
    check_texts_of(check, check_texts, path, violations);
    if (check->_filter_case)
        check_filter(check->filter, "filter", path, violations);
    if (check->_exclude_case)
        check_exclude(check->exclude, check->_filter_case || track_has_filter, path, violations);
}

static void check_level(const Soundcheck__V1__Track__Level *level, bool track_has_filter, const struct field_path *path,
                        struct violations *violations)
{
    struct field_path ordinal_path = field_path_name(path, "ordinal");
    struct field_path checks_path = field_path_name(path, "checks");
    if (level->ordinal < 0)
        violations_add(violations, &ordinal_path, "expected 0 or more, got %d", (int)level->ordinal);
    check_texts_of(level, level_texts, path, violations);
    if (level->_badge_case)
        check_badge(level->badge, path, violations);
    if (level->n_checks > TRACK_CHECKS_MAX)
        violations_add(violations, &checks_path, "expected at most %d, got %zu", TRACK_CHECKS_MAX, level->n_checks);
    for (size_t i = 0; i < level->n_checks && i < TRACK_CHECKS_MAX; i++) {
        struct field_path check_path = field_path_index(&checks_path, i);
        check_check(level->checks[i], track_has_filter, &check_path, violations);
    }
}

struct place {
    int32_t ordinal;
    size_t index;
};

static int compare_places(const void *a, const void *b)
{
    const struct place *left = a;
    const struct place *right = b;
    if (left->ordinal != right->ordinal)
        return left->ordinal < right->ordinal ? -1 : 1;
    return left->index < right->index ? -1 : left->index > right->index;
}

static void check_ordinals(const Soundcheck__V1__Track *track, const struct field_path *levels_path,
                           struct violations *violations)
{
    struct place places[TRACK_LEVELS_MAX];
    for (size_t i = 0; i < track->n_levels; i++)
        places[i] = (struct place){track->levels[i]->ordinal, i};
    qsort(places, track->n_levels, sizeof(places[0]), compare_places);
    size_t first = 0;
    for (size_t i = 1; i < track->n_levels; i++) {
        if (places[i].ordinal != places[first].ordinal) {
            first = i;
            continue;
        }
        struct field_path level_path = field_path_index(levels_path, places[i].index);
        struct field_path ordinal_path = field_path_name(&level_path, "ordinal");
        violations_add(violations, &ordinal_path, "must be unique, levels[%zu] has %d too", places[first].index,
                       (int)places[i].ordinal);
    }
}

static void check_levels(const Soundcheck__V1__Track *track, const struct field_path *path,
                         struct violations *violations)
{
    struct field_path levels_path = field_path_name(path, "levels");
    if (track->n_levels == 0)
        violations_add(violations, &levels_path, "required, at least one");
    if (track->n_levels > TRACK_LEVELS_MAX) {
        violations_add(violations, &levels_path, "expected at most %d, got %zu", TRACK_LEVELS_MAX, track->n_levels);
        return;
    }
    for (size_t i = 0; i < track->n_levels; i++) {
        struct field_path level_path = field_path_index(&levels_path, i);
        check_level(track->levels[i], track->_filter_case, &level_path, violations);
    }
    check_ordinals(track, &levels_path, violations);
}

/* ---- The track's own fields ---- */

static bool read_date(const char *text, const char *json_name, const struct field_path *path,
                      struct iso8601_time *ret_time, struct violations *violations)
{
    if (iso8601_parse(view_of(text), ret_time))
        return true;
    struct field_path date_path = field_path_name(path, json_name);
    violations_add(violations, &date_path,
                   "expected an ISO 8601 date or date-time, such as 2024-05-01 or 2024-05-01T09:30:00Z");
    return false;
}

static void check_dates(const Soundcheck__V1__Track *track, const struct field_path *path,
                        struct violations *violations)
{
    struct iso8601_time start = {0};
    struct iso8601_time target = {0};
    bool has_start = track->_start_date_case && read_date(track->start_date, "startDate", path, &start, violations);
    bool has_target = track->_target_completion_date_case &&
                      read_date(track->target_completion_date, "targetCompletionDate", path, &target, violations);
    if (!has_start || !has_target || start.first_ms <= target.last_ms)
        return;
    struct field_path target_path = field_path_name(path, "targetCompletionDate");
    violations_add(violations, &target_path, "must not be before startDate, %s", track->start_date);
}

static void check_name(const Soundcheck__V1__Track *track, const struct field_path *path, struct violations *violations)
{
    struct field_path name_path = field_path_name(path, "name");
    size_t characters = count_characters(track->name);
    if (characters > TRACK_NAME_CHARACTERS_MAX)
        violations_add(violations, &name_path, "expected 1 to %d characters, got %zu", TRACK_NAME_CHARACTERS_MAX,
                       characters);
}

static void check_references(const Soundcheck__V1__Track *track, const struct field_path *path,
                             struct violations *violations)
{
    struct field_path owner_path = field_path_name(path, "ownerEntityRef");
    struct field_path url_path = field_path_name(path, "documentationURL");
    if (*track->owner_entity_ref && !entity_ref_is_valid(view_of(track->owner_entity_ref)))
        violations_add(violations, &owner_path, "expected an entity reference, [kind:][namespace/]name");
    if (track->_documentation_url_case && url_is_scriptable(view_of(track->documentation_url)))
        violations_add(violations, &url_path, "must not be a javascript:, data: or vbscript: URL");
}

static void check_milestones(const Google__Protobuf__ListValue *milestones, const struct field_path *path,
                             struct violations *violations)
{
    struct field_path milestones_path = field_path_name(path, "milestones");
    for (size_t i = 0; i < milestones->n_values; i++) {
        const Google__Protobuf__Value *milestone = milestones->values[i];
        struct field_path milestone_path = field_path_index(&milestones_path, i);
        if (milestone->kind_case == GOOGLE__PROTOBUF__VALUE__KIND_STRUCT_VALUE)
            json_rules_check_value(milestone, &milestone_path, violations);
        else
            violations_add(violations, &milestone_path, "expected an object");
    }
}

void track_rules_check(const Soundcheck__V1__Track *track, const struct field_path *path, struct violations *violations)
{
    check_texts_of(track, track_texts, path, violations);
    check_name(track, path, violations);
    check_levels(track, path, violations);
    check_references(track, path, violations);
    check_enum((int)track->type, &soundcheck__v1__track__type__descriptor, "type", path, violations);
    if (track->_badge_case)
        check_badge(track->badge, path, violations);
    if (track->_filter_case)
        check_filter(track->filter, "filter", path, violations);
    if (track->_exclude_case)
        check_exclude(track->exclude, track->_filter_case, path, violations);
    if (track->_badge_type_case)
        check_enum((int)track->badge_type, &soundcheck__v1__badge__type__descriptor, "badgeType", path, violations);
    check_dates(track, path, violations);
    if (track->_milestones_case)
        check_milestones(track->milestones, path, violations);
}
