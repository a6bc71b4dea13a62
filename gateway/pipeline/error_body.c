/* cJSON builds the document; details are JSON text already and stand in it raw. Errors may cost a few allocations. */
#include "gateway/pipeline/error_body.h"

#include <cjson/cJSON.h>

#include "gateway/pipeline/error_details.h"
#include "gateway/pipeline/json_text.h"

static bool add_text(cJSON *object, const char *key, struct view text, struct arena *arena)
{
    const char *clean = json_text_clean(text, arena);
    return clean && cJSON_AddStringToObject(object, key, clean);
}

/* Adds the details as they stand in `details`, a JSON array with a terminator; nothing when it is empty. */
static bool add_details(cJSON *object, const struct buf *details)
{
    return details->len == 0 || cJSON_AddRawToObject(object, "details", details->data);
}

static bool add_status(cJSON *root, const struct refusal *refusal, const struct buf *details, struct arena *arena)
{
    return cJSON_AddNumberToObject(root, "code", refusal->status.code) &&
           add_text(root, "message", view_of(refusal->status.message), arena) && add_details(root, details);
}

static bool add_backstage(cJSON *root, const struct refusal *refusal, const struct buf *details, struct view method,
                          struct view url, struct arena *arena)
{
    unsigned http_status = refusal_http_status(refusal);
    cJSON *error = cJSON_AddObjectToObject(root, "error");
    cJSON *request = cJSON_AddObjectToObject(root, "request");
    cJSON *response = cJSON_AddObjectToObject(root, "response");
    return error && request && response &&
           cJSON_AddStringToObject(error, "name", http_status_backstage_name(http_status)) &&
           add_text(error, "message", view_of(refusal->status.message), arena) && add_details(error, details) &&
           add_text(request, "method", method, arena) && add_text(request, "url", url, arena) &&
           cJSON_AddNumberToObject(response, "statusCode", http_status);
}

/* True when the whole document is in `out`. */
static bool build(const struct error_body_options *options, const struct refusal *refusal, struct view method,
                  struct view url, struct arena *arena, struct buf *out)
{
    struct buf details;
    buf_init(&details, out->max);
    struct view bytes = refusal->status.details;
    if (bytes.len &&
        (!error_details_write(bytes, options->json, arena, &details) || !buf_append(&details, view_make("", 1))))
        buf_clear(&details);
    cJSON *root = cJSON_CreateObject();
    bool built = options->form == ERROR_BODY_STATUS ? add_status(root, refusal, &details, arena)
                                                    : add_backstage(root, refusal, &details, method, url, arena);
    char *text = built ? cJSON_PrintUnformatted(root) : NULL;
    built = text && buf_append_text(out, text);
    cJSON_free(text);
    cJSON_Delete(root);
    buf_free(&details);
    return built;
}

/* Without memory for more than a few bytes, if that. */
static void write_constant(enum error_body_form form, unsigned http_status, struct buf *out)
{
    bool written = form == ERROR_BODY_STATUS
                       ? buf_append_text(out, "{\"code\":8,\"message\":\"out of memory\"}")
                       : buf_printf(out,
                                    "{\"error\":{\"name\":\"Error\",\"message\":\"out of memory\"},"
                                    "\"response\":{\"statusCode\":%u}}",
                                    http_status);
    if (!written)
        buf_clear(out);
}

void error_body_write(const struct error_body_options *options, const struct refusal *refusal, struct view method,
                      struct view url, struct arena *arena, struct buf *out)
{
    buf_clear(out);
    if (build(options, refusal, method, url, arena, out))
        return;
    buf_clear(out);
    write_constant(options->form, refusal_http_status(refusal), out);
}
