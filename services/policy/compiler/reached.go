package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Rules that no entrypoint comes to. One that is to give a reason, by its METADATA or its name, and is never asked (`dney`, a folder in the wrong
// place) is a hole where its author sees a wall: a mistake. Of others, helpers that nothing uses yet, it is only said.
func unreached(compiler *ast.Compiler, entrypoints []string) (problems, warnings []problem) {
	if len(entrypoints) == 0 {
		return nil, nil
	}
	reached := map[util.T]bool{}
	for _, file := range util.KeysSorted(compiler.Modules) {
		module := compiler.Modules[file]
		for _, rule := range module.Rules {
			if slices.Contains(entrypoints, strings.ReplaceAll(packageName(module.Package)+"."+string(rule.Head.Name), ".", "/")) {
				follow(compiler, rule, reached)
			}
		}
	}
	asked := map[string]bool{}
	for rule := range reached {
		asked[packageName(rule.(*ast.Rule).Module.Package)] = true
	}
	said := map[string]bool{}
	for _, file := range util.KeysSorted(compiler.Modules) {
		module := compiler.Modules[file]
		for _, rule := range module.Rules {
			name := rule.Head.Ref().GroundPrefix().String()
			refuses := givesReason(rule) || (isOfRules(module) && (isGathered(rule) || !asked[packageName(module.Package)]))
			// What is in a test's file is left out of what decides, even a rule.
			if said[file+name] || (isTest(file) && !refuses) || (reached[rule] && !isTest(file)) {
				continue
			}
			said[file+name] = true
			message := fmt.Sprintf("nothing that decides comes to %s.%s", packageName(module.Package), name)
			if isTest(file) {
				message += ": the file is a test's by its name"
			} else if best := closest(name, gatheredNames); best != "" && best != name {
				message += fmt.Sprintf("; did you mean %q?", best)
			}
			one := problem{File: file, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "not_in_force", Message: message}
			if refuses {
				// Said once of a package of which nothing is asked.
				asked[packageName(module.Package)] = true
				problems = append(problems, one)
			} else {
				warnings = append(warnings, one)
			}
		}
	}
	return problems, warnings
}

// A package where decisions gather rules, or below it.
func isOfRules(module *ast.Module) bool {
	path := module.Package.Path
	return len(path) > packageAt && nameOf(path[1]) == "sudoql" && nameOf(path[rulesAt]) == "rules" && !strings.HasSuffix(nameOf(path[len(path)-1]), "_test")
}

// A rule by whose name alone its author means it to be asked.
func isGathered(rule *ast.Rule) bool {
	return slices.Contains(gatheredNames, rule.Head.Ref().GroundPrefix().String())
}

func givesReason(rule *ast.Rule) bool {
	return slices.ContainsFunc(rule.Annotations, func(annotation *ast.Annotations) bool { return annotation.Custom["code"] != nil })
}
