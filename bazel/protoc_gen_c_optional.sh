#!/bin/sh
# protoc-gen-c 1.4.1 generates proto3 `optional` correctly but does not say so, and protoc refuses the file. Its answer is a
# CodeGeneratorResponse, and concatenated protobuf messages merge: field 2 (supported_features) = 1 (PROTO3_OPTIONAL).
set -e
protoc-gen-c "$@"
printf '\020\001'
