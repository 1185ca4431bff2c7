package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

func dataOf(r request) (map[string]any, error) {
	data := map[string]any{}
	if len(r.Data) == 0 {
		return data, nil
	}
	err := util.UnmarshalJSON(r.Data, &data)
	return data, err
}

// What is wanted of it parsed, and the data.
func readAll(r request, wanted func(string) bool) (map[string]*ast.Module, map[string]any, []problem) {
	modules, problems := parseAll(r, wanted)
	if len(problems) > 0 {
		return nil, nil, problems
	}
	data, err := dataOf(r)
	if err != nil {
		return nil, nil, []problem{{Code: "data_error", Message: err.Error()}}
	}
	return modules, data, nil
}

// Strict, with the schemas' types, against the restricted builtins.
func newCompiler(r request, data map[string]any) (*ast.Compiler, []problem) {
	schemas := ast.NewSchemaSet()
	for name, raw := range r.Schemas {
		var schema any
		if err := json.Unmarshal(raw, &schema); err != nil {
			return nil, []problem{{File: name, Code: "schema_error", Message: err.Error()}}
		}
		ref := ast.Ref{ast.SchemaRootDocument.Copy()}
		for part := range strings.SplitSeq(name, "/") {
			ref = ref.Append(ast.StringTerm(part))
		}
		schemas.Put(ref, schema)
	}
	compiler := ast.NewCompiler().
		WithCapabilities(capabilities()).
		WithStrict(true).
		WithSchemas(schemas).
		WithUseTypeCheckAnnotations(true).
		WithPathConflictsCheck(func(path []string) (bool, error) { return present(data, path), nil }).
		WithDefaultRegoVersion(ast.RegoV1)
	typeSettings(compiler, schemas)
	return compiler, nil
}

func present(data map[string]any, path []string) bool {
	var at any = data
	for _, key := range path {
		object, ok := at.(map[string]any)
		if !ok {
			return true
		}
		if at, ok = object[key]; !ok {
			return false
		}
	}
	return true
}

func check(r request) response {
	compiler, problems := compileAll(r, isAny)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	problems, warnings := inForce(compiler, r)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	// The compiler has changed its own copies; warnings look at what was written.
	modules, _ := parseAll(r, isAny)
	out := response{Warnings: append(warningsOf(modules), warnings...)}
	if r.Build {
		module := built(compiler, r)
		out.Problems, out.Wasm = module.Problems, module.Wasm
	}
	return out
}

// What compiles and would not do what its author means by it.
func inForce(compiler *ast.Compiler, r request) (problems, warnings []problem) {
	if problems = testsAlone(compiler); len(problems) > 0 {
		return problems, nil
	}
	if problems = shapeProblems(compiler, r); len(problems) > 0 {
		return problems, nil
	}
	problems, warnings = unreached(compiler, r.Entrypoints)
	return problems, append(warnings, testWarnings(compiler)...)
}

// Parses and compiles, tests only where they are wanted, and checks the entrypoints.
func compileAll(r request, wanted func(string) bool) (*ast.Compiler, []problem) {
	modules, data, problems := readAll(r, wanted)
	if len(problems) > 0 {
		return nil, problems
	}
	if problems := checkModules(modules, r, data); len(problems) > 0 {
		return nil, problems
	}
	compiler, problems := newCompiler(r, data)
	if len(problems) > 0 {
		return nil, problems
	}
	compiler.Compile(modules)
	if compiler.Failed() {
		return nil, withHints(problemsOf(compiler.Errors), modules, r)
	}
	return compiler, nil
}

// What can be seen in the modules as they were written, before the compiler changes them.
func checkModules(modules map[string]*ast.Module, r request, data map[string]any) []problem {
	// What follows from a package in the wrong place would only hide it.
	if problems := packageProblems(modules); len(problems) > 0 {
		return problems
	}
	return slices.Concat(
		metadataProblems(modules),
		inputProblems(modules, r.Schemas),
		unknownReferences(modules, data),
		checkEntrypoints(modules, r.Entrypoints),
	)
}

// Each entrypoint is a rule of exactly one file: two files that both claim it would decide by conflict.
func checkEntrypoints(modules map[string]*ast.Module, entrypoints []string) []problem {
	var problems []problem
	for _, entrypoint := range entrypoints {
		want := "data." + strings.ReplaceAll(entrypoint, "/", ".")
		var files []string
		row := 0
		for _, file := range util.KeysSorted(modules) {
			module := modules[file]
			if isTest(file) {
				continue
			}
			for _, rule := range module.Rules {
				if module.Package.Path.Extend(rule.Head.Ref().GroundPrefix()).String() == want && !slices.Contains(files, file) {
					files = append(files, file)
					row = rule.Loc().Row
				}
			}
		}
		switch {
		case len(files) == 0:
			problems = append(problems, problem{Code: "entrypoint_missing", Message: fmt.Sprintf("no rule defines the entrypoint %s (a rule named %s)", entrypoint, want)})
		case len(files) > 1:
			problems = append(problems, problem{File: files[len(files)-1], Row: row, Col: 1, Code: "entrypoint_twice",
				Message: fmt.Sprintf("the entrypoint %s is defined in more than one file: %s", entrypoint, strings.Join(files, ", "))})
		}
	}
	return problems
}
