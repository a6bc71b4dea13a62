// Changes the name of a track if it is still the version that was read, then tries the same again with the etag that is old by then.
// Prints the etags and the code of the refusal.
//
//     node conditional.js ADDRESS DESCRIPTORS TRACK_ID
"use strict";

const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

const [address, descriptors, trackId] = process.argv.slice(2);
const options = { enums: String, arrays: true, keepCase: true };
const definition = protoLoader.loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptors), options);
const { TrackService } = grpc.loadPackageDefinition(definition).soundcheck.v1;
const client = new TrackService(address, grpc.credentials.createInsecure());

// The reply and the etag of its metadata, or the code of the refusal.
function call(method, request, metadata = {}) {
  return new Promise((resolve) => {
    const outcome = {};
    const sent = grpc.Metadata.fromHttp2Headers(metadata);
    const started = client[method](request, sent, { deadline: Date.now() + 60000 }, (error, reply) => {
      resolve(Object.assign(outcome, error ? { code: error.code } : { reply }));
    });
    started.on("metadata", (received) => (outcome.etag = received.get("etag")[0]));
  });
}

async function main() {
  const got = await call("GetTrack", { track_id: trackId });
  const request = { track_id: trackId, track: { ...got.reply.track, name: "Changed by node" } };
  const changed = await call("UpdateTrack", request, { "if-match": got.etag });
  request.track.name = "Changed again";
  const again = await call("UpdateTrack", request, { "if-match": got.etag });
  console.log(JSON.stringify({ before: got.etag, after: changed.etag, again: again.code }));
  client.close();
}

main();
