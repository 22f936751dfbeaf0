#!/bin/sh
# otel/opentelemetry-collector-contrib for a machine that can pull no image: a Collector built with
# Go from its modules.
set -eu
here=$(cd "$(dirname "$0")" && pwd)

"$here/../need.sh" go golang-go

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp "$here/Dockerfile" "$here/manifest.yaml" "$work"
cd "$work"
if [ -z "$(go env GOTOOLCHAIN)" ]; then
  # Debian's Go is too old for the Collector, and does not know yet that a newer one is a module.
  module=golang.org/toolchain@v0.0.1-go1.25.5.$(go env GOOS)-$(go env GOARCH)
  go mod download "$module"
  cp -r "$(go env GOMODCACHE)/$module" go
  chmod -R u+w go
  chmod -R +x go/bin go/pkg/tool
  PATH=$work/go/bin:$PATH
fi
go run go.opentelemetry.io/collector/cmd/builder@v0.145.0 --config manifest.yaml
docker build -t flowlogs-stand-in/otel-collector:0.145.0 .
