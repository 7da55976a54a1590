#!/usr/bin/env bash
# Builds what HEAD has twice, from two places with nothing in common, and fails where the digests of the images differ.
#
#   reproducible.sh [PLATFORM...]
#
# Needs what build.sh and image.sh need.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-reproducible.XXXXXX")
trap 'rm -rf "$work"' EXIT
platforms=("$@")
commit=$(git -C "$root" rev-parse HEAD)

# build NAME TREE TARGET: the digest of the image ends up in NAME.txt.
build() {
  git clone --quiet "$root" "$2"
  git -C "$2" checkout --quiet --detach "$commit"
  CARGO_TARGET_DIR=$3 "$2/.github/release/build.sh" "$work/$1" "${platforms[@]}"
  "$2/.github/release/image.sh" "$work/$1" "$work/$1.layout" 0.0.0 https://example.com/octo/demo >"$work/$1.txt"
  rm -rf "$2" "$3"
}

build first "$work/tree" "$work/target"
build second "$work/another/place/for/the/same" "$work/elsewhere/target"
cat "$work/first.txt"
if ! diff "$work/first.txt" "$work/second.txt"; then
  echo "reproducible: two builds of the same tree differ" >&2
  exit 1
fi
