#!/bin/sh
# Owns the action's first step: installs covgate for this job, from the archive that the cache kept if it
# is the release's. It must not know what covgate is run for.
#
# Reads INPUT_VERSION, ACTION_FOLDER, RUNNER_TEMP; writes GITHUB_PATH. (In a composite action GitHub does
# not say which repository the action is from, so install.sh must know.)
set -eu

folder=$RUNNER_TEMP/covgate
sh "$ACTION_FOLDER/install.sh" --version "$INPUT_VERSION" --to "$folder/bin" --cache "$folder/cache"
printf '%s\n' "$folder/bin" >>"$GITHUB_PATH"
