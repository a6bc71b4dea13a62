/*
 * Lines "METHOD TEMPLATE", an empty line, lines "METHOD PATH". Without a template the paths go to a fixed set of them.
 *
 * The router finds what a model finds that tries one template after the other, by what router.h says of preference; its captures are
 * those of the model.
 */
#include "gateway/route/router.h"

#include "gateway/route/http_template.h"
#include "tests/fuzz/fuzz.h"

#define RULES_MAX      32
#define PATHS_MAX      32
#define PATH_BYTES_MAX 4096

struct rule {
    struct view method;
    struct http_template parsed;
};

struct request {
    struct view path; /* as it was sent */
    struct view raw[ROUTE_PATH_SEGMENTS_MAX];
    size_t count;
    struct view verb; /* raw; data NULL when there is none */
};

static const char fixed[] = "GET /v1/shelves\nPOST /v1/shelves\nGET /v1/shelves/{shelf}\nDELETE /v1/shelves/{shelf}\n"
                            "POST /v1/shelves/{shelf}:archive\nGET /v1/{name=shelves/*/books/*}\nGET /v1/{path=**}\n"
                            "PATCH /v1/{path=**}/meta\nGET /v1/{path=**}/meta/all:list\n* /any/*/{a.b}\n"
                            "GET /caf%C3%A9/{x=*}/{y=**}\nGET /v1/shelves/{shelf}/books\nPUT /v1/*/*/{c}/d\n";

/* --- decoding --- */

static unsigned hex(char digit)
{
    return (unsigned)(digit <= '9' ? digit - '0' : (digit | 0x20) - 'a' + 10);
}

/* The next byte of well-formed text, and whether it was an escape. */
static unsigned char take(struct view *text, bool *ret_escaped)
{
    *ret_escaped = text->data[0] == '%';
    unsigned char byte = (unsigned char)text->data[0];
    size_t taken = 1;
    if (*ret_escaped) {
        byte = (unsigned char)(hex(text->data[1]) << 4 | hex(text->data[2]));
        taken = 3;
    }
    *text = view_make(text->data + taken, text->len - taken);
    return byte;
}

static bool same_decoded(struct view a, struct view b)
{
    bool escaped;
    while (a.len && b.len)
        if (take(&a, &escaped) != take(&b, &escaped))
            return false;
    return a.len == b.len;
}

/* Whether `text` is `raw` decoded; with keep_slash, all but %2F. */
static bool is_decoded(struct view text, struct view raw, bool keep_slash)
{
    while (raw.len) {
        struct view escape = view_make(raw.data, 3);
        bool escaped;
        unsigned char byte = take(&raw, &escaped);
        struct view expected = escaped && keep_slash && byte == '/' ? escape : view_make((const char *)&byte, 1);
        if (!view_starts_with(text, expected))
            return false;
        text = view_make(text.data + expected.len, text.len - expected.len);
    }
    return text.len == 0;
}

static bool is_well_formed(struct view path)
{
    for (size_t i = 0; i < path.len; i++)
        if (path.data[i] == '%' &&
            !(i + 2 < path.len && strchr("0123456789abcdefABCDEF", path.data[i + 1]) && path.data[i + 1] &&
              strchr("0123456789abcdefABCDEF", path.data[i + 2]) && path.data[i + 2]))
            return false;
    return true;
}

/* --- the model --- */

/* False when the path must be refused. */
static bool split(struct view path, bool with_verb, struct request *request)
{
    *request = (struct request){.path = path};
    if (path.len == 0 || path.data[0] != '/' || !is_well_formed(path))
        return false;
    for (size_t i = 0; i < path.len; i++) {
        if (path.data[i] == '/') {
            if (request->count == ROUTE_PATH_SEGMENTS_MAX)
                return false;
            request->raw[request->count++] = view_make(path.data + i + 1, 0);
        } else {
            request->raw[request->count - 1].len++;
        }
    }
    struct view *last = &request->raw[request->count - 1];
    for (size_t i = last->len; with_verb && i-- > 0 && !request->verb.data;) {
        if (last->data[i] != ':')
            continue;
        if (i + 1 == last->len)
            break;
        request->verb = view_make(last->data + i + 1, last->len - i - 1);
        last->len = i;
    }
    return true;
}

/* Which segment of the path stands for segment `at` of a template that matches; behind "**" they are counted from the end. */
static size_t place(const struct http_template *parsed, const struct request *request, size_t at)
{
    return at <= parsed->rest ? at : request->count - (parsed->segment_count - at);
}

static bool matches(const struct http_template *parsed, const struct request *request)
{
    bool has_rest = parsed->rest < parsed->segment_count;
    size_t singles = parsed->segment_count - has_rest;
    if (has_rest ? request->count < singles : request->count != singles)
        return false;
    if (!same_decoded(parsed->verb, request->verb))
        return false;
    for (size_t i = 0; i < parsed->segment_count; i++) {
        const struct http_template_segment *segment = &parsed->segments[i];
        if (segment->kind == HTTP_TEMPLATE_REST)
            continue;
        struct view raw = request->raw[place(parsed, request, i)];
        if (segment->kind == HTTP_TEMPLATE_ANY ? raw.len == 0 : !same_decoded(segment->literal, raw))
            return false;
    }
    return true;
}

enum { RANK_LITERAL, RANK_ANY, RANK_END, RANK_REST };

static int rank(const struct http_template *parsed, size_t at)
{
    if (at == parsed->segment_count)
        return RANK_END;
    return parsed->segments[at].kind == HTTP_TEMPLATE_LITERAL ? RANK_LITERAL
           : parsed->segments[at].kind == HTTP_TEMPLATE_ANY   ? RANK_ANY
                                                              : RANK_REST;
}

/* How well a rule's method fits: 0 not at all, 3 best. */
static int fitness(const struct rule *rule, struct view method)
{
    if (view_equal(rule->method, method))
        return 3;
    if (view_equal_text(method, "HEAD") && view_equal_text(rule->method, "GET"))
        return 2;
    return view_equal_text(rule->method, "*");
}

/* Whether `a` is preferred to `b`; both match. */
static bool preferred(const struct rule *a, const struct rule *b, struct view method)
{
    for (size_t at = 0;; at++) {
        int a_rank = rank(&a->parsed, at), b_rank = rank(&b->parsed, at);
        if (a_rank != b_rank)
            return a_rank < b_rank;
        if (a_rank == RANK_REST && a->parsed.segment_count != b->parsed.segment_count)
            return a->parsed.segment_count > b->parsed.segment_count;
        if (a_rank == RANK_END || a_rank == RANK_REST)
            return fitness(a, method) > fitness(b, method);
    }
}

/* The rule to be found, or NULL; *request is the path as that rule sees it. */
static const struct rule *model_find(const struct rule *rules, size_t count, struct view method, struct view path,
                                     struct request *request, bool *ret_path_known)
{
    const struct rule *best = NULL;
    *ret_path_known = false;
    for (int with_verb = 1; with_verb >= 0 && !best; with_verb--) {
        split(path, with_verb, request);
        if (with_verb && !request->verb.data)
            continue;
        for (size_t i = 0; i < count; i++) {
            if (!matches(&rules[i].parsed, request))
                continue;
            *ret_path_known = true;
            if (fitness(&rules[i], method) && (!best || preferred(&rules[i], best, method)))
                best = &rules[i];
        }
    }
    return best;
}

/* --- the comparison --- */

static void check_captures(const struct http_template *parsed, const struct request *request,
                           const struct router_match *match)
{
    FUZZ_CHECK(match->capture_count == parsed->variable_count, "there is a capture for each variable");
    for (size_t i = 0; i < parsed->variable_count; i++) {
        const struct http_template_variable *variable = &parsed->variables[i];
        fuzz_check_equal(match->captures[i].field_path, variable->field_path, "a capture's field, and its variable's");
        size_t first = place(parsed, request, variable->first);
        size_t end = variable->end == parsed->segment_count ? request->count : place(parsed, request, variable->end);
        if (variable->end <= parsed->rest)
            end = variable->end;
        struct view raw = view_make("", 0);
        if (first < end) {
            const struct view *last = &request->raw[end - 1];
            raw = view_make(request->raw[first].data, (size_t)(last->data + last->len - request->raw[first].data));
        }
        FUZZ_CHECK(is_decoded(match->captures[i].text, raw, variable->multi_segment),
                   "\"%.*s\" captures \"%.*s\", but it is \"%.*s\"", VIEW_ARG(variable->field_path), VIEW_ARG(raw),
                   VIEW_ARG(match->captures[i].text));
    }
}

static void check_path(const struct router *router, const struct rule *rules, size_t count, struct view method,
                       struct view path)
{
    struct request request;
    struct arena arena;
    struct router_match match;
    struct status st;
    arena_init(&arena, 1 << 20);
    enum router_result result = router_find(router, method, path, &arena, &match, &st);
    if (result != ROUTER_FOUND)
        fuzz_check_refusal(&st);
    if (!split(path, false, &request)) {
        FUZZ_CHECK(result == ROUTER_BAD_PATH, "the path is refused: %.*s", VIEW_ARG(path));
        arena_free(&arena);
        return;
    }
    bool path_known;
    const struct rule *expected = model_find(rules, count, method, path, &request, &path_known);
    enum router_result expected_result = expected ? ROUTER_FOUND : path_known ? ROUTER_WRONG_METHOD : ROUTER_NO_PATH;
    FUZZ_CHECK(result == expected_result, "%.*s %.*s gives result %d, not %d", VIEW_ARG(method), VIEW_ARG(path),
               (int)expected_result, (int)result);
    if (result == ROUTER_FOUND) {
        FUZZ_CHECK(match.target == expected, "%.*s %.*s finds rule %td, not %td", VIEW_ARG(method), VIEW_ARG(path),
                   expected - rules, (const struct rule *)match.target - rules);
        check_captures(&expected->parsed, &request, &match);
    }
    if (result == ROUTER_WRONG_METHOD)
        FUZZ_CHECK(match.allow.len > 0, "the allowed methods are named");
    struct view methods;
    enum router_result listed = router_list_methods(router, path, &arena, &methods, &st);
    FUZZ_CHECK(listed == (path_known ? ROUTER_FOUND : ROUTER_NO_PATH), "methods are listed of a path that is known");
    if (result == ROUTER_WRONG_METHOD)
        fuzz_check_equal(match.allow, methods, "the methods that are allowed, and those of the path");
    arena_free(&arena);
}

/* --- the input --- */

static struct view take_line(struct view *text)
{
    const char *newline = text->len ? memchr(text->data, '\n', text->len) : NULL;
    struct view line = view_make(text->data, newline ? (size_t)(newline - text->data) : text->len);
    size_t taken = newline ? line.len + 1 : line.len;
    *text = view_make(text->data + taken, text->len - taken);
    return line;
}

/* Cuts the line at its first space; false when there is none. */
static bool cut(struct view line, struct view *ret_word, struct view *ret_rest)
{
    const char *space = line.len ? memchr(line.data, ' ', line.len) : NULL;
    if (!space)
        return false;
    *ret_word = view_make(line.data, (size_t)(space - line.data));
    *ret_rest = view_make(space + 1, line.len - ret_word->len - 1);
    return true;
}

/* A router of the rules up to the first empty line, but for those that it refuses: malformed ones, and duplicates. */
static struct router *read_rules(struct view *text, struct rule *rules, size_t *ret_count)
{
    struct router_rule given[RULES_MAX];
    struct router *router = NULL, *more;
    struct status st;
    *ret_count = 0;
    for (struct view line; (line = take_line(text)).len && *ret_count < RULES_MAX;) {
        struct rule *rule = &rules[*ret_count];
        struct view template;
        if (!cut(line, &rule->method, &template) || template.len > PATH_BYTES_MAX)
            continue;
        given[*ret_count] = (struct router_rule){rule->method, template, VIEW("origin"), rule};
        if (!router_create(given, *ret_count + 1, &more, &st)) {
            fuzz_check_refusal(&st);
            continue;
        }
        if (!http_template_parse(template, &rule->parsed, &st))
            fuzz_fail("the router takes only templates that can be parsed: %s", st.message);
        router_destroy(router);
        router = more;
        ++*ret_count;
    }
    return router;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
    struct view text = view_make((const char *)data, len), standard = view_of(fixed);
    static struct rule rules[RULES_MAX];
    size_t count;
    struct router *router = read_rules(&text, rules, &count);
    if (!router)
        router = read_rules(&standard, rules, &count);
    for (size_t i = 0; text.len && i < PATHS_MAX; i++) {
        struct view method, path;
        if (cut(take_line(&text), &method, &path) && path.len <= PATH_BYTES_MAX)
            check_path(router, rules, count, method, path);
    }
    router_destroy(router);
    return 0;
}
