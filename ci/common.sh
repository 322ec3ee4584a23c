# Owns what the steps for GitHub and GitLab share: the run of covgate, its numbers, the comment's text,
# and requests to either platform's API. It must not know which platform it runs on.
# shellcheck shell=sh

# The comment that is updated in place is the one that begins with this.
marker='<!-- covgate -->'

# GitHub takes 65,536 characters in a comment.
limit=60000

say() {
	printf '%s\n' "$*" >&2
}

# Whether an input means yes.
is_on() {
	case $1 in
	true | 1 | yes | on) return 0 ;;
	*) return 1 ;;
	esac
}

need_jq() {
	if command -v jq >/dev/null 2>&1; then return; fi
	say "error: this step needs jq, and there is none"
	exit 4
}

# gate FOLDER SINCE ARGS [OPTION…]: runs covgate, with the reports that the other steps read in the
# folder, and sets `code`. ARGS are the user's, divided at blanks.
gate() {
	folder=$1 since=$2 args=$3
	shift 3
	mkdir -p "$folder"
	rm -f "$folder/report.json" "$folder/report.md" "$folder/code"
	set -- "$@" --report "json=$folder/report.json" --report "markdown=$folder/report.md"
	if [ -n "$since" ]; then set -- "$@" --since "$since"; fi
	set -f
	# shellcheck disable=SC2086 # divided at blanks, as said
	set -- "$@" $args
	set +f
	code=0
	covgate check "$@" || code=$?
	printf '%s\n' "$code" >"$folder/code"
}

# Makes sure that REV and HEAD have a common ancestor here: CI often clones one commit only.
deepen() {
	if git merge-base "$1" HEAD >/dev/null 2>&1; then return; fi
	if [ "$(git rev-parse --is-shallow-repository)" = true ]; then
		git fetch --quiet --no-tags --unshallow origin || true
	fi
	if git merge-base "$1" HEAD >/dev/null 2>&1; then return; fi
	if [ -n "${2:-}" ]; then git fetch --quiet --no-tags origin "$2" || true; fi
}

# number FILTER REPORT: a percentage of a report, to one decimal as in the table; nothing if it is not known.
number() {
	jq -r "($1) // empty | tostring | if contains(\".\") then . else . + \".0\" end" "$2" 2>/dev/null || true
}

# How much of all statements is covered, if everything was measured.
total() {
	number 'if .unaffected == 0 then .totals.percent else null end' "$1"
}

# How much of the changed statements is covered, if there are any.
patch() {
	number '.change.percent' "$1"
}

# Writes the comment's text for the run in a folder.
comment_text() {
	printf '%s\n' "$marker"
	if [ -f "$1/report.md" ]; then
		if [ "$(wc -c <"$1/report.md")" -le "$limit" ]; then
			cat "$1/report.md"
		else
			# The table is a page's beginning; half an output of a test would be worth little.
			sed '/^<details>/,$d' "$1/report.md" | head -c "$limit" | sed '$d'
			printf '\nThe rest is too long for a comment: see the job.\n'
		fi
	else
		printf '### Coverage gate: no verdict\n\ncovgate ended with exit code %s; the log of the job says why.\n' \
			"$(cat "$1/code")"
	fi
}

# request METHOD URL HEADER [FILE]: asks the API and prints its answer. The header, which holds the
# token, is not on the command line, where other processes see it.
request() {
	method=$1 url=$2 header=$3
	shift 3
	if [ $# -gt 0 ]; then
		set -- --header 'Content-Type: application/json' --data-binary "@$1"
	fi
	printf 'header = "%s"\n' "$header" |
		curl --fail --silent --show-error --config - --request "$method" "$@" "$url"
}

# put_comment LIST ONE METHOD HEADER FILE: adds the comment in a file to a list, or changes the one that is
# there, at ONE/ID by METHOD. Prints nothing; fails if the API refuses.
put_comment() {
	id=$(own_comment "$1" "$4") || return 1
	if [ -n "$id" ]; then
		request "$3" "$2/$id" "$4" "$5"
	else
		request POST "$1" "$4" "$5"
	fi >/dev/null
}

# own_comment URL HEADER: the id of the first comment in a list that begins with the marker; nothing if
# there is none. Fails if the list cannot be read.
own_comment() {
	page=1
	while [ "$page" -le 50 ]; do
		list=$(request GET "$1?per_page=100&page=$page" "$2") || return 1
		id=$(printf '%s' "$list" | jq -r --arg marker "$marker" \
			'[.[] | select(.body // "" | startswith($marker)) | .id][0] // empty') || return 1
		if [ -n "$id" ]; then
			printf '%s\n' "$id"
			return
		fi
		if [ "$(printf '%s' "$list" | jq length)" -lt 100 ]; then return; fi
		page=$((page + 1))
	done
}
