#!/bin/sh
# Stands in for wrangler in tests: what it says to a command lies in files that are called
# by the command's first word, beside node_modules/. What it is given to serve is online.
cd "$(dirname "$0")/../.." || exit 1
echo "$*" >> asked
[ "$1" = deploy ] && [ "$2" = --assets ] && rm -rf online && cp -R "$3" online
[ -e "$1.out" ] && cat "$1.out"
[ -e "$1.err" ] && cat "$1.err" >&2 && exit 1
exit 0
