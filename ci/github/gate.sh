#!/bin/sh
# Owns the action's gate: runs covgate, annotates, writes the summary and the outputs. It must not know
# how covgate got here, nor how a comment is written.
#
# Reads INPUT_ARGS, INPUT_SINCE, GITHUB_BASE_REF, RUNNER_TEMP; writes GITHUB_STEP_SUMMARY and GITHUB_OUTPUT.
# Ends with 0 whatever the verdict: the action's last step fails with covgate's exit code.
set -eu
# shellcheck source=../common.sh
. "$(dirname "$0")/../common.sh"
need_jq

since=${INPUT_SINCE:-auto}
case $since in
none) since= ;;
auto)
	since=
	if [ -n "${GITHUB_BASE_REF:-}" ]; then
		since=origin/$GITHUB_BASE_REF
		deepen "$since" "+refs/heads/$GITHUB_BASE_REF:refs/remotes/origin/$GITHUB_BASE_REF"
	fi
	;;
esac

folder=$RUNNER_TEMP/covgate/run
gate "$folder" "$since" "${INPUT_ARGS:-}" --report auto

if [ -f "$folder/report.md" ]; then cat "$folder/report.md" >>"$GITHUB_STEP_SUMMARY"; fi
{
	printf 'exit-code=%s\n' "$code"
	printf 'total=%s\n' "$(total "$folder/report.json")"
	printf 'patch=%s\n' "$(patch "$folder/report.json")"
} >>"$GITHUB_OUTPUT"
