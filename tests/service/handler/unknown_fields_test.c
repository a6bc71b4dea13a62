/* Fields that this version of the service does not know, as another version's client sends them: kept byte by byte. */
#include <string.h>

#include "service/limits.h"
#include "service/server/unpack.h"
#include "tests/service/handler/handler_fixture.h"

/* A varint, eight bytes, a text, four bytes, under numbers of one to five bytes. */
#define VARINT "\xb0\x06\xac\x02"
#define FIXED  "\xb9\x06\x01\x02\x03\x04\x05\x06\x07\x08"
#define TEXT   "\x82\x7d\x03new"
#define FOUR   "\xfd\xff\xff\xff\x0f\x09\x08\x07\x06"

static const struct view unknown = VIEW(VARINT FIXED TEXT FOUR);

/* A track of these bytes behind those of the example; in the arena. */
static Soundcheck__V1__Track *make(const Soundcheck__V1__Track *example, struct view behind, struct arena *arena)
{
    struct status st;
    size_t len = soundcheck__v1__track__get_packed_size(example);
    uint8_t *bytes = arena_alloc(arena, len + behind.len);
    assert_non_null(bytes);
    soundcheck__v1__track__pack(example, bytes);
    memcpy(bytes + len, behind.data, behind.len);
    ProtobufCMessage *track;
    if (!unpack(&soundcheck__v1__track__descriptor, view_make((char *)bytes, len + behind.len), arena, &track, &st))
        fail_msg("%s", st.message);
    return (Soundcheck__V1__Track *)track;
}

/* The reply of the latest call is a message whose only field, a track, ends in these bytes. */
static void expect_end(const struct fixture *fixture, struct view end)
{
    struct view reply = fixture->call.reply;
    assert_in_range(reply.len, end.len, TRACK_BYTES_MAX);
    assert_memory_equal(reply.data + reply.len - end.len, end.data, end.len);
}

static void survive_a_round_trip(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;
    arena_init(&arena, TRACK_BYTES_MAX);
    Soundcheck__V1__Track *track = make(&fixture->example.track, unknown, &arena);
    assert_non_null(create(fixture, 1, &track));
    expect_end(fixture, unknown);
    assert_non_null(get(fixture, "a"));
    expect_end(fixture, unknown);
    assert_non_null(list(fixture, 0, NULL));
    expect_end(fixture, unknown);
    arena_free(&arena);
}

static void count_as_content(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;
    arena_init(&arena, TRACK_BYTES_MAX);
    Soundcheck__V1__Track *track = make(&fixture->example.track, unknown, &arena);
    assert_non_null(create(fixture, 1, &track));
    now_ms += 1000;
    assert_string_equal(update(fixture, "a", track)->updated_at, FIRST_TIME);
    struct view other = VIEW(VARINT FIXED "\x82\x7d\x03nEw" FOUR);
    assert_string_equal(update(fixture, "a", make(&fixture->example.track, other, &arena))->updated_at,
                        "2024-05-01T10:00:01.123Z");
    expect_end(fixture, other);
    assert_non_null(get(fixture, "a"));
    expect_end(fixture, other);
    arena_free(&arena);
}

static void stay_when_a_mask_names_others(void **state)
{
    struct fixture *fixture = *state;
    struct arena arena;
    arena_init(&arena, TRACK_BYTES_MAX);
    Soundcheck__V1__Track *track = make(&fixture->example.track, unknown, &arena);
    assert_non_null(create(fixture, 1, &track));
    Soundcheck__V1__Track *sent = make(&fixture->example.track, (struct view)VIEW("\xb0\x06\x05"), &arena);
    sent->name = "Another name";
    Google__Protobuf__FieldMask mask = GOOGLE__PROTOBUF__FIELD_MASK__INIT;
    mask.n_paths = 1;
    mask.paths = (char *[]){"name"};
    Soundcheck__V1__UpdateTrackRequest request = SOUNDCHECK__V1__UPDATE_TRACK_REQUEST__INIT;
    request.track_id = "a";
    request.track = sent;
    request.update_mask = &mask;
    now_ms += 1000;
    const Soundcheck__V1__Track *reply = update_as(fixture, &request);
    assert_non_null(reply);
    assert_string_equal(reply->name, "Another name");
    assert_string_equal(reply->updated_at, "2024-05-01T10:00:01.123Z");
    expect_end(fixture, unknown);
    assert_non_null(get(fixture, "a"));
    expect_end(fixture, unknown);
    arena_free(&arena);
}

static void survive_inside_of_messages(void **state)
{
    struct fixture *fixture = *state;
    ProtobufCMessageUnknownField field = {
        .tag = 1000, .wire_type = PROTOBUF_C_WIRE_TYPE_LENGTH_PREFIXED, .len = 4, .data = (uint8_t *)"\3new"};
    fixture->example.level.base.n_unknown_fields = 1;
    fixture->example.level.base.unknown_fields = &field;
    create_some(fixture, 1, (const char *[]){"a"});
    const Soundcheck__V1__Track *found = get(fixture, "a");
    assert_int_equal(found->levels[0]->base.n_unknown_fields, 1);
    assert_memory_equal(found->levels[0]->base.unknown_fields[0].data, "\3new", 4);
}

int main(void)
{
    static struct CMUnitTest tests[] = {
        EACH(survive_a_round_trip),
        EACH(count_as_content),
        EACH(stay_when_a_mask_names_others),
        EACH(survive_inside_of_messages),
    };
    return run_on_every_store(tests, sizeof(tests) / sizeof(tests[0]));
}
