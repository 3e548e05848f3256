# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# archive.sh - sourced by what makes images without a builder

# archive FILE IMAGE CONFIG - an image of ROOTFS as "docker save" writes them; CONFIG is the image's own, in JSON
archive() {
	local d=$W/archive
	mkdir -p "$d"
	cp "$ROOTFS.tar" "$d/layer.tar"
	jq -n --argjson config "$3" --arg id "sha256:$(sha256sum <"$d/layer.tar" | cut -d' ' -f1)" \
		'{ architecture: "amd64", os: "linux", config: $config, rootfs: { type: "layers", diff_ids: [$id] } }' >"$d/config.json"
	jq -n --arg image "$2" '[{ Config: "config.json", RepoTags: [$image], Layers: ["layer.tar"] }]' >"$d/manifest.json"
	tar -C "$d" -cf "$1" manifest.json config.json layer.tar
	rm -r "$d"
}
