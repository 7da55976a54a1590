#!/usr/bin/env bash
# Makes the image `run-azure-pipeline:local` from the work tree, without pulling anything.
# Where no engine runs, the image is left as .e2e/image.tar, for `docker load`.
#
#   BINARY=PATH   takes this static binary instead of building one
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
# shellcheck source=tests/e2e/engine.sh
source "$here/engine.sh"

target=$(uname -m)-unknown-linux-musl
binary=${BINARY:-}
if [[ -z $binary ]]; then
  cargo build --manifest-path "$root/Cargo.toml" --release --locked --target "$target" --bin run-azure-pipeline
  binary=${CARGO_TARGET_DIR:-$root/target}/$target/release/run-azure-pipeline
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/run-azure-pipeline-image.XXXXXX")
trap 'engine_down; rm -rf "$work"' EXIT
engine_up "$work"

mkdir -p "$work/context/image"
cp "$binary" "$work/context/image/run-azure-pipeline"
ln -s run-azure-pipeline "$work/context/image/clean-up"
build_image --target prebuilt --file "$root/Dockerfile" --tag run-azure-pipeline:local "$work/context"

echo "image: run-azure-pipeline:local, $(docker image inspect --format '{{.Size}}' run-azure-pipeline:local) bytes"
if [[ -n $engine_pid ]]; then
  mkdir -p "$root/.e2e"
  docker save --output "$root/.e2e/image.tar" run-azure-pipeline:local
  echo "saved: .e2e/image.tar"
fi
