#!/bin/sh
# Owns which version the action installs: the one asked for, or that of the action itself. It must not
# know how it is installed.
#
# Reads INPUT_VERSION and ACTION_FOLDER; writes `version` to GITHUB_OUTPUT.
set -eu

version=${INPUT_VERSION#v}
if [ -z "$version" ]; then
	version=$(sed -n 's/^version = "\(.*\)"$/\1/p' "$ACTION_FOLDER/Cargo.toml" | head -n 1)
fi
printf 'version=%s\n' "$version" >>"$GITHUB_OUTPUT"
