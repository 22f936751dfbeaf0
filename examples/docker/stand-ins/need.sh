#!/bin/sh
# need.sh PROGRAM PACKAGE …: installs Debian's package of each program that is not there.
set -eu
missing=
while [ $# -gt 0 ]; do
  command -v "$1" >/dev/null || missing="$missing $2"
  shift 2
done
[ -z "$missing" ] && exit
if [ "$(id -u)" -ne 0 ] || ! command -v apt-get >/dev/null; then
  echo "missing:$missing; only root can install them, and only with apt-get" >&2
  exit 1
fi
echo "installing$missing"
apt-get update -qq
# shellcheck disable=SC2086
DEBIAN_FRONTEND=noninteractive apt-get install -qq -y --no-install-recommends $missing
