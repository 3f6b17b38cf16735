import { nodeResolve } from "@rollup/plugin-node-resolve";
import { importMetaAssets } from "@web/rollup-plugin-import-meta-assets";

export default { input: "start.js", output: { file: "out/main.js", format: "es" }, plugins: [nodeResolve(), importMetaAssets()] };
