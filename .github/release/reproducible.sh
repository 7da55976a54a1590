#!/usr/bin/env bash
# Builds what HEAD has twice, from two places with nothing in common, and fails where the results differ: the binary by its
# bytes, and the image's layer as an archive with the times of the release.
#
#   reproducible.sh [amd64|arm64]
#
# Needs what build.sh needs.
set -euo pipefail

platform=${1:-amd64}
root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
time=$(git -C "$root" log -1 --format=%ct)

# build NAME TREE TARGET: prints the digests of the binary and of the layer.
build() {
  mkdir -p "$2"
  git -C "$root" archive HEAD | tar --extract --directory "$2"
  CARGO_TARGET_DIR=$3 "$2/.github/release/build.sh" "$work/$1" "$platform" >&2
  sha256sum <"$work/$1/image/$platform/run-azure-pipeline" | sed 's/ .*/  binary/'
  tar --create --directory "$work/$1/image/$platform" --sort=name --mtime="@$time" --owner=0 --group=0 --numeric-owner . |
    sha256sum | sed 's/ .*/  layer/'
  rm -rf "$2" "$3"
}

build first "$work/tree" "$work/target" >"$work/first.txt"
build second "$work/another/place/for/the/same" "$work/elsewhere/target" >"$work/second.txt"
cat "$work/first.txt"
if ! diff "$work/first.txt" "$work/second.txt"; then
  echo "reproducible: two builds of the same tree differ" >&2
  exit 1
fi
