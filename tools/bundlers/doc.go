// Package bundlers tests that people's bundlers find the worker, the wasm and the model in the npm package by themselves.
package bundlers
