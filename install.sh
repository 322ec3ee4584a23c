#!/bin/sh
# Installs covgate from a release, without root:
#
#   curl -fsSL ADDRESS/releases/latest/download/install.sh | sh
#
# It downloads one archive, compares it with the release's SHA256SUMS, and puts one program into a
# folder. It changes nothing else: no shell's start file, no other folder.
#
# An option wins over its variable:
#
#   --version V      INSTALL_COVGATE_VERSION  which release, such as 0.1.0 [default: the latest]
#   --to DIR         INSTALL_COVGATE_DIR      where to [default: $XDG_BIN_HOME, or ~/.local/bin]
#   --target TRIPLE  INSTALL_COVGATE_TARGET   for which machine [default: this one]
#   --cache DIR      INSTALL_COVGATE_CACHE    keep the archive there, and take it from there next time
#   --ci DIR                                  also put the scripts for CI into that folder
#                    INSTALL_COVGATE_FROM     the address of the repository, or of a mirror of it
#
# Exit codes: 0 covgate is installed; 1 it is not; 2 wrong usage.
set -eu

# Written by `cargo xtask docs`, from Cargo.toml.
repository=https://github.com/OWNER/covgate

say() {
	printf '%s\n' "$*" >&2
}

fail() {
	say "error: $1"
	shift
	for hint; do say "  hint: $hint"; done
	exit 1
}

usage() {
	say "error: $1"
	say "usage: install.sh [--version V] [--to DIR] [--target TRIPLE] [--cache DIR] [--ci DIR]"
	exit 2
}

has() {
	command -v "$1" >/dev/null 2>&1
}

# The triple of this machine.
platform() {
	system=$(uname -s)
	machine=$(uname -m)
	case $machine in
	x86_64 | amd64) machine=x86_64 ;;
	aarch64 | arm64) machine=aarch64 ;;
	esac
	case $system in
	Linux)
		# A program for glibc needs 2.17 or newer; the one for musl is static and runs anywhere.
		libc=musl
		case $(getconf GNU_LIBC_VERSION 2>/dev/null || true) in
		'glibc 2.'[0-9] | 'glibc 2.1'[0-6]) ;;
		'glibc '*) libc=gnu ;;
		esac
		printf '%s\n' "$machine-unknown-linux-$libc"
		;;
	Darwin)
		# A shell that runs under Rosetta says x86_64 on an arm64 machine.
		if [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || true)" = 1 ]; then machine=aarch64; fi
		printf '%s\n' "$machine-apple-darwin"
		;;
	*) printf '%s\n' "$machine-$system" ;;
	esac
}

# Downloads $1 into the file $2.
fetch() {
	if has curl; then
		case $1 in
		https:*) curl --fail --silent --show-error --location --proto '=https' --tlsv1.2 --output "$2" "$1" ;;
		*) curl --fail --silent --show-error --location --output "$2" "$1" ;;
		esac
	elif has wget; then
		# GNU's wget tries 20 times by default; others have no such option.
		case $(wget --version 2>/dev/null || true) in
		'GNU Wget '*) wget --no-verbose --tries=2 --output-document="$2" "$1" ;;
		*) wget -q -O "$2" "$1" ;;
		esac
	else
		fail "there is neither curl nor wget" "install one of them"
	fi
}

# The SHA-256 of a file.
digest() {
	if has sha256sum; then
		sha256sum <"$1" | cut -d ' ' -f 1
	elif has shasum; then
		shasum -a 256 <"$1" | cut -d ' ' -f 1
	elif has openssl; then
		openssl dgst -sha256 -r <"$1" | cut -d ' ' -f 1
	else
		fail "nothing here computes a SHA-256" "install sha256sum, shasum or openssl"
	fi
}

# The version that a list of checksums is of.
version_of() {
	sed -n "s/^[0-9a-f]*  covgate-\([0-9][0-9A-Za-z.+-]*\)-$target\.tar\.gz\$/\1/p" "$1" | head -n 1
}

# Copies $1 into the folder $2.
copy() {
	if mkdir -p "$2" && cp -R "$1" "$2/"; then return; fi
	fail "cannot write into the folder $2"
}

# Puts the file $1 at $2 in one step: whoever starts it meanwhile finds the old one or the new one.
place() {
	if cp "$1" "$2.new.$$" && chmod 755 "$2.new.$$" && mv -f "$2.new.$$" "$2"; then return; fi
	rm -f "$2.new.$$"
	fail "cannot write $2" "name another folder: --to DIR"
}

install_covgate() {
	version=${INSTALL_COVGATE_VERSION:-latest}
	folder=${INSTALL_COVGATE_DIR:-}
	target=${INSTALL_COVGATE_TARGET:-}
	cache=${INSTALL_COVGATE_CACHE:-}
	scripts=
	while [ $# -gt 0 ]; do
		case $1 in
		--version | --to | --target | --cache | --ci)
			[ $# -ge 2 ] && [ -n "$2" ] || usage "$1 needs a value"
			case $1 in
			--version) version=$2 ;;
			--to) folder=$2 ;;
			--target) target=$2 ;;
			--cache) cache=$2 ;;
			--ci) scripts=$2 ;;
			esac
			shift 2
			;;
		*) usage "what is $1?" ;;
		esac
	done
	repository=${INSTALL_COVGATE_FROM:-$repository}
	repository=${repository%/}
	case $repository in
	*/OWNER/*) fail "this install.sh does not know where covgate is published" \
		"name the address of its repository in INSTALL_COVGATE_FROM" ;;
	esac
	if [ -z "$folder" ]; then
		[ -n "${XDG_BIN_HOME:-}" ] || [ -n "${HOME:-}" ] || fail "HOME is not set" "name a folder: --to DIR"
		folder=${XDG_BIN_HOME:-${HOME:-}/.local/bin}
	fi
	[ -n "$target" ] || target=$(platform)
	version=${version#v}
	case $version in
	latest) from=$repository/releases/latest/download ;;
	[0-9]*) from=$repository/releases/download/v$version ;;
	*) usage "$version is no version" ;;
	esac

	# The folder comes first: what cannot be written is known before anything is downloaded.
	mkdir -p "$folder" 2>/dev/null || fail "cannot make the folder $folder" "name another one: --to DIR"
	work=$(mktemp -d "$folder/.covgate.XXXXXX" 2>/dev/null) ||
		fail "cannot write into the folder $folder" "name another one: --to DIR"
	trap 'rm -rf "$work"' EXIT
	trap 'exit 1' HUP INT TERM

	fetch "$from/SHA256SUMS" "$work/SHA256SUMS" ||
		fail "cannot download $from/SHA256SUMS" "is there a release $version?"
	found=$(version_of "$work/SHA256SUMS")
	if [ -z "$found" ]; then
		say "error: the release $version has nothing for $target"
		say "it has:"
		sed -n 's/^[0-9a-f]*  covgate-\(.*\)\.tar\.gz$/  \1/p' "$work/SHA256SUMS" >&2
		say "  hint: with a Rust toolchain: cargo install --locked --git $repository covgate-go"
		exit 1
	fi
	[ "$version" = latest ] || [ "$version" = "$found" ] ||
		fail "the checksums of $version are those of $found"
	version=$found
	# The latest may be another one by now.
	from=$repository/releases/download/v$version
	name=covgate-$version-$target
	expected=$(sed -n "s/^\([0-9a-f]\{64\}\)  $name\.tar\.gz\$/\1/p" "$work/SHA256SUMS" | head -n 1)
	[ -n "$expected" ] || fail "$from/SHA256SUMS has no checksum of $name.tar.gz"

	archive=$work/$name.tar.gz
	if [ -n "$cache" ] && [ -f "$cache/$name.tar.gz" ] &&
		[ "$(digest "$cache/$name.tar.gz")" = "$expected" ]; then
		cp "$cache/$name.tar.gz" "$archive"
	else
		fetch "$from/$name.tar.gz" "$archive" ||
			fail "cannot download $from/$name.tar.gz" "nothing was installed; try again"
		actual=$(digest "$archive")
		[ "$actual" = "$expected" ] || fail "$name.tar.gz is not what SHA256SUMS says: $actual instead of $expected" \
			"nothing was installed; if a second try says the same, tell whoever publishes it"
		if [ -n "$cache" ]; then
			copy "$archive" "$cache"
		fi
	fi
	tar -xzf "$archive" -C "$work" || fail "cannot unpack $name.tar.gz"
	told=$("$work/$name/covgate" --version 2>&1) || fail "covgate does not run here: $told" \
		"with a Rust toolchain: cargo install --locked --git $repository covgate-go"
	if [ -n "$scripts" ]; then
		copy "$work/$name/ci/." "$scripts"
	fi
	place "$work/$name/covgate" "$folder/covgate"

	say "installed $told as $folder/covgate"
	case :${PATH:-}: in
	*:"$folder":*)
		other=$(command -v covgate || true)
		[ "$other" = "$folder/covgate" ] || say "but $other comes before it on your PATH"
		;;
	*)
		say "$folder is not on your PATH. Add this line to the start file of your shell (~/.profile, ~/.zshrc):"
		say "  export PATH=\"$folder:\$PATH\""
		;;
	esac
	say "to take it away: rm $folder/covgate"
}

# All of it is read before any of it runs, so a script that is cut on its way does nothing.
install_covgate "$@"
