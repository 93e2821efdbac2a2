# BuildKit and the legacy builder both read this file: no syntax line, no RUN --mount.
ARG BUILDER=rust:1.95-slim-bookworm

FROM ${BUILDER} AS build
# The C code of aws-lc needs a compiler and nothing else; its own search for cmake is not wanted.
ENV AWS_LC_SYS_CMAKE_BUILDER=0 \
    RUSTFLAGS="-C target-feature=+crt-static"
WORKDIR /build

# Dependencies first, in a layer that stays as long as the manifests do: empty sources stand in for ours.
COPY .cargo .cargo
COPY Cargo.toml Cargo.lock ./
COPY tests/registry/Cargo.toml tests/registry/
RUN mkdir -p src tests/registry/src \
 && touch src/lib.rs tests/registry/src/lib.rs \
 && echo 'fn main() {}' > src/main.rs \
 && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" --bin truxe-registry-action

# Older than the stand-ins' build, a source would count as built: touch makes it new.
COPY src src
RUN touch src/lib.rs src/main.rs \
 && cargo build --release --locked --target "$(uname -m)-unknown-linux-gnu" --bin truxe-registry-action

# What the last image holds, laid out as it will be found.
RUN mkdir -p /image/etc/ssl/certs /image/tmp \
 && chmod 1777 /image/tmp \
 && cp /etc/ssl/certs/ca-certificates.crt /image/etc/ssl/certs/ \
 && echo 'hosts: files dns' > /image/etc/nsswitch.conf \
 && cp "target/$(uname -m)-unknown-linux-gnu/release/truxe-registry-action" /image/

FROM scratch
LABEL org.opencontainers.image.title="truxe-registry-action" \
      org.opencontainers.image.description="Publishes one container image to every registry: same bytes, same tags, all or none." \
      org.opencontainers.image.source="https://github.com/wundam/truxe-registry-action" \
      org.opencontainers.image.licenses="MIT OR Apache-2.0"
COPY --from=build /image /
ENTRYPOINT ["/truxe-registry-action"]
