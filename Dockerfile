# covgate on an image with go and git, for CI. The program is static, so any image of go will do:
#
#   docker build --build-arg GO=1.26-alpine --tag covgate .
#   docker run --rm --volume "$PWD:/src" --workdir /src covgate check
ARG GO=1.26
ARG RUST=1.95

FROM rust:${RUST}-alpine AS build
RUN apk add --no-cache musl-dev
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package covgate-go --bin covgate

FROM golang:${GO}
COPY --from=build /src/target/release/covgate /usr/local/bin/covgate
# Go's images on Alpine have no git. A repository that is mounted belongs to another user than the
# container's.
RUN if ! command -v git; then apk add --no-cache git; fi; git config --system --add safe.directory '*'
ENTRYPOINT ["covgate"]
CMD ["check"]
