"use strict";

// Runs the Go program /test.wasm as wasm_exec_node.js would in Node. What it has
// to say goes to webtest through __webtest, which a driver or an engine's script has
// put there, or else by requests that wait: so messages arrive in order, and at once
// even while Go keeps this thread busy. The first character of a message is its
// kind: 1 and 2 for bytes of stdout and stderr (one character a byte), c for the
// console, x for the exit code, ! for the end of a program that could not go on.
const send = globalThis.__webtest ?? ((message) => {
	const request = new XMLHttpRequest();
	request.open("POST", "say", false);
	request.send(message);
});

if (!globalThis.__webtest) {
	// No driver listens to the console.
	const said = (kind, args) => send("c" + kind + ": " + args.map(String).join(" "));
	for (const kind of ["log", "info", "warn", "error"]) {
		console[kind] = (...args) => said(kind === "warn" ? "warning" : kind, args);
	}
	addEventListener("error", (event) => said("exception", [event.message]));
	addEventListener("unhandledrejection", (event) => said("exception", [event.reason]));
}

const asLatin1 = (bytes) => {
	let text = "";
	const step = 8192; // more arguments than this may overflow the stack
	for (let i = 0; i < bytes.length; i += step) {
		text += String.fromCharCode(...bytes.subarray(i, i + step));
	}
	return text;
};

// The stub of wasm_exec.js writes whole lines only, and loses the last.
globalThis.fs.writeSync = (fd, bytes) => {
	send((fd === 2 ? "2" : "1") + asLatin1(bytes));
	return bytes.length;
};

const fatal = (err) => send("!" + (err && err.stack || String(err)));

const start = async () => {
	const { args, env } = await (await fetch("run.json")).json();
	const go = new Go();
	go.argv = args;
	go.env = env;
	go.exit = (code) => {
		console.debug("__webtest"); // the console's last message
		send("x" + code);
	};

	// An exception that leaves the wasm code leaves Go's stack in ruins: no
	// goroutine will run again, so waiting for the exit would wait for ever.
	const resume = go._resume.bind(go);
	go._resume = () => {
		try {
			resume();
		} catch (err) {
			if (!go.exited) {
				fatal(err);
			}
			throw err;
		}
	};

	// Event 0 tells Go that no event will ever come: if nothing can run then,
	// it prints all goroutines and exits.
	globalThis.__webtestNoMoreEvents = () => {
		go._pendingEvent = { id: 0 };
		go._resume();
	};

	const { instance } = await WebAssembly.instantiateStreaming(fetch("test.wasm"), go.importObject);
	await go.run(instance);
};

// Once the page has loaded, so that a busy program does not hold up the driver.
addEventListener("load", () => start().catch(fatal));
