#!/bin/sh
# otel/opentelemetry-collector-contrib for a machine that can pull no image: the Collector of the
# same version, built with Go from its modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

"$here/../need.sh" go golang-go

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/Dockerfile" "$here/manifest.yaml" "$work"
cd "$work"
go run go.opentelemetry.io/collector/cmd/builder@v0.145.0 --config manifest.yaml
docker build -t flowlogs-stand-in/otel-collector:0.145.0 .
