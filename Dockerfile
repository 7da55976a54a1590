# The image of the action: one static binary on nothing.
#
#   docker build .                              builds the binary from source
#   docker build --target prebuilt -f Dockerfile DIRECTORY
#                                               takes DIRECTORY/image, which has the binary `run-azure-pipeline`, built
#                                               beforehand, and the link `clean-up` to it; pulls no image. For several
#                                               platforms: DIRECTORY/image/amd64, DIRECTORY/image/arm64
#
# The order of the stages is for builders without BuildKit: they build every stage up to the target,
# so `prebuilt` must stand before anything that has to be pulled.
ARG RUST_IMAGE=rust:1.95.0-alpine

# What both images share. No WORKDIR: the runner sets its own. Root: the runner's files belong to root.
# The runner gives the post step a path of its own, without arguments: a link to the binary, which looks at its name.
# The exec form makes the binary PID 1, so that the runner's signals reach it.
FROM scratch AS base
LABEL org.opencontainers.image.title="run-azure-pipeline" \
      org.opencontainers.image.description="GitHub Action that starts an Azure DevOps pipeline and follows it to its end" \
      org.opencontainers.image.licenses="Apache-2.0 OR MIT"
ENTRYPOINT ["/run-azure-pipeline"]

FROM base AS prebuilt
# BuildKit says for which platform it builds, and then there is a folder for each; other builders say nothing.
ARG TARGETARCH
COPY image/${TARGETARCH} /

# Alpine's Rust builds for musl, that is statically, on either architecture.
FROM ${RUST_IMAGE} AS build
WORKDIR /source
# rust-toolchain.toml stays outside: it would download the linters. The image's version is the toolchain's.
COPY Cargo.toml Cargo.lock build.rs ./
COPY .cargo .cargo
# Cargo loads every member of the workspace, also those that it does not build.
COPY tests/documents tests/documents
COPY tests/simulator tests/simulator
COPY src src
# With a target, so that .cargo/config.toml is for the binary and not for the build scripts.
RUN target=$(uname -m)-unknown-linux-musl \
 && cargo build --release --locked --target "$target" --bin run-azure-pipeline \
 && mkdir /image \
 && cp "target/$target/release/run-azure-pipeline" /image \
 && ln -s run-azure-pipeline /image/clean-up

FROM base
COPY --from=build /image/ /
