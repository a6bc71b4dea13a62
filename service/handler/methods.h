/* The methods of the service, one file each; handler.c puts them into the vtable. */
#ifndef SERVICE_HANDLER_METHODS_H
#define SERVICE_HANDLER_METHODS_H

#include "soundcheck/v1/tracks.pb-c.h"

void handler_list_tracks(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__ListTracksRequest *input,
                         Soundcheck__V1__ListTracksResponse_Closure closure, void *closure_data);

void handler_create_tracks(Soundcheck__V1__TrackService_Service *service,
                           const Soundcheck__V1__CreateTracksRequest *input,
                           Soundcheck__V1__CreateTracksResponse_Closure closure, void *closure_data);

void handler_get_track(Soundcheck__V1__TrackService_Service *service, const Soundcheck__V1__GetTrackRequest *input,
                       Soundcheck__V1__GetTrackResponse_Closure closure, void *closure_data);

void handler_update_track(Soundcheck__V1__TrackService_Service *service,
                          const Soundcheck__V1__UpdateTrackRequest *input,
                          Soundcheck__V1__UpdateTrackResponse_Closure closure, void *closure_data);

void handler_delete_track(Soundcheck__V1__TrackService_Service *service,
                          const Soundcheck__V1__DeleteTrackRequest *input, Google__Protobuf__Empty_Closure closure,
                          void *closure_data);

#endif
