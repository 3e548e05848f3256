#!/bin/bash
# completion.t - the scripts that complete command lines, in the shells that read them
# shellcheck disable=SC2317 # functions are called by name
. "${0%/*}/lib.sh"

mkdir "$W/bin" "$W/bundles" "$W/bundles/one"
ln -s "$CRUN_LITE" "$W/bin/crun-lite"
PATH=$W/bin:$PATH
cd "$W" || exit 1

limited() { timeout --foreground -s KILL "${LIMIT:-100}" "$@"; }

# in_bash SCRIPT LINE... - for each what could follow, a match a line, then "."; as the shell does it: words of a line are split at "=", too
in_bash() {
	limited bash --norc -c '
		. "$1"
		for line in "${@:2}"; do
			read -ra COMP_WORDS <<<"${line//=/ = }"
			[[ $line = *[\ =] && ${COMP_WORDS[-1]} != = ]] && COMP_WORDS+=("")
			COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
			_crun_lite
			[ ${#COMPREPLY[@]} = 0 ] || printf "%s\n" "${COMPREPLY[@]}"
			echo .
		done' bash "$@"
}

in_zsh() { limited zsh -f "$cli_dir/completion.zsh" "$@"; }

in_fish() {
	HOME=$W limited fish --no-config -c '
		source $argv[1]
		for line in $argv[2..-1]
			complete -C $line | string replace -r "\t.*" ""
			echo .
		end' "$@"
}

# offers SHELL LINE... - runs it for all lines at once; then `next` gives one answer after the other in REPLY, sorted
offers() {
	"in_$1" "$W/script.$1" "${@:2}" >"$W/answers" 2>"$W/err" </dev/null
	exec 8<"$W/answers"
}
next() {
	local word list=()
	while read -r word <&8 && [ "$word" != . ]; do list+=("$word"); done
	sorted ${list[@]+"${list[@]}"}
}

# sorted WORD..., long WORD... - each once, in one line; only those with two dashes
sorted() { REPLY=$(printf '%s\n' "$@" | sort -u | paste -sd ' '); }
# shellcheck disable=SC2086 # words
long() { REPLY=$(printf '%s\n' $1 | grep ^-- | sort -u | paste -sd ' '); }

# flags COMMAND - every spelling in its --help, sorted
flags() {
	cl ${1:+"$1"} --help
	# shellcheck disable=SC2046 # words
	sorted $(sed -n '/^options:/,$s/^  \(-[a-zA-Z]\|  \),\{0,1\} *\(--[a-z0-9-]*\).*/\1 \2/p' <<<"$out")
}

cl help
mapfile -t commands < <(sed -n '/^commands:/,/^$/s/^  \([a-z]*\) .*/\1/p' <<<"$out")
mkdir -m 700 "$W/root" "$W/root/one" "$W/root/two" "$W/other" "$W/other/three"
root=$W/root ids="one two"

t "the command"
for s in bash fish zsh; do
	cl completion "$s"
	like "$rc:$err:$out" '^0::#.*crun-lite' "completion $s"
	cp "$W/out" "$W/script.$s"
done
cl completion csh
is "$rc:$out:$err" '1::crun-lite: unknown shell "csh": must be bash, fish or zsh' "another shell"
ok "shellcheck has nothing to say about that for bash" shellcheck -s bash -e SC2034,SC2086,SC2154 "$W/script.bash"

for s in bash fish zsh; do
	if ! command -v "$s" >/dev/null; then
		fail "$s is not installed: tests/deps.sh test"
		continue
	fi
	t "$s: commands and flags"
	lines=("crun-lite " "crun-lite --")
	for c in "${commands[@]}"; do lines+=("crun-lite $c --" "crun-lite $c -"); done
	offers "$s" "${lines[@]}"
	next
	is "$REPLY" "${commands[*]}" "$s: every command"
	next
	answer=$REPLY
	flags
	long "$REPLY"
	is "$answer" "$REPLY" "$s: every global flag"
	for c in "${commands[@]}"; do
		next
		answer=$REPLY
		next
		both=$REPLY
		flags "$c"
		is "$both" "$REPLY" "$s: every flag and letter of $c"
		long "$REPLY"
		is "$answer" "$REPLY" "$s: every flag of $c"
	done
	t "$s: values and arguments"
	lines=("crun-lite kill " "crun-lite --root $root kill " "crun-lite --root $root delete x " "crun-lite --debug --root $root pause "
		"crun-lite --root=$root exec -t " "crun-lite --root $W/other state " "crun-lite --root $root create " "crun-lite kill x ST"
		"crun-lite list --format " "crun-lite list -f j" "crun-lite --log-format=" "crun-lite ps --format json --" "crun-lite help li"
		"crun-lite completion " "crun-lite --root $root ps -f json " "crun-lite spec -b bundles/" "crun-lite exec -c CAP_SYS_A")
	offers "$s" "${lines[@]}"
	# of --root without a value there are none: it names the one of this machine, whatever is there
	next
	for l in "ids" "of several" "behind switches" "behind --root=" "of another root"; do
		next
		want=$ids
		[ "$l" = "of another root" ] && want=three
		is "$REPLY" "$want" "$s: ids: $l"
	done
	next
	is "$REPLY" "" "$s: not for a container that is to be made"
	next
	is "$REPLY" "STKFLT STOP" "$s: signals"
	next
	is "$REPLY" "json table" "$s: the choices of an option"
	next
	is "$REPLY" json "$s: some of them"
	next
	is "${REPLY//--log-format=/}" "json text" "$s: behind ="
	next
	like "$REPLY" "^(--format )?--help$" "$s: options behind options"
	next
	is "$REPLY" list "$s: commands for help"
	next
	is "$REPLY" "bash fish zsh" "$s: shells"
	next
	is "$REPLY" "$ids" "$s: behind an option with a value"
	next
	like "$REPLY" '(bundles/)?one/?$' "$s: directories"
	next
	is "$REPLY" "CAP_SYS_ADMIN" "$s: capabilities"
done

finish
