// OPA's own parser, compiler, test runner, evaluator and formatter as one WASI reactor.
//
// The host writes a JSON request into memory from alloc and calls run, which answers with the packed
// address and length of a JSON response. One call at a time; the host owns deadline and memory.
package main

import (
	"encoding/json"
	"fmt"
	"unsafe"
)

// Buffers that the host still reads or writes, kept from the collector.
var pinned = map[uintptr][]byte{}

//go:wasmexport alloc
func alloc(length uint32) unsafe.Pointer {
	buffer := make([]byte, max(length, 1))
	address := unsafe.Pointer(&buffer[0])
	pinned[uintptr(address)] = buffer
	return address
}

// The response stays pinned until release.
//
//go:wasmexport run
func run(address unsafe.Pointer, length uint32) uint64 {
	answer := marshal(handle(unsafe.Slice((*byte)(address), length)))
	delete(pinned, uintptr(address))
	out := uintptr(unsafe.Pointer(&answer[0]))
	pinned[out] = answer
	return uint64(out)<<32 | uint64(len(answer))
}

//go:wasmexport release
func release(address unsafe.Pointer) {
	delete(pinned, uintptr(address))
}

// Tells the host which test runs, so that it can name the one that did not end.
//
//go:wasmimport sudoql progress
func progress(address unsafe.Pointer, length uint32)

func report(name string) {
	if name != "" {
		progress(unsafe.Pointer(unsafe.StringData(name)), uint32(len(name)))
	}
}

func handle(raw []byte) (out response) {
	defer func() {
		if r := recover(); r != nil {
			out = response{Problems: []problem{{Code: "compiler_fault", Message: fmt.Sprint(r)}}}
		}
	}()
	var r request
	if err := json.Unmarshal(raw, &r); err != nil {
		return response{Problems: []problem{{Code: "compiler_fault", Message: err.Error()}}}
	}
	switch r.Op {
	case "check":
		return check(r)
	case "build":
		return build(r)
	case "test":
		return test(r)
	case "mutate":
		return mutate(r)
	case "eval":
		return evaluate(r)
	case "format":
		return formatAll(r)
	case "rules":
		return listRules(r)
	case "capabilities":
		return response{Builtins: builtinNames()}
	}
	return response{Problems: []problem{{Code: "compiler_fault", Message: "unknown operation " + r.Op}}}
}

func marshal(out response) []byte {
	bytes, err := json.Marshal(out)
	if err != nil {
		bytes, _ = json.Marshal(response{Problems: []problem{{Code: "compiler_fault", Message: err.Error()}}})
	}
	return bytes
}

func main() {}
