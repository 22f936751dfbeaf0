#!/bin/sh
# Makes the secrets that are not there yet.
set -eu
cd "$(dirname "$0")"
# The folder keeps others out; in the containers, the files are for any user.
mkdir -p -m 700 secrets
cd secrets
random() { head -c "$1" /dev/urandom | od -An -v -tx1 | tr -d ' \n'; }
[ -s access-key ] || random 32 >access-key
[ -s splunk-password ] || random 16 >splunk-password
[ -s hec-token ] || random 16 |
  sed 's/^\(.\{8\}\)\(.\{4\}\)\(.\{4\}\)\(.\{4\}\)/\1-\2-\3-\4-/' >hec-token
# What Splunk's image reads: https://splunk.github.io/docker-splunk/ADVANCED.html
cat >splunk.yml <<END
splunk:
  password: $(cat splunk-password)
  hec:
    enable: True
    ssl: False
    port: 8088
    token: $(cat hec-token)
END
chmod 644 ./*
