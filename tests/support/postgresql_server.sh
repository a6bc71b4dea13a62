#!/usr/bin/env bash
# A PostgreSQL server for tests, on a cluster of its own in a temporary directory, which goes when stdin is closed.
#
#   tests/support/postgresql_server.sh [--standby-of=DIRECTORY] [SERVER FLAG…]
#
# Prints the directory once the server accepts connections on the Unix socket there (port 5432 by name), and on 127.0.0.1 when
# the flags say so: -c port=54321 -c listen_addresses=127.0.0.1. Its super-user is `tracks` with the password `tracks`, its
# database `postgres`. A standby follows the server of another directory. Then takes commands on stdin, one a line, and answers
# each with a line when it is done:
#
#   stop       ends the server as a restart does: connections are closed, transactions in flight are rolled back
#   kill       ends it with SIGKILL
#   start      starts it again
#   freeze     stops all of its processes, as a machine that hangs does
#   thaw       lets them go on
#   promote    makes a standby a primary
#   sql TEXT   runs SQL; the answer is what it gives, rows and columns separated by "|", or "ERROR: …"
#
# PostgreSQL refuses to run as root: then it runs as `postgres`, or, where that user cannot be had (a container with one user), in
# a user namespace in which root has another number.
set -euo pipefail

primary=''
if [[ ${1-} == --standby-of=* ]]; then
    primary=${1#*=}
    shift
fi
flags=("$@")
bin=$(printf '%s\n' /usr/lib/postgresql/*/bin | sort -V | tail -n 1)
directory=$(mktemp -d /tmp/postgresql_XXXXXX) # short: a socket's path has 107 bytes at most
postmaster='' logger=''
export PGPASSWORD=tracks

as_user=(setpriv --pdeathsig INT)
if [ "$(id -u)" -eq 0 ]; then
    if setpriv --reuid=postgres --regid=postgres --clear-groups true 2>/dev/null; then
        as_user+=(--reuid=postgres --regid=postgres --clear-groups)
        chown postgres "$directory"
    else
        as_user=(unshare --user --map-user=1000 "${as_user[@]}")
    fi
fi

# The log's end is the end of the server's last process.
start() {
    local line ready=''
    coproc log { exec "${as_user[@]}" "$bin/postgres" -D "$directory/data" -k "$directory" -c listen_addresses= "${flags[@]}" 2>&1; }
    postmaster=$log_PID
    exec 3<&"${log[0]}"
    while [ -z "$ready" ] && read -r line <&3; do
        echo "$line" >>"$directory/log"
        case $line in *'ready to accept connections'* | *'ready to accept read-only connections'*) ready=yes ;; esac
    done
    [ -n "$ready" ] || { cat "$directory/log" >&2; exit 1; }
    cat <&3 >>"$directory/log" &
    logger=$!
}

# end SIGNAL
end() {
    kill -s "$1" "$(head -n 1 "$directory/data/postmaster.pid")"
    { wait "$postmaster" || true; } 2>/dev/null
    wait "$logger"
    postmaster=''
}

# signal NAME: to every process of the server
signal() {
    local pid
    pid=$(head -n 1 "$directory/data/postmaster.pid")
    pkill --signal "$1" --parent "$pid" || true
    kill -s "$1" "$pid"
}

leave() {
    [ -z "$postmaster" ] || { signal CONT && end INT; }
    rm -rf "$directory"
}
trap leave EXIT
trap 'exit 1' TERM INT

sql() {
    psql --no-psqlrc --quiet --tuples-only --no-align --host="$directory" --username=tracks postgres \
        --command="$1" 2>&1 | tr '\n' '|' | sed 's/|$//'
}

make_cluster() {
    if [ -n "$primary" ]; then
        "${as_user[@]}" "$bin/pg_basebackup" --pgdata="$directory/data" --write-recovery-conf --checkpoint=fast --no-sync \
            --dbname="host=$primary user=tracks password=tracks"
    else
        echo tracks >"$directory/password"
        "${as_user[@]}" "$bin/initdb" --pgdata="$directory/data" --username=tracks --pwfile="$directory/password" \
            --auth=scram-sha-256 --encoding=UTF8 --locale=C --no-sync
    fi
}

make_cluster >"$directory/log" 2>&1 || { cat "$directory/log" >&2; exit 1; }
start
echo "$directory"
while read -r command text; do
    case $command in
    stop) end INT ;;
    kill) end KILL ;;
    start) start ;;
    freeze) signal STOP ;;
    thaw) signal CONT ;;
    promote) "${as_user[@]}" "$bin/pg_ctl" promote --pgdata="$directory/data" --silent ;;
    sql) sql "$text"; echo; continue ;;
    esac
    echo "$command"
done
