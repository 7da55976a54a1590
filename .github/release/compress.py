#!/usr/bin/env python3
"""Makes another OCI image layout of one, with its layers compressed anew, and prints the digest of the image. Says how large
each platform's is, and fails where one is larger than it may be (docs/image.md).

    compress.py LAYOUT ANOTHER

What builders compress is 6 to 10 % larger, and registries keep layers as they are pushed.
"""

import gzip
import hashlib
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

# KiB.
MOST_UNPACKED = 5120
MOST_COMPRESSED = 2304


class Layout:
    """A directory as https://github.com/opencontainers/image-spec/blob/main/image-layout.md has it."""

    def __init__(self, path):
        self.path = path
        self.index = path / "index.json"

    def blob(self, descriptor):
        return self.path / "blobs" / descriptor["digest"].replace(":", "/")

    def read(self, descriptor):
        return self.blob(descriptor).read_bytes()

    def write(self, descriptor, data):
        """Names the data in the descriptor."""
        descriptor["digest"] = "sha256:" + hashlib.sha256(data).hexdigest()
        descriptor["size"] = len(data)
        self.blob(descriptor).parent.mkdir(parents=True, exist_ok=True)
        self.blob(descriptor).write_bytes(data)


def as_json(value):
    return json.dumps(value, separators=(",", ":")).encode()


def compress(image, source, target):
    """The image of one platform. Gives the sizes of all files, and of what is pulled, in bytes."""
    manifest = json.loads(source.read(image))
    # They name the stage before, which nobody else has.
    manifest.pop("annotations", None)
    unpacked = 0
    for layer in manifest["layers"]:
        archive = gzip.decompress(source.read(layer))
        unpacked += sum(member.size for member in tarfile.open(fileobj=io.BytesIO(archive)))
        smallest = subprocess.run(["libdeflate-gzip", "-12"], input=archive, stdout=subprocess.PIPE, check=True)
        target.write(layer, smallest.stdout)
    target.write(manifest["config"], source.read(manifest["config"]))
    target.write(image, as_json(manifest))
    return unpacked, sum(layer["size"] for layer in manifest["layers"])


def kib(size):
    return (size + 1023) // 1024


def main():
    source, target = map(Layout, map(Path, sys.argv[1:]))
    layout = json.loads(source.index.read_bytes())
    [descriptor] = layout["manifests"]
    index = json.loads(source.read(descriptor))
    index["manifests"].sort(key=lambda image: image["platform"]["architecture"])
    is_too_large = False
    for image in index["manifests"]:
        unpacked, compressed = map(kib, compress(image, source, target))
        print(
            f"{image['platform']['architecture']}: {unpacked} of {MOST_UNPACKED} KiB unpacked, "
            f"{compressed} of {MOST_COMPRESSED} KiB to pull",
            file=sys.stderr,
        )
        is_too_large |= unpacked > MOST_UNPACKED or compressed > MOST_COMPRESSED
    target.write(descriptor, as_json(index))
    target.index.write_bytes(as_json(layout))
    (target.path / "oci-layout").write_text('{"imageLayoutVersion":"1.0.0"}')
    if is_too_large:
        sys.exit("compress: the image is larger than it may be (docs/image.md)")
    print(descriptor["digest"])


main()
