#include "tests/support/postgresql_server.h"

#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static void read_line(FILE *from, char *line, size_t line_bytes)
{
    if (!fgets(line, (int)line_bytes, from))
        fail_msg("the PostgreSQL server's script has ended");
    line[strcspn(line, "\n")] = '\0';
}

void postgresql_server_start(struct postgresql_server *server)
{
    int commands[2];
    int answers[2];
    assert_int_equal(pipe2(commands, O_CLOEXEC), 0);
    assert_int_equal(pipe2(answers, O_CLOEXEC), 0);
    server->script = fork();
    assert_true(server->script >= 0);
    if (server->script == 0) {
        static const char script[] = "tests/support/postgresql_server.sh";
        dup2(commands[0], STDIN_FILENO);
        dup2(answers[1], STDOUT_FILENO);
        execl(script, script, "-c", "fsync=off", NULL);
        _exit(127);
    }
    close(commands[0]);
    close(answers[1]);
    server->commands = fdopen(commands[1], "w");
    server->answers = fdopen(answers[0], "r");
    read_line(server->answers, server->directory, sizeof(server->directory));
}

void postgresql_server_end(struct postgresql_server *server)
{
    fclose(server->commands);
    waitpid(server->script, NULL, 0);
    fclose(server->answers);
}

const char *postgresql_server_command(struct postgresql_server *server, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(server->commands, format, arguments);
    va_end(arguments);
    fputc('\n', server->commands);
    fflush(server->commands);
    read_line(server->answers, server->answer, sizeof(server->answer));
    if (strncmp(server->answer, "ERROR", 5) == 0)
        fail_msg("%s", server->answer);
    return server->answer;
}

void postgresql_server_uri(const struct postgresql_server *server, const char *socket_directory, const char *schema,
                           char *uri, size_t uri_bytes)
{
    int len = snprintf(uri, uri_bytes, "postgresql://tracks:tracks@/postgres?host=%s&options=-csearch_path%%3D%s",
                       socket_directory ? socket_directory : server->directory, schema);
    assert_true(len > 0 && (size_t)len < uri_bytes);
}
