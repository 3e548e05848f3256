#!/bin/zsh -f
# completion.zsh - what zsh would offer: completion.zsh SCRIPT LINE... prints for each LINE what could follow, a match a line, then "."
#
# The completion system works in a line editor only, so there is one, in a terminal of its own.
zmodload zsh/zpty

home=$(mktemp -d)
trap 'rm -rf $home' EXIT
cat >$home/.zshrc <<END
PROMPT= PS2= LISTMAX=100000
unsetopt prompt_sp prompt_cr list_beep
autoload -Uz compinit
compinit -D -u
source ${(q)1}
END
cat >>$home/.zshrc <<'END'
# show what is added, then add it
compadd() {
	local -a found
	if [[ ${@[1,(i)(-|--)]} == *-(O|A|D)\ * ]]; then
		builtin compadd "$@"
		return
	fi
	builtin compadd -A found "$@"
	(( $#found )) && print -rl -- "found:"$^found
	builtin compadd "$@"
}
# one widget for all, that does not list, insert or beep
_offer() {
	_main_complete
	compstate[insert]= compstate[list]=
}
zle -C offer complete-word _offer
answer() {
	zle offer
	BUFFER=
	print -r -- found-"all"
}
zle -N answer
bindkey '^I' answer
zle-line-init() { print -r -- is-"ready" }
zle -N zle-line-init
END
export ZDOTDIR=$home TERM=dumb
zpty shell zsh -o noglobalrcs -i
zpty -r -m shell got '*is-ready*' || exit 1
for line in "${@[2,-1]}"; do
	zpty -n -w shell "$line"$'\t'
	zpty -r -m shell got '*found-all*' || exit 1
	print -r -- $got | tr '\r' '\n' | sed -n 's/.*found:\([^ ]*\).*/\1/p'
	print -r -- .
done
zpty -d shell
