package main

import (
	"fmt"
	"path"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// A package's path is its folder's, so that whoever looks for a rule finds it, and a rule that was moved or copied is not taken
// for another. Files at the policy's root are nobody's, and free.
func packageProblems(modules map[string]*ast.Module) []problem {
	var problems []problem
	for _, file := range util.KeysSorted(modules) {
		folder := path.Dir(file)
		if folder == "." {
			continue
		}
		module := modules[file]
		want := strings.ReplaceAll(folder, "/", ".")
		have := packageName(module.Package)
		if have == want || (isTest(file) && have == want+"_test") {
			continue
		}
		if isTest(file) {
			want += "_test"
		}
		problems = append(problems, problem{File: file, Row: module.Package.Location.Row, Col: module.Package.Location.Col, Code: "package_path",
			Message: fmt.Sprintf("the package is %s, and its folder asks for %s", have, want)})
	}
	return problems
}

func packageName(of *ast.Package) string {
	return strings.TrimPrefix(of.Path.String(), "data.")
}
