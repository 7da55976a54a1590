#!/usr/bin/env bash
# Prints how large the image of a binary is, and fails where that is more than it may be (docs/image.md).
#
#   size.sh NAME BINARY [BYTES]   BYTES: of the whole image, where there is one; else the binary's
set -euo pipefail

# KiB.
most_unpacked=5120
most_compressed=2304

name=${1:?usage: size.sh NAME BINARY [BYTES]}
binary=${2:?usage: size.sh NAME BINARY [BYTES]}
unpacked=${3:-$(wc -c <"$binary")}
# A registry keeps layers compressed: this is what a pull transfers.
compressed=$(gzip -9 --stdout "$binary" | wc -c)
unpacked=$(((unpacked + 1023) / 1024))
compressed=$(((compressed + 1023) / 1024))
echo "$name: $unpacked of $most_unpacked KiB unpacked, $compressed of $most_compressed KiB compressed"
if ((unpacked > most_unpacked || compressed > most_compressed)); then
  echo "size: $name is larger than it may be (docs/image.md)" >&2
  exit 1
fi
