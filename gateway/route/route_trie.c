/*
 * One hash table holds the literal edges of all nodes, so that a step costs one probe and one comparison however many
 * children a node has. The keys are configuration; what is looked up cannot make chains longer.
 *
 * The search goes depth first in order of preference and turns back where a path ends without a wanted method. A node
 * has one parent and a fixed place in the path, before "**" counted from the front and behind it from the back, so that
 * a search comes to a node once at most: the work is bounded by the trie, and the depth by ROUTE_TEMPLATE_SEGMENTS_MAX.
 */
#include "gateway/route/route_trie.h"

#include <assert.h>
#include <string.h>

#include "gateway/route/percent.h"

struct route_trie_slot {
    uint32_t hash;
    uint32_t node; /* ROUTE_TRIE_NONE: free */
};

struct search {
    const struct route_trie *trie;
    const struct view *segments;
    size_t count;
    uint64_t wanted;
    uint64_t seen;
};

/* Eight bytes a step; multiplication mixes upwards, the shift downwards. */
static uint32_t hash_edge(uint32_t parent, struct view literal)
{
    const uint64_t odd = 0x9e3779b97f4a7c15u;
    uint64_t hash = (parent + 1) * odd ^ literal.len;
    uint64_t word;
    while (literal.len >= sizeof(word)) {
        memcpy(&word, literal.data, sizeof(word));
        hash = (hash ^ word) * odd;
        hash ^= hash >> 32;
        literal = view_make(literal.data + sizeof(word), literal.len - sizeof(word));
    }
    word = 0;
    if (literal.len)
        memcpy(&word, literal.data, literal.len);
    hash = (hash ^ word) * odd;
    return (uint32_t)(hash >> 32);
}

/* The slot of the edge, or the free one where it belongs. */
static struct route_trie_slot *find_slot(const struct route_trie *trie, uint32_t parent, struct view literal,
                                         uint32_t hash)
{
    for (size_t at = hash & trie->slot_mask;; at = (at + 1) & trie->slot_mask) {
        struct route_trie_slot *slot = &trie->slots[at];
        if (slot->node == ROUTE_TRIE_NONE)
            return slot;
        const struct route_trie_node *node = &trie->nodes[slot->node];
        if (slot->hash == hash && node->parent == parent && view_equal(node->literal, literal))
            return slot;
    }
}

static uint32_t find_literal(const struct route_trie *trie, uint32_t parent, struct view literal)
{
    if (literal.len > trie->literal_bytes_max)
        return ROUTE_TRIE_NONE;
    return find_slot(trie, parent, literal, hash_edge(parent, literal))->node;
}

static uint32_t add_node(struct route_trie *trie, uint32_t parent, struct view literal)
{
    assert(trie->node_count < trie->nodes_max);
    trie->nodes[trie->node_count] = (struct route_trie_node){.literal = literal, .parent = parent};
    return trie->node_count++;
}

bool route_trie_init(struct route_trie *trie, size_t nodes_max, struct arena *arena)
{
    assert(nodes_max >= 2 && nodes_max < UINT32_MAX / 2);
    size_t slots = 4;
    while (slots < nodes_max * 2)
        slots *= 2;
    *trie = (struct route_trie){.arena = arena, .nodes_max = (uint32_t)nodes_max, .slot_mask = slots - 1};
    if (nodes_max > SIZE_MAX / sizeof(trie->nodes[0]))
        return false;
    trie->nodes = arena_alloc(arena, nodes_max * sizeof(trie->nodes[0]));
    trie->slots = arena_calloc(arena, slots, sizeof(trie->slots[0]));
    if (!trie->nodes || !trie->slots)
        return false;
    add_node(trie, ROUTE_TRIE_NONE, (struct view){0});
    return true;
}

/* The child by this literal, which is still encoded; made if need be. */
static uint32_t insert_literal(struct route_trie *trie, uint32_t parent, struct view encoded)
{
    struct view literal;
    if (!percent_decode(encoded, PERCENT_ALL, trie->arena, &literal))
        return ROUTE_TRIE_NONE;
    uint32_t hash = hash_edge(parent, literal);
    struct route_trie_slot *slot = find_slot(trie, parent, literal, hash);
    if (slot->node == ROUTE_TRIE_NONE) {
        *slot = (struct route_trie_slot){hash, add_node(trie, parent, literal)};
        if (literal.len > trie->literal_bytes_max)
            trie->literal_bytes_max = literal.len;
    }
    return slot->node;
}

static uint32_t insert_segment(struct route_trie *trie, uint32_t parent, const struct http_template_segment *segment)
{
    if (segment->kind == HTTP_TEMPLATE_LITERAL)
        return insert_literal(trie, parent, segment->literal);
    uint32_t *child = segment->kind == HTTP_TEMPLATE_ANY ? &trie->nodes[parent].any : &trie->nodes[parent].rest;
    if (*child == ROUTE_TRIE_NONE)
        *child = add_node(trie, parent, (struct view){0});
    return *child;
}

uint32_t route_trie_insert(struct route_trie *trie, const struct http_template *parsed)
{
    uint32_t node = insert_literal(trie, ROUTE_TRIE_NONE, parsed->verb);
    size_t front = parsed->rest < parsed->segment_count ? parsed->rest + 1 : parsed->segment_count;
    for (size_t i = 0; i < front && node != ROUTE_TRIE_NONE; i++)
        node = insert_segment(trie, node, &parsed->segments[i]);
    for (size_t i = parsed->segment_count; i > front && node != ROUTE_TRIE_NONE; i--)
        node = insert_segment(trie, node, &parsed->segments[i - 1]);
    return node;
}

/* Whether the templates that end at `node` have a wanted method. */
static uint32_t accept(struct search *search, uint32_t node)
{
    uint64_t methods = search->trie->nodes[node].methods;
    search->seen |= methods;
    return methods & search->wanted ? node : ROUTE_TRIE_NONE;
}

/* `node` is below a "**" that begins at segment `first`; the segments from `end` on are matched. */
static uint32_t find_behind_rest(struct search *search, uint32_t node, size_t first, size_t end)
{
    if (end > first) { /* the longer tail first */
        uint32_t child = find_literal(search->trie, node, search->segments[end - 1]);
        uint32_t found = child ? find_behind_rest(search, child, first, end - 1) : ROUTE_TRIE_NONE;
        if (found)
            return found;
    }
    return accept(search, node);
}

/* The segments before `at` are matched by the way to `node`. */
static uint32_t find_from(struct search *search, uint32_t node, size_t at)
{
    const struct route_trie_node *here = &search->trie->nodes[node];
    uint32_t found = ROUTE_TRIE_NONE;
    if (at == search->count) {
        found = accept(search, node);
    } else {
        uint32_t child = find_literal(search->trie, node, search->segments[at]);
        if (child)
            found = find_from(search, child, at + 1);
        if (!found && here->any && search->segments[at].len > 0)
            found = find_from(search, here->any, at + 1);
    }
    if (!found && here->rest)
        found = find_behind_rest(search, here->rest, at, search->count);
    return found;
}

uint32_t route_trie_find(const struct route_trie *trie, struct view verb, const struct view *segments, size_t count,
                         uint64_t wanted, uint64_t *seen)
{
    struct search search = {trie, segments, count, wanted, *seen};
    uint32_t root = find_literal(trie, ROUTE_TRIE_NONE, verb);
    uint32_t found = root ? find_from(&search, root, 0) : ROUTE_TRIE_NONE;
    *seen = search.seen;
    return found;
}
