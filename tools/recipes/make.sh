#!/bin/sh
# Makes a shipped model again from nothing: data, training, int8 file, scores. Hours on two cores; what was interrupted goes on.
#
#   make model NAME=avatars     or: sh tools/recipes/make.sh avatars [--device gpu]
#
# out/NAME/model.munit.safetensors and out/NAME/scores are what comes out; weights/ stays as it is.
set -eu
cd "$(dirname "$0")/../.."
name=${1:?"say which: wares, avatars or earth"}
shift
train=2000
start=            # a model whose generators it begins with
configs=config.yaml # one after the other, each going on with what the one before has left
. "tools/recipes/$name/about.sh"
export GOEXPERIMENT=simd GOTOOLCHAIN="go$(awk '$1 == "go" { print $2 }' go.mod)"
out=out/$name
go build -o bin/munit ./tools/munit
go run ./tools/dataset "$name" --train "$train" --test 200 --output "$out/data"
for config in $configs; do
	bin/munit train --config "tools/recipes/$name/$config" --data "$out/data" --output "$out/training" --seed 1 --resume ${start:+--start "$start"} \
		--domain-a "$domain_a" --domain-b "$domain_b" --license "$license" --source "$source" "$@"
done
bin/munit convert --checkpoint "$out/training/model.munit.safetensors" --output "$out/model.munit.safetensors" --dtype int8 --preview "$preview"
bin/munit eval --model "$out/model.munit.safetensors" --data "$out/data" --output "$out/scores" "$@"
