/* What must hold of a message that the codec has read, in whatever form it came. */
#ifndef TESTS_FUZZ_ROUND_TRIP_H
#define TESTS_FUZZ_ROUND_TRIP_H

#include "base/buf.h"
#include "codec/transcode/transcode.h"

/*
 * JSON that we have printed of a message is read again, and the message is then printed the same. So is what we print of it with
 * each of the print options. Aborts otherwise.
 */
void round_trip_check_json(const struct schema_message *message, struct view json);

#endif
