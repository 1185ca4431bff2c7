package main

import "runtime/debug"

// Most of what a request makes is garbage only when it ends, so the collector is let wait; near the memory's maximum
// (MAXIMUM_PAGES in build.ts) it is not.
func init() {
	debug.SetGCPercent(400)
	debug.SetMemoryLimit(1200 << 20)
}
