#!/usr/bin/env bash
# Builds the static binary for both platforms and lays out what the stage `prebuilt` of the Dockerfile takes. The same tree
# gives the same bytes wherever it lies (reproducible.sh).
#
#   build.sh DIRECTORY [amd64] [arm64]
#
# Needs rustup, musl-tools for amd64 and gcc-aarch64-linux-gnu for arm64 (ring has C code; the linker is Rust's).
set -euo pipefail

directory=${1:?usage: build.sh DIRECTORY [PLATFORM...]}
shift
platforms=("$@")
((${#platforms[@]})) || platforms=(amd64 arm64)
root=$(cd "$(dirname "$0")/../.." && pwd)
cargo_home=${CARGO_HOME:-$HOME/.cargo}

# Paths stand in the messages of panics. They are joined to the flags of .cargo/config.toml.
remap="target.'cfg(all(target_os = \"linux\", target_env = \"musl\"))'.rustflags=[\
\"--remap-path-prefix=$root=/source\",\"--remap-path-prefix=$cargo_home=/cargo\"]"

for platform in "${platforms[@]}"; do
  case $platform in
    amd64) target=x86_64-unknown-linux-musl ;;
    arm64)
      target=aarch64-unknown-linux-musl
      export CC_aarch64_unknown_linux_musl=${CC_aarch64_unknown_linux_musl:-aarch64-linux-gnu-gcc}
      ;;
    *)
      echo "build: no such platform: $platform (amd64, arm64)" >&2
      exit 2
      ;;
  esac
  (
    cd "$root"
    rustup target add "$target" >/dev/null 2>&1
    # ring's C code, too.
    export CFLAGS="-ffile-prefix-map=$cargo_home=/cargo"
    cargo build --config "$remap" --release --locked --target "$target" --bin run-azure-pipeline
  )
  mkdir -p "$directory/image/$platform"
  install -m 755 "${CARGO_TARGET_DIR:-$root/target}/$target/release/run-azure-pipeline" "$directory/image/$platform/"
  ln -sf run-azure-pipeline "$directory/image/$platform/clean-up"
done
