#!/bin/sh
# Owns the comment in a merge request: one, updated in place. It must not know how the gate ran.
#
# Reads GATE_COMMENT, GATE_TOKEN, CI_API_V4_URL, CI_PROJECT_ID, CI_MERGE_REQUEST_IID, CI_PROJECT_DIR.
# Where it may not write it says so and ends with 0: a comment is no part of the verdict.
set -eu
# shellcheck source=../common.sh
. "$(dirname "$0")/../common.sh"

is_on "${GATE_COMMENT:-true}" || exit 0
[ -n "${CI_MERGE_REQUEST_IID:-}" ] || exit 0
if [ -z "${GATE_TOKEN:-}" ]; then
	say "covgate writes no comment: GATE_TOKEN is not set (a job's own token may not write notes)"
	exit 0
fi
need_jq

folder=$CI_PROJECT_DIR/.covgate-ci
[ -f "$folder/code" ] || exit 0
comment_text "$folder" | jq -Rs '{ body: . }' >"$folder/comment.json"

notes=$CI_API_V4_URL/projects/$CI_PROJECT_ID/merge_requests/$CI_MERGE_REQUEST_IID/notes
header="PRIVATE-TOKEN: $GATE_TOKEN"
put_comment "$notes" "$notes" PUT "$header" "$folder/comment.json" || say "covgate could not write its comment: may GATE_TOKEN write notes here?"
