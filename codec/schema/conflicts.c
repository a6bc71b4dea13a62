/*
 * A message of which two fields have one JSON name has no JSON form, and neither has a message that may hold it. Sets have such messages
 * without any harm where no rule leads to them. From each, the messages that refer to it are marked, and those that refer to them: a
 * walk over the references turned round, which comes to each once.
 */
#include "codec/schema/builder.h"

/* That `from` has a field of the type whose list this is in. Both are indices plus one; 0: none. */
struct reference {
    uint32_t from;
    uint32_t next;
};

struct references {
    struct reference *all;
    uint32_t count;
    uint32_t *first; /* by the index of the message that is referred to */
};

static size_t count_references(const struct builder *builder)
{
    size_t count = 0;
    for (size_t i = 0; i < builder->message_count; i++)
        for (size_t j = 0; j < builder->messages[i].message->field_count; j++)
            count += builder->messages[i].message->fields[j].message != NULL;
    return count;
}

static void collect_references(const struct builder *builder, struct references *references)
{
    for (size_t i = 0; i < builder->message_count; i++) {
        const struct schema_message *message = builder->messages[i].message;
        for (size_t j = 0; j < message->field_count; j++) {
            if (!message->fields[j].message)
                continue;
            uint32_t *first = &references->first[message->fields[j].message->index];
            references->all[references->count++] = (struct reference){message->index + 1, *first};
            *first = references->count;
        }
    }
}

bool builder_mark_conflicts(struct builder *builder)
{
    if (builder->conflict_count == 0)
        return true;
    struct references references = {
        .all = arena_calloc(builder->scratch, count_references(builder), sizeof(*references.all)),
        .first = arena_calloc(builder->scratch, builder->message_count, sizeof(*references.first)),
    };
    uint32_t *marked = arena_calloc(builder->scratch, builder->message_count, sizeof(*marked));
    if (!references.all || !references.first || !marked)
        return builder_out_of_memory(builder);
    collect_references(builder, &references);
    size_t count = 0;
    for (uint32_t i = 0; i < builder->message_count; i++)
        if (builder->messages[i].message->conflict)
            marked[count++] = i;
    for (size_t done = 0; done < count; done++) {
        const struct schema_message *message = builder->messages[marked[done]].message;
        for (uint32_t at = references.first[message->index]; at; at = references.all[at - 1].next) {
            struct schema_message *holder = builder->messages[references.all[at - 1].from - 1].message;
            if (holder->conflict)
                continue;
            holder->conflict = message->conflict;
            marked[count++] = holder->index;
        }
    }
    return true;
}

bool builder_check_conflict(struct builder *builder, const struct pending_method *pending,
                            const struct schema_message *message)
{
    if (!message->conflict)
        return true;
    const struct pending_message *found = &builder->messages[message->conflict->index];
    return builder_fail(builder, found->file, found->message->full_name,
                        "fields %s and %s have the same JSON name \"%s\", and a rule of %.*s needs it",
                        found->conflict[0]->name.data, found->conflict[1]->name.data,
                        found->conflict[0]->json_name.data, VIEW_ARG(pending->name));
}
