/* Each case of the table, read in one piece, in two at every byte, and byte by byte. */
#include "tests/web/http1/http1_cases.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/web/http1/http1_transcript.h"

/* "bad 400 ", at the start of the text when no request was taken before. */
static bool is_refused(struct view text, unsigned http_status)
{
    char word[32];
    snprintf(word, sizeof(word), "bad %u ", http_status);
    return text.len && memmem(text.data, text.len, word, strlen(word)) != NULL;
}

static void check_case(void **state)
{
    const struct http1_case *tested = *state;
    struct http1_transcript transcript;
    http1_transcript_init(&transcript);
    http1_transcript_of(tested->input, &transcript);
    struct view text = buf_view(&transcript.text);
    if (tested->transcript && !view_equal_text(text, tested->transcript))
        fail_msg("expected\n%s\ngot\n%.*s", tested->transcript, VIEW_ARG(text));
    assert_int_equal(transcript.bad, tested->http_status != 0);
    if (tested->http_status && !is_refused(text, tested->http_status))
        fail_msg("expected %u, got\n%.*s", tested->http_status, VIEW_ARG(text));
    if (!tested->transcript)
        assert_int_equal(transcript.requests, 0);
    http1_transcript_free(&transcript);
}

int main(void)
{
    struct CMUnitTest *tests = calloc(http1_case_count, sizeof(*tests));
    for (size_t i = 0; tests && i < http1_case_count; i++)
        tests[i] = (struct CMUnitTest){
            .name = http1_cases[i].name, .test_func = check_case, .initial_state = (void *)(uintptr_t)&http1_cases[i]};
    int failed = tests ? _cmocka_run_group_tests("http1_cases", tests, http1_case_count, NULL, NULL) : 1;
    free(tests);
    return failed;
}
