#include "service/handler/page_token.h"

#include "base/utf8.h"
#include "service/limits.h"

/* FNV-1a, 64 bits. The first number is changed when the hash begins to mean something else. */
#define HASH_START UINT64_C(0xcbf29ce484222325)
#define HASH_PRIME UINT64_C(0x100000001b3)

#define HASH_BYTES sizeof(uint64_t)

static uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++)
        hash = (hash ^ ((const unsigned char *)bytes)[i]) * HASH_PRIME;
    return hash;
}

/* With its terminator, so that two texts are not taken for others that are as long together. */
static uint64_t hash_text(uint64_t hash, const char *text)
{
    return hash_bytes(hash, text, strlen(text) + 1);
}

static uint64_t hash_number(uint64_t hash, bool given, int32_t number)
{
    unsigned char bytes[] = {given, (unsigned char)number, (unsigned char)(number >> 8), (unsigned char)(number >> 16),
                             (unsigned char)(number >> 24)};
    return hash_bytes(hash, bytes, given ? sizeof(bytes) : 1);
}

uint64_t page_token_hash(const Soundcheck__V1__ListTracksRequest *request)
{
    uint64_t hash = HASH_START;
    for (size_t i = 0; i < request->n_tracks; i++)
        hash = hash_text(hash_number(hash, true, 1), request->tracks[i]);
    hash = hash_number(hash, request->_type_case, (int32_t)request->type);
    hash = hash_number(hash, request->_draft_case, request->draft);
    hash = hash_number(hash, request->_archived_case, request->archived);
    hash = hash_number(hash, request->_owner_entity_ref_case, 0);
    hash = request->_owner_entity_ref_case ? hash_text(hash, request->owner_entity_ref) : hash;
    hash = hash_number(hash, request->_group_case, 0);
    return request->_group_case ? hash_text(hash, request->group) : hash;
}

/* ---- The token ---- */

static char *write_hex(char *out, const void *bytes, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        unsigned char byte = ((const unsigned char *)bytes)[i];
        *out++ = "0123456789abcdef"[byte >> 4];
        *out++ = "0123456789abcdef"[byte & 15];
    }
    return out;
}

/* The value of a digit, 16 when it is none. */
static unsigned digit(char character)
{
    if (character >= '0' && character <= '9')
        return (unsigned)(character - '0');
    return character >= 'a' && character <= 'f' ? (unsigned)(character - 'a') + 10 : 16;
}

char *page_token_write(uint64_t hash, struct view last_id, struct arena *arena)
{
    char *token = arena_alloc(arena, (HASH_BYTES + last_id.len) * 2 + 1);
    if (!token)
        return NULL;
    unsigned char bytes[HASH_BYTES];
    for (size_t i = 0; i < HASH_BYTES; i++)
        bytes[i] = (unsigned char)(hash >> (8 * i));
    char *end = write_hex(write_hex(token, bytes, HASH_BYTES), last_id.data, last_id.len);
    *end = '\0';
    return token;
}

/* Decodes in place. */
static bool read_hex(char *text, size_t len)
{
    for (size_t i = 0; i < len / 2; i++) {
        unsigned high = digit(text[2 * i]);
        unsigned low = digit(text[2 * i + 1]);
        if (high > 15 || low > 15)
            return false;
        text[i] = (char)(high << 4 | low);
    }
    return true;
}

/* What no track has as its id, no store needs to take. */
static bool may_be_id(struct view text)
{
    return text.len <= TRACK_ID_BYTES_MAX && !memchr(text.data, '\0', text.len) && utf8_valid_len(text) == text.len;
}

enum page_token_outcome page_token_read(char *token, uint64_t hash, struct view *ret_last_id)
{
    size_t len = strlen(token);
    if (len % 2 || len / 2 <= HASH_BYTES || !read_hex(token, len))
        return PAGE_TOKEN_MALFORMED;
    uint64_t found = 0;
    for (size_t i = 0; i < HASH_BYTES; i++)
        found |= (uint64_t)(unsigned char)token[i] << (8 * i);
    struct view last_id = view_make(token + HASH_BYTES, len / 2 - HASH_BYTES);
    if (!may_be_id(last_id))
        return PAGE_TOKEN_MALFORMED;
    if (found != hash)
        return PAGE_TOKEN_OF_ANOTHER_REQUEST;
    *ret_last_id = last_id;
    return PAGE_TOKEN_OK;
}
