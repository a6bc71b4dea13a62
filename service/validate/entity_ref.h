/*
 * Backstage entity references: `[kind:][namespace/]name`, such as `group:default/platform` or `platform`.
 *
 * The first colon ends the kind if it comes before the first slash, the first slash ends the namespace, the rest is the
 * name. No part that is there may be empty. Which characters a part may have is the catalog's business.
 *
 * Source   https://backstage.io/docs/features/software-catalog/references (string references).
 */
#ifndef SERVICE_VALIDATE_ENTITY_REF_H
#define SERVICE_VALIDATE_ENTITY_REF_H

#include <stdbool.h>

#include "base/view.h"

bool entity_ref_is_valid(struct view text);

#endif
