package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// What compiles and is likely not meant. Modules as they were written, for the compiler changes its own.
func warningsOf(modules map[string]*ast.Module) []problem {
	var warnings []problem
	for _, file := range util.KeysSorted(modules) {
		if !isTest(file) {
			warnings = append(warnings, prints(file, modules[file])...)
			warnings = append(warnings, undefinedNegations(file, modules[file])...)
		}
	}
	return append(warnings, sameCodes(modules)...)
}

func prints(file string, module *ast.Module) []problem {
	var found []problem
	ast.WalkExprs(module, func(expr *ast.Expr) bool {
		if expr.IsCall() && expr.Operator().String() == "print" {
			found = append(found, problem{File: file, Row: expr.Location.Row, Col: expr.Location.Col, Code: "print",
				Message: "print says nothing where decisions are made: it is for the tests"})
		}
		return false
	})
	return found
}

// One code in rules of two packages under the same decision: who reads it in the record cannot tell which refused.
func sameCodes(modules map[string]*ast.Module) []problem {
	var found []problem
	first := map[string]*ast.Rule{}
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		for _, rule := range module.Rules {
			for _, annotation := range rule.Annotations {
				code, ok := annotation.Custom["code"].(string)
				if !ok || isTest(file) {
					continue
				}
				key := areaOf(module) + "/" + code
				other := first[key]
				if other == nil {
					first[key] = rule
				} else if !other.Module.Package.Equal(module.Package) {
					found = append(found, problem{File: file, Row: annotation.Location.Row, Col: annotation.Location.Col, Code: "same_code",
						Message: fmt.Sprintf("the code %s is also that of %s:%d: who reads it cannot tell which rule refused", code, other.Loc().File, other.Loc().Row)})
				}
			}
		}
	}
	return found
}

// Conditions that read as if a missing field made them true, and do not: an argument of a call is looked up before `not` is
// applied, so `not startswith(input.x, "a")` is undefined without x, and a deny that hangs on it does not deny. Not where another
// condition of the same body, or of one around it, asks for the field too: without it nothing is said there anyway.
func undefinedNegations(file string, module *ast.Module) []problem {
	var found []problem
	aliases := map[ast.Var]ast.Ref{}
	for _, one := range module.Imports {
		if path, ok := one.Path.Value.(ast.Ref); ok && path.HasPrefix(ast.InputRootRef) {
			aliases[one.Name()] = path
		}
	}
	var look func(body ast.Body, guarded []ast.Ref, known map[ast.Var]ast.Ref)
	look = func(body ast.Body, guarded []ast.Ref, outer map[ast.Var]ast.Ref) {
		known := map[ast.Var]ast.Ref{}
		for name, ref := range outer {
			known[name] = ref
		}
		for _, expr := range body {
			if name, ref := assigned(expr, known); ref != nil {
				known[name] = ref
			} else if !expr.Negated {
				guarded = append(slices.Clone(guarded), inputRefs(expr, known)...)
			}
		}
		for _, expr := range body {
			if expr.Negated && isUndefinable(expr) {
				for _, ref := range inputRefs(expr, known) {
					if !slices.ContainsFunc(guarded, func(one ast.Ref) bool { return one.HasPrefix(ref) }) {
						found = append(found, problem{File: file, Row: expr.Location.Row, Col: expr.Location.Col, Code: "not_of_undefined",
							Message: fmt.Sprintf("without %s this is undefined, not true: put the condition into a rule of its own and negate that rule", ref)})
						break
					}
				}
			}
			if every, ok := expr.Terms.(*ast.Every); ok {
				look(every.Body, guarded, known)
			}
			eachBody(expr, func(body ast.Body) { look(body, guarded, known) })
		}
	}
	for _, rule := range module.Rules {
		for one := rule; one != nil; one = one.Else {
			look(one.Body, nil, aliases)
			eachBody(one.Head, func(body ast.Body) { look(body, nil, aliases) })
		}
	}
	return found
}

// The bodies of the comprehensions in a node, those inside of others left to these.
func eachBody(node any, act func(ast.Body)) {
	ast.WalkClosures(node, func(closure any) bool {
		switch c := closure.(type) {
		case *ast.ArrayComprehension:
			act(c.Body)
		case *ast.SetComprehension:
			act(c.Body)
		case *ast.ObjectComprehension:
			act(c.Body)
		}
		return true
	})
}

func isUndefinable(expr *ast.Expr) bool {
	return expr.IsCall() && !expr.IsEquality() && expr.Operator().String() != "equal" && expr.Location != nil
}

// `x := input.a` as x and input.a.
func assigned(expr *ast.Expr, known map[ast.Var]ast.Ref) (ast.Var, ast.Ref) {
	if !expr.IsAssignment() || expr.Negated {
		return "", nil
	}
	name, ok := expr.Operand(0).Value.(ast.Var)
	if !ok {
		return "", nil
	}
	refs := inputRefs(expr.Operand(1), known)
	if _, plain := asRef(expr.Operand(1)); !plain || len(refs) != 1 {
		return "", nil
	}
	return name, refs[0]
}

// The fields of the input that are looked up, by whatever name, as far as their path is written out; not those in comprehensions.
func inputRefs(x any, known map[ast.Var]ast.Ref) []ast.Ref {
	var refs []ast.Ref
	add := func(ref ast.Ref) {
		head, ok := ref[0].Value.(ast.Var)
		if !ok {
			return
		}
		if path, named := known[head]; named {
			ref = path.Concat(ref[1:])
		}
		if ref.HasPrefix(ast.InputRootRef) && len(ref) > 1 {
			refs = append(refs, ref.ConstantPrefix())
		}
	}
	visitor := ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.ArrayComprehension, *ast.SetComprehension, *ast.ObjectComprehension, *ast.Every:
			return true
		case ast.Ref:
			add(x)
			return true
		case ast.Var:
			if _, named := known[x]; named {
				add(ast.Ref{ast.NewTerm(x)})
			}
		}
		return false
	})
	visitor.Walk(x)
	return refs
}

// Of tests: those that ask nothing of the policy, and those whose name keeps them from being run.
func testWarnings(compiler *ast.Compiler) []problem {
	var found []problem
	used := map[util.T]bool{}
	var tests, others []*ast.Rule
	for _, file := range util.KeysSorted(compiler.Modules) {
		for _, rule := range compiler.Modules[file].Rules {
			if !isTest(file) {
				continue
			}
			for next := range compiler.Graph.Dependencies(rule) {
				used[next] = true
			}
			if strings.Contains(rule.Head.Ref().String(), "test_") {
				tests = append(tests, rule)
			} else {
				others = append(others, rule)
			}
		}
	}
	for _, rule := range others {
		name := rule.Head.Ref().GroundPrefix().String()
		first, _, more := strings.Cut(name, "_")
		if more && !used[rule] && levenshtein.ComputeDistance(strings.ToLower(first), "test") <= 2 {
			found = append(found, problem{File: rule.Loc().File, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "no_test",
				Message: fmt.Sprintf("%s is not run: tests are named test_…", name)})
		}
	}
	for _, rule := range tests {
		if !asksPolicy(compiler, rule, map[util.T]bool{}) {
			found = append(found, problem{File: rule.Loc().File, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "vacuous_test",
				Message: fmt.Sprintf("%s asks no rule of the policy: it passes whatever the policy says", rule.Head.Ref().GroundPrefix())})
		}
	}
	return found
}

func asksPolicy(compiler *ast.Compiler, rule util.T, seen map[util.T]bool) bool {
	if seen[rule] {
		return false
	}
	seen[rule] = true
	if readsSettings(rule) {
		return true
	}
	for next := range compiler.Graph.Dependencies(rule) {
		if one, ok := next.(*ast.Rule); ok && !isTest(one.Loc().File) {
			return true
		}
		if asksPolicy(compiler, next, seen) {
			return true
		}
	}
	return false
}

func readsSettings(rule util.T) bool {
	reads := false
	ast.NewGenericVisitor(func(x any) bool {
		switch x := x.(type) {
		case *ast.With:
			return true
		case ast.Ref:
			reads = reads || x.HasPrefix(settingsPath)
		}
		return reads
	}).Walk(rule)
	return reads
}
