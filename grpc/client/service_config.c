#include "grpc/client/service_config.h"

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "grpc/client/limits.h"

/* "0.05s": the JSON form of google.protobuf.Duration. */
static bool add_duration(cJSON *object, const char *key, unsigned ms)
{
    char text[32];
    snprintf(text, sizeof(text), "%u.%03us", ms / 1000, ms % 1000);
    return cJSON_AddStringToObject(object, key, text);
}

/* "/package.Service/Method" */
static bool add_name(cJSON *names, const char *path)
{
    const char *slash = strrchr(path, '/');
    char *service = slash > path ? strndup(path + 1, (size_t)(slash - path - 1)) : NULL;
    cJSON *name = cJSON_CreateObject();
    bool added = service && cJSON_AddItemToArray(names, name) && cJSON_AddStringToObject(name, "service", service) &&
                 cJSON_AddStringToObject(name, "method", slash + 1);
    free(service);
    return added;
}

static bool add_retry_policy(cJSON *config)
{
    cJSON *policy = cJSON_AddObjectToObject(config, "retryPolicy");
    cJSON *codes = cJSON_AddArrayToObject(policy, "retryableStatusCodes");
    return cJSON_AddNumberToObject(policy, "maxAttempts", GRPC_CLIENT_ATTEMPTS_MAX) &&
           add_duration(policy, "initialBackoff", GRPC_CLIENT_RETRY_MS_MIN) &&
           add_duration(policy, "maxBackoff", GRPC_CLIENT_RETRY_MS_MAX) &&
           cJSON_AddNumberToObject(policy, "backoffMultiplier", GRPC_CLIENT_RETRY_GROWTH) &&
           cJSON_AddItemToArray(codes, cJSON_CreateString("UNAVAILABLE")) &&
           cJSON_AddItemToArray(codes, cJSON_CreateString("CANCELLED"));
}

static bool add_retries(cJSON *root, const char *const *idempotent, size_t count)
{
    cJSON *config = cJSON_CreateObject();
    if (!cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "methodConfig"), config))
        return false;
    cJSON *names = cJSON_AddArrayToObject(config, "name");
    for (size_t i = 0; i < count; i++)
        if (!add_name(names, idempotent[i]))
            return false;
    return add_retry_policy(config);
}

static bool add_balancing(cJSON *root)
{
    cJSON *policy = cJSON_CreateObject();
    return cJSON_AddItemToArray(cJSON_AddArrayToObject(root, "loadBalancingConfig"), policy) &&
           cJSON_AddObjectToObject(policy, "round_robin") &&
           cJSON_AddStringToObject(cJSON_AddObjectToObject(root, "healthCheckConfig"), "serviceName", "");
}

char *service_config_create(const char *const *idempotent, size_t count)
{
    cJSON *root = cJSON_CreateObject();
    bool built = add_balancing(root) && (count == 0 || add_retries(root, idempotent, count));
    char *text = built ? cJSON_PrintUnformatted(root) : NULL;
    cJSON_Delete(root);
    return text;
}
