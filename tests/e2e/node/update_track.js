// UpdateTrack through @grpc/grpc-js and the published descriptor set: the request as a JSON object on stdin, the reply's track
// as JSON on stdout.
//
//     node update_track.js ADDRESS DESCRIPTORS <request.json
"use strict";

const fs = require("fs");
const grpc = require("@grpc/grpc-js");
const protoLoader = require("@grpc/proto-loader");

// proto-loader knows ProtoJSON not at all: fields have their proto names, google.protobuf.Value is a message like any other, and
// the maps of a descriptor set are lists of entries. What follows translates.

const protoName = (jsonName) => jsonName.replace(/[A-Z]+/g, (letters) => "_" + letters.toLowerCase());
const jsonName = (protoName) =>
  protoName === "documentation_url" ? "documentationURL" : protoName.replace(/_(.)/g, (_, letter) => letter.toUpperCase());

const toStruct = (json) => ({ fields: Object.entries(json).map(([key, item]) => ({ key, value: toValue(item) })) });
const toListValue = (json) => ({ values: json.map(toValue) });
function toValue(json) {
  if (json === null) return { null_value: "NULL_VALUE" };
  if (Array.isArray(json)) return { list_value: toListValue(json) };
  if (typeof json === "object") return { struct_value: toStruct(json) };
  return { [typeof json === "boolean" ? "bool_value" : `${typeof json}_value`]: json };
}

const fromStruct = (struct) => Object.fromEntries(struct.fields.map(({ key, value }) => [key, fromValue(value)]));
const fromListValue = (list) => list.values.map(fromValue);
function fromValue(value) {
  const [kind, item] = Object.entries(value)[0];
  if (kind === "struct_value") return fromStruct(item);
  if (kind === "list_value") return fromListValue(item);
  return kind === "null_value" ? null : item;
}

// Renames the fields of a message and of all messages in it.
function translate(message, rename, struct, listValue) {
  if (Array.isArray(message)) return message.map((item) => translate(item, rename, struct, listValue));
  if (typeof message !== "object") return message;
  const translateField = ([name, field]) => {
    if (name === "filter" || name === "exclude") return [name, struct(field)];
    if (name === "milestones") return [name, listValue(field)];
    return [rename(name), translate(field, rename, struct, listValue)];
  };
  return Object.fromEntries(Object.entries(message).map(translateField));
}

const [address, descriptors] = process.argv.slice(2);
const definition = protoLoader.loadFileDescriptorSetFromBuffer(fs.readFileSync(descriptors), { enums: String, arrays: true });
const { TrackService } = grpc.loadPackageDefinition(definition).soundcheck.v1;
const client = new TrackService(address, grpc.credentials.createInsecure());
const request = translate(JSON.parse(fs.readFileSync(0)), protoName, toStruct, toListValue);
client.UpdateTrack(request, { deadline: Date.now() + 60000 }, (error, reply) => {
  client.close();
  if (error) {
    console.error(error.message);
    process.exitCode = 1;
    return;
  }
  console.log(JSON.stringify(translate(reply.track, jsonName, fromStruct, fromListValue)));
});
