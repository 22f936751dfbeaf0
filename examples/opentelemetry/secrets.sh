#!/bin/sh
# Makes the secrets that are not there yet.
set -eu
cd "$(dirname "$0")"
# The folder keeps others out; in the containers, the files are for any user.
mkdir -p -m 700 secrets
cd secrets
random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
[ -s access-key ] || random 32 >access-key
chmod 644 ./*
