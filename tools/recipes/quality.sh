#!/bin/sh
# Makes the tables of docs/quality.md again from nothing: shoes and bags, then each method with each seed. Hours; what was interrupted goes on.
#
#   make quality     or: sh tools/recipes/quality.sh [--device gpu] [--threads 1]
#
# out/quality/rows has a folder for each training. tools/recipes/quality has the scores of trainings that were done before; a row is made again where its
# config has changed since. Only the documents change in the repository.
set -eu
cd "$(dirname "$0")/../.."
export GOEXPERIMENT=simd GOTOOLCHAIN="go$(awk '$1 == "go" { print $2 }' go.mod)"
out=out/quality
mkdir -p "$out/rows"
for row in tools/recipes/quality/*/*; do
	to="$out/rows/${row#tools/recipes/quality/}"
	[ -e "$to" ] || { mkdir -p "$to" && cp "$row"/* "$to"; }
done
go run ./tools/dataset wares --only shoe --train 400 --test 60 --pairs 400 --output "$out/shoes"
go run ./tools/dataset wares --only bag --train 400 --test 60 --pairs 400 --output "$out/bags"
go run ./tools/quality table --data "$out/shoes,$out/bags" --output "$out/rows" --iterations 5000 --seeds 1,2 "$@"
