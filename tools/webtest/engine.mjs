// Gives an engine that is no browser what page.js expects of a page, and runs it. Arguments: the module that has WebGPU, where the engine has none.
import process from "node:process";
import { writeSync } from "node:fs";
import { pathToFileURL } from "node:url";

const webgpu = process.argv[2];
if (webgpu) {
	const { create, globals } = await import(pathToFileURL(webgpu));
	Object.assign(globalThis, globals);
	const gpu = create(["backend=vulkan"]);
	// Node has a navigator of its own, without gpu.
	class Navigator {
		get gpu() { return gpu; }
	}
	Object.defineProperty(globalThis, "navigator", { value: new Navigator(), configurable: true });
}

const bytes = (text) => Uint8Array.from(text, (c) => c.charCodeAt(0));
const write = (fd, data) => {
	for (let done = 0; done < data.length;) {
		done += writeSync(fd, data, done);
	}
};
globalThis.__webtest = (message) => {
	const rest = message.slice(1);
	switch (message[0]) {
	case "1":
	case "2":
		write(Number(message[0]), bytes(rest));
		break;
	case "x":
		process.exit(Number(rest));
	case "!":
		write(2, new TextEncoder().encode(`the Go program crashed: ${rest}\n`));
		process.exit(2);
	}
};
for (const [kind, name] of Object.entries({ log: "log", info: "info", warn: "warning", error: "error" })) {
	console[kind] = (...args) => write(2, new TextEncoder().encode(`console ${name}: ${args.join(" ")}\n`));
}
console.debug = () => {};

// page.js fetches by names relative to the page, and starts when the page has loaded.
const { fetch } = globalThis;
globalThis.fetch = (name, ...rest) => fetch(new URL(name, process.env.WEBTEST_ORIGIN), ...rest);
const listen = globalThis.addEventListener?.bind(globalThis);
globalThis.addEventListener = (type, f, ...rest) => type === "load" ? setTimeout(f) : listen?.(type, f, ...rest);

await import("./wasm_exec.js");
await import("./page.js");
