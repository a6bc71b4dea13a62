/*
 * What ThreadSanitizer is to leave out in a test that has gRPC core in its process. Core and what it is built of are not
 * instrumented: their memory accesses are seen through malloc and memcpy, the locks that order them are not.
 *
 * A source of the test itself: the sanitizer looks for this function in the program.
 */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libgrpc.so\n"
           "called_from_lib:libgpr.so\n"
           "race:libgrpc.so\n"
           "race:libabsl_\n"
           "race:libupb.so\n"
           "race:libstdc++.so\n";
}
