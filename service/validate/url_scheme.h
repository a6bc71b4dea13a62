/*
 * Whether following a link would run it instead of opening it.
 *
 * Read as browsers read: white space and control characters before the scheme, tabs and line ends anywhere and the case
 * of letters do not count. A URL without a scheme, or with any other, is not this rule's business.
 *
 * Source   https://url.spec.whatwg.org/#concept-basic-url-parser (steps 1 to 3, scheme start state).
 */
#ifndef SERVICE_VALIDATE_URL_SCHEME_H
#define SERVICE_VALIDATE_URL_SCHEME_H

#include <stdbool.h>

#include "base/view.h"

/* javascript:, data: and vbscript: */
bool url_is_scriptable(struct view url);

#endif
