#!/bin/sh
# Makes the secrets that are not there yet.
set -eu
cd "$(dirname "$0")"
# The folder keeps others out; in the containers, the files are for any user.
mkdir -p -m 700 secrets
[ -s secrets/access-key ] || head -c 32 /dev/urandom | base64 | tr -d '=+/\n' >secrets/access-key
chmod 644 secrets/*
