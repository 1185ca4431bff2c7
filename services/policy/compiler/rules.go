package main

import (
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// The annotated packages and rules, tests left out.
func listRules(r request) response {
	modules, problems := parseAll(r, func(file string) bool { return !isTest(file) })
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	out := response{Rules: []ruleInfo{}}
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		for _, annotation := range module.Annotations {
			if annotation.Scope == "rule" || annotation.Scope == "document" || annotation.Scope == "package" || annotation.Scope == "subpackages" {
				out.Rules = append(out.Rules, ruleInfo{
					Path:        pathOf(annotation),
					Package:     strings.TrimPrefix(module.Package.Path.String(), "data."),
					File:        file,
					Row:         annotation.Location.Row,
					Title:       annotation.Title,
					Description: annotation.Description,
					Custom:      annotation.Custom,
				})
			}
		}
	}
	return out
}

func pathOf(annotation *ast.Annotations) string {
	return strings.TrimPrefix(annotation.GetTargetPath().String(), "data.")
}
