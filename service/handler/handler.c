/*
 * What a track costs on its way: a PUT is unpacked (server), checked, packed once, compared and stored as bytes; a GET is
 * copied out of the store. Replies are the stored bytes, never packed again (track_bytes.h). What runs on the store's
 * writing thread, which all writers share, is a memcmp and two stamps.
 */
#include "service/handler/handler.h"

#include <time.h>

#include "service/handler/methods.h"

void handler_init(struct handler *handler, struct store *store, handler_clock *clock)
{
    *handler = (struct handler){
        .service = SOUNDCHECK__V1__TRACK_SERVICE__INIT(handler_),
        .store = store,
        .clock = clock,
    };
}

int64_t handler_system_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
