#!/usr/bin/env bash
# Makes the image of what build.sh laid out, for each platform that is there, as an OCI image layout, and prints its digest:
# the same binaries of the same commit give the same. Says how large it is, and fails where that is more than it may be.
#
#   image.sh DIRECTORY LAYOUT VERSION SOURCE   SOURCE: the address of the repository
#
# Needs buildah, python3 and libdeflate-gzip (Debian: libdeflate-tools), and no engine; runs as root, because not every
# system lets others have the namespaces that buildah wants.
set -euo pipefail

usage="usage: image.sh DIRECTORY LAYOUT VERSION SOURCE"
directory=${1:?$usage}
layout=${2:?$usage}
version=${3:?$usage}
source=${4:?$usage}
here=$(cd "$(dirname "$0")" && pwd)

platforms=()
for path in "$directory"/image/*/; do
  platforms+=("linux/$(basename "$path")")
done

work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-image.XXXXXX")
trap 'rm -rf "$work"' EXIT
# The machine's own storage plays no part. Nothing is run and nothing pulled.
in_storage() {
  if ! buildah --root "$work/storage" --runroot "$work/run" --storage-driver vfs "$@" >"$work/log" 2>&1; then
    cat "$work/log" >&2
    exit 1
  fi
}
# With --layers a stage that adds no files adds no layer; with --no-cache no platform takes the layers of another.
in_storage build --layers --no-cache --isolation chroot --platform "$(IFS=, && echo "${platforms[*]}")" --manifest image \
  --timestamp "$(git -C "$here" log -1 --format=%ct)" --identity-label=false \
  --label "org.opencontainers.image.version=$version" \
  --label "org.opencontainers.image.revision=$(git -C "$here" rev-parse HEAD)" \
  --label "org.opencontainers.image.source=$source" \
  --target prebuilt --file "$here/../../Dockerfile" "$directory"
in_storage manifest push --all --format oci image "oci:$work/layout"
"$here/compress.py" "$work/layout" "$layout"
