#!/bin/sh
# Makes the secrets that are not there yet: an access key, and certificates for both ends.
set -eu
cd "$(dirname "$0")"
# The folder keeps others out; in the containers, the files are for any user.
mkdir -p -m 700 secrets
cd secrets
random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
[ -s access-key ] || random 32 >access-key

key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
if ! [ -s authority.pem ]; then
  key authority.key
  openssl req -x509 -new -key authority.key -days 3650 -subj '/CN=Authority of the example' -out authority.pem
fi
# certificate NAME EXTENSIONS
certificate() {
  [ -s "$1.pem" ] && return
  key "$1.key"
  printf '%b\n' "$2" >"$1.extensions"
  openssl req -new -key "$1.key" -subj "/CN=$1" |
    openssl x509 -req -CA authority.pem -CAkey authority.key -CAcreateserial -days 3650 \
      -extfile "$1.extensions" -out "$1.pem" 2>openssl.log || { cat openssl.log >&2 && exit 1; }
}
certificate fluent-bit 'subjectAltName=DNS:fluent-bit\nextendedKeyUsage=serverAuth'
certificate flowlogs 'extendedKeyUsage=clientAuth'
chmod 644 ./*
