/*
 * The reader as a filter, for tests in other languages.
 *
 *     read_http1            each line of standard input is a connection's bytes in hexadecimal; each line of output is
 *                           what the reader makes of them, as http1_transcript.h describes it, in hexadecimal
 *     read_http1 --common   the same, of what any reader tells
 *     read_http1 --cases    the table of http1_cases.c: lines NAME STATUS INPUT, the input in hexadecimal, "-" for an
 *                           empty one
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/web/http1/http1_cases.h"
#include "tests/web/http1/http1_transcript.h"

static void print_hex(struct view bytes)
{
    for (size_t i = 0; i < bytes.len; i++)
        printf("%02x", (unsigned char)bytes.data[i]);
}

static void print_cases(void)
{
    for (size_t i = 0; i < http1_case_count; i++) {
        printf("%s %u ", http1_cases[i].name, http1_cases[i].http_status);
        print_hex(http1_cases[i].input);
        puts(http1_cases[i].input.len ? "" : "-");
    }
}

/* Turns digits into bytes in their place; returns how many. */
static size_t decode(char *line, size_t len)
{
    size_t count = 0;
    for (size_t i = 0; i + 1 < len; i += 2) {
        char digits[3] = {line[i], line[i + 1], 0};
        line[count++] = (char)strtoul(digits, NULL, 16);
    }
    return count;
}

static void read_line(char *line, size_t len, bool only_common)
{
    struct http1_transcript transcript;
    http1_transcript_init(&transcript);
    transcript.only_common = only_common;
    http1_transcript_of(view_make(line, decode(line, len)), &transcript);
    print_hex(buf_view(&transcript.text));
    putchar('\n');
    fflush(stdout);
    http1_transcript_free(&transcript);
}

int main(int argc, char **argv)
{
    bool only_common = argc == 2 && strcmp(argv[1], "--common") == 0;
    if (argc == 2 && strcmp(argv[1], "--cases") == 0) {
        print_cases();
        return 0;
    }
    if (argc != 1 && !only_common) {
        fprintf(stderr, "usage: read_http1 [--common | --cases]\n");
        return 2;
    }
    char *line = NULL;
    size_t room = 0;
    for (ssize_t len; (len = getline(&line, &room, stdin)) >= 0;)
        read_line(line, (size_t)len, only_common);
    free(line);
    return 0;
}
