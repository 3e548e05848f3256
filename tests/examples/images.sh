#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# images.sh DIR - root filesystems that the examples' images are built on: DIR/python.tar with Flask and gunicorn, DIR/node.tar
# with Express, both from the distribution's packages. They are unpacked, not installed: no script of a package runs.
set -eu
mirror=${CRUN_LITE_MIRROR:-$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | grep -m1 '/debian/*$')}
mkdir -p "$1"

# base NAME PACKAGE,...
base() {
	mmdebstrap --mode=root --variant=extract --include="base-files,coreutils,dash,$2" \
		--aptopt='Apt::Install-Recommends "false"' --aptopt='Acquire::Languages "none"' \
		--dpkgopt='path-exclude=/usr/share/man/*' --dpkgopt='path-exclude=/usr/share/doc/*' \
		--dpkgopt='path-exclude=/usr/share/locale/*' bookworm "$1" "$mirror"
}

base "$1/python.tar" python3-flask,gunicorn
base "$1/node.tar" nodejs,node-express
