#!/bin/sh
# Owns the gate in a job of GitLab: runs covgate, writes the reports that GitLab reads, and the outputs as
# variables. It must not know how covgate got here, nor how a comment is written.
#
# Reads GATE_ARGS, GATE_SINCE, CI_MERGE_REQUEST_DIFF_BASE_SHA, CI_PROJECT_DIR; writes the folder
# .covgate-ci. Ends with covgate's exit code.
set -eu
# shellcheck source=../common.sh
. "$(dirname "$0")/../common.sh"
need_jq

since=${GATE_SINCE:-auto}
case $since in
none) since= ;;
auto)
	since=${CI_MERGE_REQUEST_DIFF_BASE_SHA:-}
	if [ -n "$since" ]; then deepen "$since" "$since"; fi
	;;
esac

# GitLab takes artifacts from the project's folder only; covgate looks into no hidden one.
folder=$CI_PROJECT_DIR/.covgate-ci
gate "$folder" "$since" "${GATE_ARGS:-}" \
	--report "junit=$folder/junit.xml" --report "cobertura=$folder/cobertura.xml"

total=$(total "$folder/report.json")
patch=$(patch "$folder/report.json")
{
	printf 'GATE_EXIT_CODE=%s\n' "$code"
	if [ -n "$total" ]; then printf 'GATE_TOTAL=%s\n' "$total"; fi
	if [ -n "$patch" ]; then printf 'GATE_PATCH=%s\n' "$patch"; fi
} >"$folder/gate.env"
# The template's `coverage` finds the total in the log by these words.
if [ -n "$total" ]; then printf 'covgate total: %s%%\n' "$total"; fi
exit "$code"
