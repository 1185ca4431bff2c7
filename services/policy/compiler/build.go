package main

import (
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// Rego without its tests → WASM that answers the entrypoints. It was judged before, perhaps by an earlier version: what this one would
// not compile strictly is compiled as it is, and only what would open a hole is a problem.
func build(r request) response {
	modules, problems := parseAll(r, isRule)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities())
	strict := false
	if data, err := dataOf(r); err == nil {
		if typed, problems := newCompiler(r, data); len(problems) == 0 {
			typed.Compile(modules)
			if strict = !typed.Failed(); strict {
				compiler = typed
				if problems := shapeProblems(compiler, r); len(problems) > 0 {
					return response{Problems: problems}
				}
			}
		}
	}
	if !strict {
		compiler.Compile(modules)
		if compiler.Failed() {
			return response{Problems: problemsOf(compiler.Errors)}
		}
	}
	return built(compiler, r)
}

// The same of what is compiled, its tests perhaps among it.
func built(compiler *ast.Compiler, r request) response {
	about, err := json.Marshal(readsClock(compiler, r.Entrypoints))
	if err != nil {
		return response{Problems: problemsOf(err)}
	}
	entrypoints := make([]entrypoint, len(r.Entrypoints))
	for i, name := range r.Entrypoints {
		entrypoints[i] = entrypoint{name, refOf(name)}
	}
	module, err := planned(compiler, isRule, entrypoints)
	if err != nil {
		return response{Problems: problemsOf(err)}
	}
	return response{Wasm: withSection(module, "sudoql", about)}
}

// The module with a custom section at its end: what is known of it goes where it goes.
func withSection(module []byte, name string, content []byte) []byte {
	section := append(binary.AppendUvarint(nil, uint64(len(name))), name...)
	section = append(section, content...)
	return slices.Concat(module, []byte{0}, binary.AppendUvarint(nil, uint64(len(section))), section)
}
