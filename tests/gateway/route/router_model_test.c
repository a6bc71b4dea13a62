/*
 * The router against a model of it that tries every rule: matches it with the path text by plain recursion, and
 * compares the rules that match by what router.h says of preference. Rules and paths are random over a small alphabet,
 * from a fixed seed, so that they overlap a lot.
 */
#include "gateway/route/router.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "gateway/route/http_template.h"

#define ROUNDS        300
#define RULES_MAX     24
#define PATHS_A_ROUND 60
#define TEXT_BYTES    64
#define SEGMENTS_MAX  6

static const char *const methods[] = {"GET", "PUT", "*"};

struct model_rule {
    char text[TEXT_BYTES];
    const char *method;
    struct http_template parsed;
};

static uint32_t random_state = 20240501;

/* Below `bound`. */
static uint32_t draw(uint32_t bound)
{
    random_state = random_state * 1664525 + 1013904223;
    return (random_state >> 16) % bound;
}

static void draw_template(char text[TEXT_BYTES])
{
    static const char *const segments[] = {"a", "b", "a%3Av", "*", "**"};
    size_t count = 1 + draw(4);
    bool after_rest = false;
    text[0] = '\0';
    for (size_t i = 0; i < count; i++) {
        const char *segment = segments[draw(after_rest ? 3 : 5)];
        after_rest = after_rest || strcmp(segment, "**") == 0;
        strcat(strcat(text, "/"), segment);
    }
    if (draw(4) == 0)
        strcat(text, draw(2) ? ":v" : ":w");
}

static void draw_path(char text[TEXT_BYTES])
{
    static const char *const segments[] = {"a", "b", "a:v", "b:w", "x", "", "%61", "a%3av"};
    size_t count = 1 + draw(SEGMENTS_MAX);
    text[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(strcat(text, "/"), segments[draw(8)]);
    if (draw(3) == 0)
        strcat(text, draw(2) ? ":v" : ":%77");
}

/* "%61", "%77" and "%3A" are all the escapes there are here. */
static void decode(char *text)
{
    char *out = text;
    for (const char *at = text; *at; out++) {
        unsigned byte = (unsigned char)*at++;
        if (byte == '%' && sscanf(at, "%2x", &byte) == 1)
            at += 2;
        *out = (char)byte;
    }
    *out = '\0';
}

static bool literal_is(struct view literal, const char *text)
{
    char decoded[TEXT_BYTES];
    snprintf(decoded, sizeof(decoded), "%.*s", VIEW_ARG(literal));
    decode(decoded);
    return strcmp(decoded, text) == 0;
}

static bool segments_match(const struct http_template *parsed, size_t from, char (*path)[TEXT_BYTES], size_t count)
{
    if (from == parsed->segment_count)
        return count == 0;
    const struct http_template_segment *segment = &parsed->segments[from];
    switch (segment->kind) {
    case HTTP_TEMPLATE_LITERAL:
        return count > 0 && literal_is(segment->literal, path[0]) &&
               segments_match(parsed, from + 1, path + 1, count - 1);
    case HTTP_TEMPLATE_ANY: return count > 0 && path[0][0] && segments_match(parsed, from + 1, path + 1, count - 1);
    case HTTP_TEMPLATE_REST:
        for (size_t taken = 0; taken <= count; taken++)
            if (segments_match(parsed, from + 1, path + taken, count - taken))
                return true;
        return false;
    }
    return false;
}

/* Splits and decodes; the verb is cut off the last segment when with_verb is set and there is one, else it is empty. */
static size_t split(const char *text, bool with_verb, char path[][TEXT_BYTES], char verb[TEXT_BYTES])
{
    size_t count = 0;
    while (*text == '/') {
        size_t len = strcspn(++text, "/");
        snprintf(path[count++], TEXT_BYTES, "%.*s", (int)len, text);
        text += len;
    }
    verb[0] = '\0';
    char *colon = strrchr(path[count - 1], ':');
    if (with_verb && colon && colon[1]) {
        strcpy(verb, colon + 1);
        *colon = '\0';
    }
    for (size_t i = 0; i < count; i++)
        decode(path[i]);
    decode(verb);
    return count;
}

static int rank(const struct http_template *parsed, size_t at)
{
    if (at == parsed->segment_count)
        return 2;
    switch (parsed->segments[at].kind) {
    case HTTP_TEMPLATE_LITERAL: return 0;
    case HTTP_TEMPLATE_ANY: return 1;
    case HTTP_TEMPLATE_REST: return 3;
    }
    return 4;
}

/* Whether `a` is preferred to `b`; both match the same path. */
static bool preferred(const struct model_rule *a, const struct model_rule *b)
{
    for (size_t at = 0;; at++) {
        int a_rank = rank(&a->parsed, at);
        int b_rank = rank(&b->parsed, at);
        if (a_rank != b_rank)
            return a_rank < b_rank;
        if (a_rank == 3 && a->parsed.segment_count != b->parsed.segment_count)
            return a->parsed.segment_count > b->parsed.segment_count;
        if (a_rank >= 2)
            return strcmp(a->method, "*") != 0;
    }
}

/* The rule to be found for path and method, or NULL; *ret_path_known tells whether any rule has the path. */
static const struct model_rule *model_find(const struct model_rule *rules, size_t count, const char *method,
                                           const char *path, bool *ret_path_known)
{
    const struct model_rule *best = NULL;
    *ret_path_known = false;
    for (int with_verb = 1; with_verb >= 0 && !best; with_verb--) {
        char segments[SEGMENTS_MAX][TEXT_BYTES];
        char verb[TEXT_BYTES];
        size_t segment_count = split(path, with_verb, segments, verb);
        if (with_verb && !verb[0])
            continue;
        for (size_t i = 0; i < count; i++) {
            if (!literal_is(rules[i].parsed.verb, verb) ||
                !segments_match(&rules[i].parsed, 0, segments, segment_count))
                continue;
            *ret_path_known = true;
            bool takes_method = strcmp(rules[i].method, method) == 0 || strcmp(rules[i].method, "*") == 0;
            if (takes_method && (!best || preferred(&rules[i], best)))
                best = &rules[i];
        }
    }
    return best;
}

/* Random rules, and a router of those that are not duplicates of an earlier one. */
static struct router *draw_rules(struct model_rule *rules, size_t *ret_count)
{
    struct router_rule given[RULES_MAX];
    struct router *router = NULL;
    size_t count = 0;
    for (size_t tries = 0; tries < RULES_MAX; tries++) {
        struct model_rule *rule = &rules[count];
        struct status st;
        draw_template(rule->text);
        rule->method = methods[draw(3)];
        if (!http_template_parse(view_of(rule->text), &rule->parsed, &st))
            fail_msg("%s", st.message);
        given[count] = (struct router_rule){view_of(rule->method), view_of(rule->text), VIEW(""), rule};
        struct router *more;
        if (!router_create(given, count + 1, &more, &st))
            continue;
        router_destroy(router);
        router = more;
        count++;
    }
    *ret_count = count;
    return router;
}

static void agrees_with_a_model_that_tries_every_rule(void **state)
{
    (void)state;
    size_t found = 0;
    for (int round = 0; round < ROUNDS; round++) {
        static struct model_rule rules[RULES_MAX];
        size_t count;
        struct router *router = draw_rules(rules, &count);
        for (int i = 0; i < PATHS_A_ROUND; i++) {
            char path[TEXT_BYTES];
            const char *method = methods[draw(2)];
            draw_path(path);
            bool path_known;
            const struct model_rule *expected = model_find(rules, count, method, path, &path_known);
            struct arena arena;
            struct router_match match;
            struct status st;
            arena_init(&arena, 4096);
            enum router_result result = router_find(router, view_of(method), view_of(path), &arena, &match, &st);
            if (expected ? result != ROUTER_FOUND || match.target != expected
                         : result != (path_known ? ROUTER_WRONG_METHOD : ROUTER_NO_PATH))
                fail_msg("round %d, %s %s: expected %s, got result %d, %s", round, method, path,
                         expected ? expected->text : "nothing", result,
                         result == ROUTER_FOUND ? ((const struct model_rule *)match.target)->text : st.message);
            found += result == ROUTER_FOUND;
            arena_free(&arena);
        }
        router_destroy(router);
    }
    assert_true(found > ROUNDS * PATHS_A_ROUND / 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(agrees_with_a_model_that_tries_every_rule),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
