#!/bin/sh
# Owns the comment in a pull request: one, updated in place. It must not know how the gate ran.
#
# Reads INPUT_COMMENT, INPUT_TOKEN, GITHUB_API_URL, GITHUB_REPOSITORY, GITHUB_EVENT_PATH, RUNNER_TEMP.
# Where it may not write, as in a pull request from a fork, it says so and ends with 0: a comment is no
# part of the verdict.
set -eu
# shellcheck source=../common.sh
. "$(dirname "$0")/../common.sh"

is_on "${INPUT_COMMENT:-true}" || exit 0
need_jq
number=$(jq -r '.pull_request.number // empty' "$GITHUB_EVENT_PATH")
[ -n "$number" ] || exit 0

folder=$RUNNER_TEMP/covgate/run
[ -f "$folder/code" ] || exit 0
comment_text "$folder" | jq -Rs '{ body: . }' >"$folder/comment.json"

issues=$GITHUB_API_URL/repos/$GITHUB_REPOSITORY/issues
header="Authorization: Bearer $INPUT_TOKEN"
if ! put_comment "$issues/$number/comments" "$issues/comments" PATCH "$header" "$folder/comment.json"; then
	echo "::notice::covgate could not write its comment: the job needs the permission pull-requests: write, which a pull request from a fork never has"
fi
