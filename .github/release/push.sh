#!/usr/bin/env bash
# Pushes the image of an OCI image layout, every platform, by digest alone, so that no tag moves. Prints NAME@DIGEST.
#
#   push.sh LAYOUT NAME
#
# Needs skopeo, which knows the credentials of `docker login`.
set -euo pipefail

layout=${1:?usage: push.sh LAYOUT NAME}
name=${2:?usage: push.sh LAYOUT NAME}

digest=sha256:$(skopeo inspect --raw "oci:$layout" | sha256sum | cut -d ' ' -f 1)
skopeo copy --quiet --all --preserve-digests "oci:$layout" "docker://$name@$digest" >&2
printf '%s\n' "$name@$digest"
