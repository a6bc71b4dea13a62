// Serves the probe service with grpc-js. What it is told on stdin and answers on stdout stands in tests/foreign/support/servers.py.
"use strict";

const readline = require("node:readline");
const { parseArgs } = require("node:util");
const grpc = require("@grpc/grpc-js");
const loader = require("@grpc/proto-loader");
const { HealthImplementation } = require("grpc-health-check");

const { values: flags } = parseArgs({
  options: {
    name: { type: "string", default: "node" },
    "max-streams": { type: "string" },
    "max-age-ms": { type: "string" },
  },
});
const definition = loader.loadSync(["probe.proto", "google/rpc/status.proto"], {
  includeDirs: process.env.PROTO_PATH.split(":"),
  keepCase: true,
  longs: String,
});
const rpcStatus = definition["google.rpc.Status"];
const letters = "abcdefghijklmnopqrstuvwxyz";
const calls = { started: 0, finished: 0, cancelled: 0 };

const implementation = {
  Echo: (call, answer) => answer(null, { request: call.request, server: flags.name }),

  Slow: (call, answer) => {
    calls.started++;
    let finished = false;
    const timer = setTimeout(() => {
      finished = true;
      calls.finished++;
      answer(null, { server: flags.name });
    }, call.request.ms);
    call.on("cancelled", () => {
      if (finished) return; // grpc-js says so of calls that have ended, too
      clearTimeout(timer);
      calls.cancelled++;
    });
  },

  Fail: (call, answer) => {
    const { code, message, details } = call.request;
    const trailers = new grpc.Metadata();
    if (details?.length) trailers.set("grpc-status-details-bin", rpcStatus.serialize({ code, message, details }));
    answer({ code, details: message, metadata: trailers });
  },

  Large: (call, answer) => {
    const { bytes } = call.request;
    answer(null, { text: letters.repeat(Math.ceil(bytes / letters.length)).slice(0, bytes) });
  },

  Metadata: (call, answer) => {
    const headers = new grpc.Metadata();
    headers.set("x-header", call.request.header);
    headers.set("x-header-bin", call.request.header_bin);
    const trailers = new grpc.Metadata();
    trailers.set("x-trailer", call.request.trailer);
    trailers.set("x-trailer-bin", call.request.trailer_bin);
    const entries = Object.keys(call.metadata.getMap()).flatMap((key) =>
      call.metadata.get(key).map((value) => ({ key, value: Buffer.from(value) })),
    );
    call.sendMetadata(headers);
    answer(null, { entries }, trailers);
  },
};

const options = { "grpc.max_send_message_length": 64 << 20 };
if (flags["max-streams"]) options["grpc.max_concurrent_streams"] = Number(flags["max-streams"]);
if (flags["max-age-ms"]) {
  options["grpc.max_connection_age_ms"] = Number(flags["max-age-ms"]);
  options["grpc.max_connection_age_grace_ms"] = 5000;
}
const server = new grpc.Server(options);
server.addService(definition["probe.v1.Probe"], implementation);
const health = new HealthImplementation({ "": "SERVING" });
health.addToServer(server);

const commands = {
  listen: (port) =>
    server.bindAsync(`127.0.0.1:${port}`, grpc.ServerCredentials.createInsecure(), (error, bound) => {
      if (error) throw error;
      console.log("listening", bound);
    }),
  health: (status) => {
    health.setStatus("", status);
    console.log("ok");
  },
  calls: () => console.log("calls", calls.started, calls.finished, calls.cancelled),
  stop: () => server.tryShutdown(() => process.exit(0)),
};
readline
  .createInterface({ input: process.stdin })
  .on("line", (line) => {
    const [command, argument] = line.split(" ");
    commands[command](argument);
    if (command === "stop") process.stdin.removeAllListeners("close");
  })
  .on("close", () => process.exit(0));
console.log("ready");
