# The map of webmunit. `make` lists what there is to do; `make run` is the main job.

# Exactly the Go that go.mod names, which any Go from 1.21 on fetches: SIMD in pure Go, for the native CPU executor, differs between versions.
export GOTOOLCHAIN  := go$(shell awk '$$1 == "go" { print $$2 }' go.mod)
export GOEXPERIMENT := simd

GO   ?= go
ADDR ?= 127.0.0.1:8080
# As tools/internal/gotool, which says why.
WASM  = GOEXPERIMENT=simd,nojsonv2,nosizespecializedmalloc,nogreenteagc GOOS=js GOARCH=wasm

.DEFAULT_GOAL := help

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' Makefile

run: site bin/munit ## build the page and serve it, ready to translate (ADDR=host:port)
	bin/munit serve --addr $(ADDR) --dir dist

check: lint ## in a minute: what lint does, and all Go tests that need neither a browser nor a GPU; names what it leaves out
	@$(GO) run ./tools/check

test: setup lint native-test wasm-test stacks-test ## install what the tests need where that may be done, then run them

# Tests record what they ran on in a copy of docs/platforms.json. When all have passed it takes the place of that, and README's table is made of it.
test-all: export PLATFORMS := $(CURDIR)/out/platforms.json
test-all: record test ## and all tests on every compiler and driver, Windows's under Wine too, and tests of the tests, in two hours or more
	$(GO) run ./tools/setup --all
	$(GO) run ./tools/stacks --all
	$(GO) test -tags all -timeout=90m ./tools/bundlers ./tools/release ./tools/platforms
	$(GO) run ./tools/mutations
	cp out/platforms.json docs/platforms.json
	$(GO) run ./tools/platforms

record:
	mkdir -p out
	cp docs/platforms.json out/platforms.json

# The site is built first without the race detector, under which brotli takes minutes; the tests' own builds then find it compressed.
native-test: site ## CPU, Vulkan or Metal, command line, page in Chromium
	$(GO) test -race -timeout=30m ./...
	$(GO) test -timeout=30m ./runtime/cpu ./runtime/optest ./runtime/train ./tools/e2e ./tools/bundlers ./tools/platforms ./tools/release

wasm-test: bin/webtest ## the same op table and golden vectors inside Chromium, on WebGPU
	$(WASM) $(GO) test -timeout=30m -exec=$(CURDIR)/bin/webtest ./shaders ./wasm ./runtime/gpu ./runtime/optest

stacks-test: ## the op table and whole networks on the other compilers and drivers: Firefox, Deno, SwiftShader, last year's Dawn
	$(GO) run ./tools/stacks

kernels: ## say of each kernel which compilers take it
	$(GO) run ./tools/stacks --kernels

setup: ## install the browsers and the software Vulkan driver that the tests need
	$(GO) run ./tools/setup

site: ## build the page into dist/, for any static host
	$(GO) run ./tools/build --out dist

wasm: ## build only the runtime's wasm, bin/munit.wasm
	$(WASM) $(GO) build -tags=inference -trimpath -ldflags="-s -w" -o bin/munit.wasm ./wasm

bench: ## measure, beside onnxruntime-web and PyTorch
	$(GO) run ./tools/bench

model: ## make a shipped model again from nothing, in hours (NAME=wares, avatars or earth)
	sh tools/recipes/make.sh $(NAME)

quality: ## train and score all methods for the tables of docs/quality.md again, in hours
	sh tools/recipes/quality.sh

release: ## build what people get into release/: programs, page, npm package (VERSION=v0.2.0)
	$(GO) run ./tools/release --version $(VERSION)

lint: ## gofmt, vet, staticcheck, and TypeScript's types
	@test -z "$$(gofmt -l . | tee /dev/stderr)" || (echo "gofmt would change these files: run gofmt -w ." && exit 1)
	$(GO) vet ./...
	GOEXPERIMENT= $(GO) vet ./runtime/cpu
	$(WASM) $(GO) vet ./wasm/... ./shaders ./runtime/...
	$(GO) tool staticcheck ./...
	$(GO) run ./tools/typecheck site

clean: ## remove what was built
	rm -rf bin dist

bin/munit: FORCE
	$(GO) build -o $@ ./tools/munit

bin/webtest: FORCE
	$(GO) build -o $@ ./tools/webtest

FORCE:
.PHONY: help run check test test-all record native-test wasm-test stacks-test kernels setup site wasm bench model quality release lint clean FORCE
