/*
 * Path templates as a trie: which of them match a path, the most specific first.
 *
 * Flow     route_trie_init(), route_trie_insert() for each template, the owner sets `methods` of the nodes that insert
 *          gave him; then only route_trie_find().
 * Memory   All from the arena given at init. It and the texts of the templates must outlive the trie.
 * Threads  Const after the last insert.
 *
 * A node stands for the templates that begin alike. Its children are reached by a literal (decoded text), by "*", and
 * by "**". Below a "**" the literals that follow it hang in reverse, last one first, because there a path is compared
 * from its end. Templates of different verbs have nothing in common: each verb has a root of its own, and the roots are
 * the literal children of node 0, the one without a verb under the empty text.
 */
#ifndef GATEWAY_ROUTE_ROUTE_TRIE_H
#define GATEWAY_ROUTE_ROUTE_TRIE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/status.h"
#include "base/view.h"
#include "gateway/route/http_template.h"

/* Not a node: no child, no match. */
#define ROUTE_TRIE_NONE 0

struct route_trie_node {
    struct view literal; /* what leads here from the parent, decoded; data NULL for "*" and "**" */
    uint32_t parent;
    uint32_t any;         /* child by "*" */
    uint32_t rest;        /* child by "**" */
    uint32_t first_route; /* the owner's */
    uint64_t methods;     /* of the templates that end here, a set of struct http_methods; the owner's */
};

struct route_trie_slot;

struct route_trie {
    struct arena *arena;
    struct route_trie_node *nodes;
    uint32_t node_count;
    uint32_t nodes_max;
    struct route_trie_slot *slots; /* the literal children of all nodes: open addressing by parent and text */
    size_t slot_mask;
    size_t literal_bytes_max; /* of the longest literal: nothing longer is looked up */
};

/*
 * An empty trie for at most nodes_max nodes: one for each segment and the verb of each template, and two more. False
 * when the arena is exhausted.
 */
MUST_USE bool route_trie_init(struct route_trie *trie, size_t nodes_max, struct arena *arena);

/*
 * The node where the template ends, the same for all that match the same paths; ROUTE_TRIE_NONE when the arena is
 * exhausted.
 */
uint32_t route_trie_insert(struct route_trie *trie, const struct http_template *parsed);

/*
 * The node of the most specific template of this verb (empty: none) that matches the segments and has one of the
 * `wanted` methods; ROUTE_TRIE_NONE when there is none. The methods of all that match but for the method are added to
 * *seen.
 */
uint32_t route_trie_find(const struct route_trie *trie, struct view verb, const struct view *segments, size_t count,
                         uint64_t wanted, uint64_t *seen);

#endif
