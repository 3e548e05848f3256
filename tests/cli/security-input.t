#!/bin/bash
# security-input.t - attacks by what a command is given: names of containers, a state root, configurations
. "${0%/*}/lib.sh"
. "$cli_dir/attack.sh"

t "names of containers"
for id in .. . ../up a/b /abs "" "a b" "a;b" "\$(id)" $'a\nb' "a*" "$(printf 'x%.0s' {1..1100})" $'\xff\xfe' "~"; do
	outside
	for c in create run; do
		execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" $c -b "$B" -- "$id"
		ok "$c: the name ${id@Q} is refused" test "$rc" = 1
	done
	for c in state start "delete" "kill"; do
		execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" "$c" -- "$id"
		ok "$c: there is no container ${id@Q}" test "$rc" = 1
	done
	execute "$W/out" "$W/err" "$CRUN_LITE" --root "$STATE" delete --force -- "$id"
	safe "delete --force of ${id@Q} removes nothing"
done

t "the state root"
saved=$STATE
for m in 777 770 1777; do
	STATE=$W/open
	mkdir -m $m "$STATE"
	chmod $m "$STATE"
	run . say never
	fails "$W/open.*writable" "a state root of mode $m is refused"
	rmdir "$STATE"
done
STATE=$W/foreign
mkdir "$STATE" && chown 7 "$STATE"
run . say never
fails "$W/foreign" "one that belongs to somebody else is refused"
rmdir "$STATE"
STATE=$saved
mkdir -p "$STATE"
ln -s "$O" "$STATE/linked"
outside
for c in state start "delete" "kill" "delete --force"; do
	# shellcheck disable=SC2086 # words
	cl $c linked
	safe "$c of a state directory that is a symlink"
done
ID=linked
outside
cl run -b "$B" linked
safe "run of a name that is a symlink in the state root"
isnt "$rc" 0 "it is refused"
rm "$STATE/linked"

t "configurations"
new_id
bad() {
	rerun
	if [ "$rc" = 1 ] && [[ "$err" = *config.json* ]]; then pass "$1"; else fail "$1" "want an error about config.json"; fi
}
for c in '[' '{"a":' '[{"a":'; do
	head -c 1000000 /dev/zero | sed "s/\x00/$(printf %s "$c" | sed 's/[][]/\\&/g')/g" >"$B/config.json"
	bad "a million levels of $c"
done
head -c 20000000 /dev/zero | tr '\0' ' ' >"$B/config.json"
bad "twenty megabytes of blanks"
{ echo '{"a":"' && head -c 20000000 /dev/zero | tr '\0' x && echo '"}'; } >"$B/config.json"
bad "a string of twenty megabytes"
rm "$B/config.json" && mkfifo "$B/config.json"
bad "a FIFO is not waited for"
rm "$B/config.json" && mkdir "$B/config.json"
bad "a directory"
rmdir "$B/config.json" && ln -s /dev/zero "$B/config.json"
bad "a device without end"
rm "$B/config.json" && ln -s missing "$B/config.json"
bad "a symlink to nothing"
rm "$B/config.json"
head -c 100000 /dev/urandom >"$B/config.json"
bad "noise"
printf '{"ociVersion":"1.2.0","ociVersion":"1.0.0"}' >"$B/config.json"
bad "a key that comes twice"
printf '{"ociVersion":"1.2.0\xff"}' >"$B/config.json"
bad "bytes that are no UTF-8"
printf '\xef\xbb\xbf{}' >"$B/config.json"
bad "a byte order mark"
conf . say never && printf 'x' >>"$B/config.json"
bad "something behind the end"
conf . say never && printf '\0' >>"$B/config.json"
bad "a zero byte behind the end"
for n in 1e400 -1e400 99999999999999999999999 1.5 -0.1 1e3; do
	conf '.process.user.uid = "@@"' say never
	sed -i "s/\"@@\"/$n/" "$B/config.json"
	bad "the number $n where an id is wanted"
done
for f in '.process.args = [ "/bin/true\u0000x" ]' '.process.env = [ "A=\u0000" ]' '.mounts[0].destination = "/proc\u0000x"' '.root.path = "rootfs\u0000/.."' '.hooks = { prestart: [ { path: "/bin/true\u0000" } ] }' \
	'.annotations = { "a\u0000b": "c" }' '.process.env = [ "=A" ]' '.process.env = [ "A" ]'; do
	new_id
	conf "$f" say never
	rerun
	like "$rc:$out" "^(1:|0:never$)" "$f"
	[[ "$f" != *u0000* ]] || fails "config\.json:[0-9]+:[0-9]+" "a zero byte is refused: $f"
done
{ printf '{"mounts":[' && for ((i = 0; i < 70000; i++)); do printf '{},'; done && printf '{}]}'; } >"$B/config.json"
bad "seventy thousand mounts"

finish
