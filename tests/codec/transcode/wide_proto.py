"""Prints a .proto file of messages with more fields and oneofs than the codec's small tables have room for."""

print('syntax = "proto3";\npackage codec.test;\n')
for fields in (63, 64, 65, 70, 300):
    print("message Wide%d {" % fields)
    for number in range(1, fields + 1):
        print("  int32 field_%d = %d;" % (number, number))
    print("}\n")

print("message Oneofs {")
for number in range(1, 301):
    print("  oneof choice_%d {\n    int32 left_%d = %d;\n    int32 right_%d = %d;\n  }"
          % (number, number, number, number, number + 300))
print("}")
