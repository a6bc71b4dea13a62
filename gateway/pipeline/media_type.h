/* What a request says its body is (RFC 9110, section 8.3). */
#ifndef GATEWAY_PIPELINE_MEDIA_TYPE_H
#define GATEWAY_PIPELINE_MEDIA_TYPE_H

#include <stdbool.h>

#include "base/view.h"

/* "application/json", in any case, with any parameters but a charset other than UTF-8. */
bool media_type_is_json(struct view content_type);

#endif
