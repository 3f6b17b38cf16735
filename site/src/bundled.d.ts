// What the builder puts in (tools/build): the pages' style sheets, and the script of Go's that starts a wasm.
declare module "*.css";
declare module "wasm_exec";
