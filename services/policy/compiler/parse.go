package main

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

func isTest(file string) bool { return strings.HasSuffix(file, "_test.rego") }
func isRule(file string) bool { return !isTest(file) }
func isAny(string) bool       { return true }

type parsedFile struct {
	text   string
	module *ast.Module
}

// What was parsed for the request before: of a policy under an author's hands, all files but one are as they were. Everything that
// gets a module compiles a copy of it.
var parsed = map[string]parsedFile{}

func parseAll(r request, wanted func(string) bool) (map[string]*ast.Module, []problem) {
	for file := range parsed {
		if _, still := r.Files[file]; !still {
			delete(parsed, file)
		}
	}
	modules := map[string]*ast.Module{}
	var problems []problem
	for _, file := range util.KeysSorted(r.Files) {
		if !wanted(file) {
			continue
		}
		if before, ok := parsed[file]; ok && before.text == r.Files[file] {
			modules[file] = before.module
			continue
		}
		module, err := ast.ParseModuleWithOpts(file, r.Files[file], ast.ParserOptions{
			ProcessAnnotation: true,
			Capabilities:      capabilities(),
			RegoVersion:       ast.RegoV1,
		})
		delete(parsed, file)
		if err != nil {
			problems = append(problems, problemsOf(err)...)
		} else if module == nil {
			problems = append(problems, problem{File: file, Row: 1, Col: 1, Code: "rego_parse_error", Message: "the file is empty: a package is expected"})
		} else {
			modules[file] = module
			parsed[file] = parsedFile{r.Files[file], module}
		}
	}
	return modules, problems
}
