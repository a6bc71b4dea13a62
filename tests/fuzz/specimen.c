#include "tests/fuzz/specimen.h"

#include "tests/fuzz/fuzz.h"

/* Made from specimen.proto when this is built. */
extern const unsigned char specimen_descriptors_bytes[];
extern const size_t specimen_descriptors_len;

struct view specimen_descriptors(void)
{
    return view_make((const char *)specimen_descriptors_bytes, specimen_descriptors_len);
}

const struct schema *specimen_schema(void)
{
    static struct schema *schema;
    struct status st;
    if (!schema && !schema_load(specimen_descriptors(), &schema, &st))
        fuzz_fail("the specimen's descriptors load: %s", st.message);
    return schema;
}

const struct schema_message *specimen_find(const char *full_name)
{
    const struct schema_message *message = schema_find_message(specimen_schema(), view_of(full_name));
    FUZZ_CHECK(message, "%s exists", full_name);
    return message;
}

struct transcode_options specimen_options(void)
{
    return (struct transcode_options){.schema = specimen_schema()};
}
