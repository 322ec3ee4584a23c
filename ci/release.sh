#!/bin/sh
# Owns what a release's job builds for one target: the archive and the wheel, into target/dist. It must
# not know where the job runs, nor what becomes of the files.
#
#   ci/release.sh TARGET COMPATIBILITY
#
# COMPATIBILITY is that of the wheel: manylinux2014, musllinux_1_2, or off. Needs rustup and a Python.
set -eu
target=$1 compatibility=$2

toolchain=$(sed -n 's/^rust-version = "\(.*\)"$/\1/p' Cargo.toml)
rustup toolchain install "$toolchain" --profile minimal --target "$target"
export RUSTUP_TOOLCHAIN="$toolchain"
cargo xtask dist --target "$target"

python=python3
# The containers for old versions of glibc keep their Pythons apart.
if [ -x /opt/python/cp312-cp312/bin/python ]; then python=/opt/python/cp312-cp312/bin/python; fi
"$python" -m venv target/wheel-tools
target/wheel-tools/bin/pip install --quiet --disable-pip-version-check 'maturin>=1.7,<2'
target/wheel-tools/bin/maturin build --release --locked --target "$target" \
	--compatibility "$compatibility" --out target/dist
