/*
 * Skips text: everything but the control characters that end lines or have no place in HTTP; or everything visible.
 *
 * Speed    Vectors of 16 bytes on x86-64, words of 8 elsewhere.
 */
#ifndef WEB_HTTP1_HTTP1_SCAN_H
#define WEB_HTTP1_HTTP1_SCAN_H

#include <stddef.h>

/*
 * The offset of the first control character (below 0x20 but TAB, or 0x7f) at or behind `from`; `end` when there is
 * none before it. Reads nothing outside [0, end).
 */
size_t http1_scan(const char *data, size_t from, size_t end);

/* The same for the first byte that is not visible ASCII (0x21 to 0x7e). */
size_t http1_scan_visible(const char *data, size_t from, size_t end);

/* Both for any processor; their tests try all. */
size_t http1_scan_portable(const char *data, size_t from, size_t end);
size_t http1_scan_visible_portable(const char *data, size_t from, size_t end);

#endif
