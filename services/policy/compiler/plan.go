package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/open-policy-agent/opa/internal/compiler/wasm"
	"github.com/open-policy-agent/opa/internal/planner"
	"github.com/open-policy-agent/opa/internal/wasm/encoding"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Modules that are compiled → WASM that answers the entrypoints, as OPA's `compile` makes it. That compiles them once more, prints the
// plan for nobody and formats the sources that are left: three quarters of its time. Its two steps, planning and encoding, are
// internal to OPA, which is why this module's path (go.mod) lies below OPA's.
//
// Of the files that are wanted alone; what they come to is among them. The modules are changed: nothing is to be evaluated by the
// compiler after it, and what decides is planned before what is in its tests: these have more called from the host.
func planned(compiler *ast.Compiler, wanted func(string) bool, entrypoints []entrypoint) ([]byte, error) {
	var modules []*ast.Module
	for _, file := range util.KeysSorted(compiler.Modules) {
		if wanted(file) {
			modules = append(modules, compiler.Modules[file])
		}
	}
	callOurs(modules)
	queries := make([]planner.QuerySet, len(entrypoints))
	for i, one := range entrypoints {
		if len(compiler.GetRules(one.rule)) == 0 {
			return nil, fmt.Errorf("no rule defines the entrypoint %s", one.name)
		}
		query := compiler.QueryCompiler()
		body, err := query.Compile(ast.NewBody(ast.Equality.Expr(ast.VarTerm("result"), ast.NewTerm(one.rule))))
		if err != nil {
			return nil, err
		}
		queries[i] = planner.QuerySet{Name: one.name, Queries: []ast.Body{body}, RewrittenVars: query.RewrittenVars()}
	}
	builtins := map[string]*ast.Builtin{}
	for _, builtin := range linked().Builtins {
		builtins[builtin.Name] = builtin
	}
	plan, err := planner.New().WithQueries(queries).WithModules(modules).WithBuiltinDecls(builtins).Plan()
	if err != nil {
		return nil, err
	}
	module, err := wasm.New().WithPolicy(plan).Compile()
	if err != nil {
		return nil, err
	}
	var out bytes.Buffer
	err = encoding.WriteModule(&out, module)
	return out.Bytes(), err
}

type entrypoint struct {
	// a/b/c.
	name string
	rule ast.Ref
}

// a/b/c → data.a.b.c.
func refOf(entrypoint string) ast.Ref {
	ref := ast.Ref{ast.DefaultRootDocument}
	for part := range strings.SplitSeq(entrypoint, "/") {
		ref = ref.Append(ast.StringTerm(part))
	}
	return ref
}
