#!/bin/sh
# Runs one test file with Debian's Python, the one that python3-grpcio is installed for.
here=$PWD/tests/e2e
PYTHONPATH=$here:$here/stubs exec /usr/bin/python3 -B -P "$1"
