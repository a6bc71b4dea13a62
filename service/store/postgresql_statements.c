#include "service/store/postgresql_statements.h"

#include <endian.h>

#include "service/limits.h"

/* Types, as pg_type.oid numbers them. */
#define BYTEA       17
#define INT8        20
#define BYTEA_ARRAY 1001

#define COLUMNS "id, version, track"

const struct postgresql_statement_text postgresql_statement_texts[POSTGRESQL_STATEMENT_COUNT] = {
    [POSTGRESQL_PING] = {"ping", "SELECT 1", {0}, 0},
    [POSTGRESQL_BEGIN] = {"begin", "BEGIN", {0}, 0},
    [POSTGRESQL_BEGIN_READ] = {"begin_read", "BEGIN ISOLATION LEVEL REPEATABLE READ, READ ONLY", {0}, 0},
    [POSTGRESQL_COMMIT] = {"commit", "COMMIT", {0}, 0},
    [POSTGRESQL_LOCK] = {"lock", "SELECT " COLUMNS " FROM tracks WHERE id = $1 FOR UPDATE", {BYTEA}, 1},
    [POSTGRESQL_GET] = {"get", "SELECT " COLUMNS " FROM tracks WHERE id = $1 AND track IS NOT NULL", {BYTEA}, 1},
    [POSTGRESQL_GET_EACH] = {"get_each",
                             "SELECT " COLUMNS " FROM tracks WHERE id = ANY ($1) AND track IS NOT NULL ORDER BY id",
                             {BYTEA_ARRAY},
                             1},
    [POSTGRESQL_LIST] = {"list",
                         "SELECT " COLUMNS " FROM tracks WHERE id > $1 AND track IS NOT NULL ORDER BY id LIMIT $2",
                         {BYTEA, INT8},
                         2},
    [POSTGRESQL_INSERT] = {"insert", "INSERT INTO tracks (" COLUMNS ") VALUES ($1, $2, $3)", {BYTEA, INT8, BYTEA}, 3},
    [POSTGRESQL_UPDATE] = {"update",
                           "UPDATE tracks SET version = $2, track = $3 WHERE id = $1",
                           {BYTEA, INT8, BYTEA},
                           3},
    [POSTGRESQL_FORGET] = {"forget", "DELETE FROM tracks WHERE track IS NULL AND version < $1", {INT8}, 1},
};

const char postgresql_settings_sql[] = "SELECT set_config(wanted.name, wanted.value, false)"
                                       " FROM (VALUES ('statement_timeout', '" POSTGRESQL_STATEMENT_MS "'),"
                                       " ('idle_in_transaction_session_timeout', '" POSTGRESQL_IDLE_MS "'),"
                                       " ('enable_seqscan', 'off'),"
                                       " ('jit', 'off'),"
                                       " ('client_min_messages', 'warning'),"
                                       " ('synchronous_commit', 'on')) AS wanted (name, value)"
                                       " JOIN pg_settings AS present ON present.name = wanted.name"
                                       " WHERE CASE wanted.name"
                                       " WHEN 'synchronous_commit' THEN present.setting = 'off'"
                                       " WHEN 'client_min_messages' THEN true"
                                       " ELSE coalesce(present.source, '') <> 'client' END";

struct view postgresql_number(int64_t number, char bytes[8])
{
    uint64_t big_endian = htobe64((uint64_t)number);
    memcpy(bytes, &big_endian, sizeof(big_endian));
    return view_make(bytes, sizeof(big_endian));
}

struct view postgresql_bytes(struct view bytes)
{
    return bytes.len ? bytes : view_of("");
}

static char *write_number(char *to, uint32_t number)
{
    uint32_t big_endian = htobe32(number);
    memcpy(to, &big_endian, sizeof(big_endian));
    return to + sizeof(big_endian);
}

/* array_send() in PostgreSQL's source: dimensions, whether there are nulls, element type, length, first index, elements. */
bool postgresql_ids(const struct view *ids, size_t id_count, struct arena *arena, struct view *ret_array)
{
    size_t len = 5 * sizeof(uint32_t);
    for (size_t i = 0; i < id_count; i++)
        len += sizeof(uint32_t) + ids[i].len;
    char *array = arena_alloc(arena, len);
    if (!array)
        return false;
    char *end = write_number(array, 1);
    end = write_number(end, 0);
    end = write_number(end, BYTEA);
    end = write_number(end, (uint32_t)id_count);
    end = write_number(end, 1);
    for (size_t i = 0; i < id_count; i++) {
        end = write_number(end, (uint32_t)ids[i].len);
        if (ids[i].len)
            memcpy(end, ids[i].data, ids[i].len);
        end += ids[i].len;
    }
    *ret_array = view_make(array, len);
    return true;
}

struct store_row postgresql_row(const struct view *columns)
{
    uint64_t big_endian = 0;
    if (columns[1].len == sizeof(big_endian))
        memcpy(&big_endian, columns[1].data, sizeof(big_endian));
    return (struct store_row){columns[0], (int64_t)be64toh(big_endian), columns[2]};
}
