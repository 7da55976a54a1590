#!/usr/bin/env bash
# Installs what the scripts beside it need, on a Debian-like machine, as root; rustup, python3 and git are there.
set -euo pipefail

export DEBIAN_FRONTEND=noninteractive
apt-get -qq update
# ring has C code: a compiler for either platform. The linker is Rust's.
apt-get -qq install --yes --no-install-recommends \
  musl-tools gcc-aarch64-linux-gnu libc6-dev-arm64-cross buildah skopeo libdeflate-tools
