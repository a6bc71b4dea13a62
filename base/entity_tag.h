/*
 * Entity tags: what a client says about the version of a thing that it knows, to read it only if it is another one
 * (If-None-Match), or to change it only if it is still that one (If-Match).
 *
 *     list  = "*" / tag *( "," tag )      white space around tags and empty elements are let through
 *     tag   = [ "W/" ] DQUOTE *( %x21 / %x23-7E / %x80-FF ) DQUOTE
 *
 * Source   RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2.
 * Threads  Stateless.
 */
#ifndef BASE_ENTITY_TAG_H
#define BASE_ENTITY_TAG_H

#include <stdbool.h>

#include "base/view.h"

enum entity_tag_comparison {
    ENTITY_TAG_STRONG, /* the same, and neither weak: for changes */
    ENTITY_TAG_WEAK,   /* the same but for the W/: for reading again */
};

/* Whether the text is "*" or a list of at least one tag. */
bool entity_tag_list_is_valid(struct view list);

/* Whether the list is "*". */
bool entity_tag_list_is_any(struct view list);

/* Whether the list is "*" or has this tag, of a version that exists. False when either is no such text. */
bool entity_tag_list_has(struct view list, struct view tag, enum entity_tag_comparison comparison);

#endif
