package main

import (
	"context"
	"encoding/binary"
	"encoding/json"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/bundle"
	"github.com/open-policy-agent/opa/v1/compile"
	"github.com/open-policy-agent/opa/v1/util"
)

// Rego without its tests → WASM that answers the entrypoints, or with them → WASM that answers each plain test. Strictness and types
// are checked by "check" or "test".
func build(r request) response {
	modules, problems := parseAll(r, func(file string) bool { return r.PlainTests || !isTest(file) })
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	if r.PlainTests {
		if r.Entrypoints = plainTestsOf(modules, r.Filter); len(r.Entrypoints) == 0 {
			return response{}
		}
	}
	linkedModules := map[string]*ast.Module{}
	for file, module := range modules {
		// Of all that is given modules, this alone changes them.
		linkedModules[file] = module.Copy()
	}
	callOurs(linkedModules)
	input := &bundle.Bundle{Data: map[string]any{}}
	for _, file := range util.KeysSorted(modules) {
		input.Modules = append(input.Modules, bundle.ModuleFile{URL: file, Path: file, Raw: []byte(r.Files[file]), Parsed: linkedModules[file]})
	}
	input.Manifest.Init()
	compiler := compile.New().
		WithTarget(compile.TargetWasm).
		WithCapabilities(linked()).
		WithRegoVersion(ast.RegoV1).
		WithEntrypoints(r.Entrypoints...).
		WithPruneUnused(true).
		WithBundle(input)
	if err := compiler.Build(context.Background()); err != nil {
		return response{Problems: problemsOf(err)}
	}
	if r.PlainTests {
		return response{Wasm: compiler.Bundle().WasmModules[0].Raw}
	}
	clock, problems := judge(r, modules)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	about, err := json.Marshal(map[string]any{"clock": clock})
	if err != nil {
		return response{Problems: problemsOf(err)}
	}
	return response{Wasm: withSection(compiler.Bundle().WasmModules[0].Raw, "sudoql", about)}
}

// Which entrypoints read the clock (all when it cannot be told), and what is wrong with a policy of which nothing else is judged here:
// one that was judged by an earlier version.
func judge(r request, modules map[string]*ast.Module) ([]string, []problem) {
	data, err := dataOf(r)
	if err != nil {
		return r.Entrypoints, nil
	}
	compiler, problems := newCompiler(r, data)
	if len(problems) > 0 {
		return r.Entrypoints, nil
	}
	compiler.Compile(modules)
	if compiler.Failed() {
		return r.Entrypoints, nil
	}
	if problems := shapeProblems(compiler, r); len(problems) > 0 {
		return nil, problems
	}
	return readsClock(compiler, r.Entrypoints), nil
}

// The module with a custom section at its end: what is known of it goes where it goes.
func withSection(module []byte, name string, content []byte) []byte {
	section := append(binary.AppendUvarint(nil, uint64(len(name))), name...)
	section = append(section, content...)
	return slices.Concat(module, []byte{0}, binary.AppendUvarint(nil, uint64(len(section))), section)
}
