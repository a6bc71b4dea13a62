/*
 * What the thread sanitizer must not look at: gRPC and Abseil come without its instrumentation, so that it cannot see
 * how they synchronise. Linked into every test that uses gRPC; without the sanitizer nothing calls this.
 */
const char *__tsan_default_suppressions(void);

const char *__tsan_default_suppressions(void)
{
    return "called_from_lib:libgrpc.so\n"
           "called_from_lib:libgpr.so\n"
           "called_from_lib:libabsl_base.so\n"
           "called_from_lib:libabsl_cord.so\n"
           "called_from_lib:libabsl_cord_internal.so\n"
           "called_from_lib:libabsl_graphcycles_internal.so\n"
           "called_from_lib:libabsl_random_internal_pool_urbg.so\n"
           "called_from_lib:libabsl_status.so\n"
           "called_from_lib:libabsl_strings.so\n"
           "called_from_lib:libabsl_synchronization.so\n";
}
