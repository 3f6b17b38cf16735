//go:build !(js && wasm) && !nogpu && (amd64 || arm64)

package gpu

import _ "github.com/gogpu/wgpu/hal/allbackends" // registers Vulkan, Metal and DirectX 12

// noGPUHint says what to do where there is no adapter.
const noGPUHint = "install a driver for Vulkan, Metal or DirectX 12 (`make setup` installs a software one on Debian), or use the CPU"
