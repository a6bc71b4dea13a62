// What gRPC's own services say to @grpc/grpc-js: a JSON object on stdout with the answers of health and of both versions of server
// reflection.
//
//     node landscape.js ADDRESS DESCRIPTORS SERVICE
"use strict";

const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

const [address, descriptors, service] = process.argv.slice(2);
const definition = protoLoader.loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptors), { enums: String, oneofs: true });
const services = grpc.loadPackageDefinition(definition).grpc;
const credentials = grpc.credentials.createInsecure();
const deadline = () => ({ deadline: Date.now() + 60000 });

const check = (client) =>
  new Promise((resolve, reject) =>
    client.Check({ service }, deadline(), (error, reply) => (error ? reject(error) : resolve(reply.status)))
  );

const first = (stream) =>
  new Promise((resolve, reject) => {
    stream.once("data", (reply) => {
      resolve(reply);
      stream.on("error", () => {}); // that it is cancelled
      stream.cancel();
    });
    stream.once("error", reject);
  });

// The replies to the questions, when the server has ended the stream.
const ask = (client, questions) =>
  new Promise((resolve, reject) => {
    const replies = [];
    const stream = client.ServerReflectionInfo(deadline());
    stream.on("data", (reply) => replies.push(reply));
    stream.on("end", () => resolve(replies));
    stream.on("error", reject);
    questions.forEach((question) => stream.write(question));
    stream.end();
  });

async function reflect(version) {
  const client = new services.reflection[version].ServerReflection(address, credentials);
  const [list, file, unknown] = await ask(client, [
    { list_services: "" },
    { file_containing_symbol: service },
    { file_containing_symbol: "nothing" },
  ]);
  client.close();
  return {
    services: list.list_services_response.service.map(({ name }) => name),
    files: file.file_descriptor_response.file_descriptor_proto.length,
    error: unknown.error_response.error_code,
  };
}

async function main() {
  const health = new services.health.v1.Health(address, credentials);
  const answers = { check: await check(health), watch: (await first(health.Watch({ service }, deadline()))).status };
  health.close();
  for (const version of ["v1", "v1alpha"]) answers[version] = await reflect(version);
  console.log(JSON.stringify(answers));
}

main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
