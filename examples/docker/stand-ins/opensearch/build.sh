#!/bin/sh
# opensearchproject/opensearch for a machine that can pull no image: a node of the same version,
# made of its jars from Maven Central, with HTTP and without plugins.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
peers=$here/../../../../packages/siem/peers

"$here/../need.sh" mvn maven javac default-jdk-headless

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/Dockerfile" "$here/SearchNode.java" "$peers/opensearch/pom.xml" "$peers/log4j2.properties" \
  "$work"
cd "$work"
mvn -q -B dependency:copy-dependencies -DoutputDirectory=jars
javac --class-path 'jars/*' -d classes SearchNode.java
docker build -t flowlogs-stand-in/opensearch:2.19.3 .
