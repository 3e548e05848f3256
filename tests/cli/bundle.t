#!/bin/bash
# bundle.t - the bundle: where config.json is found and what kind of file it is (bundle.md); its content is in config.t
. "${0%/*}/lib.sh"

t "directory"
new_id
mkdir "$W/empty"
cl create -b "$W/empty" "$ID"
fails "config\.json.*no such file" "BUN-01 a bundle without config.json is an error"
cl create -b "$W/missing" "$ID"
fails "missing.*no such file" "BUN-02 a bundle that does not exist is an error"
cl create -b "$B/config.json" "$ID"
fails "not a directory" "BUN-02 so is one that is no directory"
conf . say hello
mv "$B/config.json" "$B/Config.json"
rerun
fails "config\.json" "BUN-01 the name is exactly config.json"
mv "$B/Config.json" "$B/config.json"
PREFIX=(env -C "$B")
cl run "$ID"
is "$rc:$out" "0:hello" "BUN-02 the bundle is the working directory when none is given"
PREFIX=(env -C "$W/b")
conf '.hooks.createRuntime = [ { path: "/bin/sh", args: [ "sh", "-c", "cat >\($b)/state" ] } ]' pause
cl create -b "${B##*/}" "$ID"
PREFIX=()
state .bundle
is "$REPLY" "$B" "BUN-03 a relative bundle is shown as an absolute path"
is "$(jq -r .bundle "$B/state" 2>&1)" "$B" "BUN-03 in the state that hooks get, too"
cl delete --force "$ID"
ln -s "$B" "$W/link"
conf . say hello
cl run -b "$W/link" "$ID"
is "$rc:$out" "0:hello" "BUN-02 a bundle may be a symlink"
for spelling in "--bundle $B" "--bundle=$B" "-b $B"; do
	# shellcheck disable=SC2086
	cl run $spelling "$ID"
	is "$rc:$out" "0:hello" "BUN-02 ${spelling%%/*}"
done

t "kind of file"
conf . say hello
mv "$B/config.json" "$W/elsewhere.json"
ln -s "$W/elsewhere.json" "$B/config.json"
new_id
cl run -b "$B" "$ID"
is "$rc:$out" "0:hello" "BUN-05 config.json may be a symlink to a file"
for kind in zero fifo dir device; do
	rm -rf "$B/config.json"
	case $kind in
	zero) ln -s /dev/zero "$B/config.json" ;;
	fifo) mkfifo "$B/config.json" ;;
	dir) mkdir "$B/config.json" ;;
	device) mknod "$B/config.json" c 1 3 ;;
	esac
	cl run -b "$B" "$ID"
	fails "config\.json.*(regular|directory)" "BUN-05 config.json that is no regular file ($kind) is refused at once"
done
rm -rf "$B/config.json"
conf . say hello
mv "$B/config.json" "$W/elsewhere.json"
cl run -b "$B" --config <(cat "$W/elsewhere.json") "$ID"
is "$rc:$out" "0:hello" "BUN-05 --config <(command)"
cl run -b "$B" --config <(head -c 17000000 /dev/zero | tr '\0' ' ') "$ID"
fails "/dev/fd/.*must be at most [0-9]+ bytes" "BUN-05 has the same limit"
cl run -b "$B" --config <(:) "$ID"
fails "/dev/fd/[0-9]+:1:1: .*" "BUN-05 and an empty one is no JSON"
mkfifo "$W/named"
job bash -c 'cat "$1" >"$2"' - "$W/elsewhere.json" "$W/named"
cl run -b "$B" --config "$W/named" "$ID"
is "$rc:$out" "0:hello" "BUN-05 a FIFO that is written to later"
job_ended
LIMIT=20 cl run -b "$B" --config "$W/named" "$ID"
fails "read .*/named.*: nothing has been written to this FIFO for 10 seconds" "BUN-05 one that nobody writes to is not waited for without end"
conf . say hello
{ cat "$B/config.json" && head -c 17000000 /dev/zero | tr '\0' ' '; } >"$W/big.json"
mv "$W/big.json" "$B/config.json"
cl run -b "$B" "$ID"
fails "config\.json.*(16|large|big|bytes)" "BUN-05 config.json of 17 MB is refused"
conf . say hello
chmod 0 "$B/config.json"
cl run -b "$B" "$ID"
like "$rc:$out:$err" "^(0:hello|1::.*config\.json.*permission denied)" "BUN-01 config.json that may not be read is an error"

t "root file system"
mv "$B/rootfs" "$B/away"
run . say never
fails "root.*rootfs.*no such file" "BUN-04 a root directory that is not there is an error"

finish
