package main

import (
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// What the clock is to each entrypoint: its answer can be another one later for the same input.
type clock struct {
	// A rule that they come to reads `input.clock`, or so much of the input that it may. Whether the clock is there and of its type
	// does not change with the time.
	Clock []string `json:"clock"`
	// They read it for lines of the settings that end, where there are such: by entrypoint the places of those moments, with null for
	// each part that may be any (`data.settings.acts_later.exceptions[n].until`).
	Endings map[string][]place `json:"endings"`
}

type place []*string

func readsClock(compiler *ast.Compiler, entrypoints []string) clock {
	found := clock{Clock: []string{}, Endings: map[string][]place{}}
	for _, entrypoint := range entrypoints {
		var endings []place
		always := slices.ContainsFunc(rulesOf(compiler, entrypoint), func(rule *ast.Rule) bool {
			if !ruleReadsClock(rule) {
				return false
			}
			ending := endingOf(compiler, rule)
			endings = append(endings, ending)
			return ending == nil
		})
		if always {
			found.Clock = append(found.Clock, entrypoint)
		} else if len(endings) > 0 {
			found.Endings[entrypoint] = endings
		}
	}
	return found
}

// Where a rule's body takes the moment of the settings without which it is undefined, whatever the time is; nil when it takes none.
func endingOf(compiler *ast.Compiler, rule *ast.Rule) place {
	if rule.Default || rule.Else != nil {
		return nil
	}
	for _, expr := range rule.Body {
		if expr.Negated || len(expr.With) > 0 || !expr.IsEquality() {
			continue
		}
		ref, ok := expr.Operand(1).Value.(ast.Ref)
		if !ok || !ref.HasPrefix(settingsPath) || nameOf(ref[len(ref)-1]) != "until" || len(compiler.GetRulesDynamic(ref)) > 0 {
			continue
		}
		found := place{}
		for _, part := range ref[1:] {
			name := nameOf(part)
			if name == "" {
				found = append(found, nil)
			} else {
				found = append(found, &name)
			}
		}
		return found
	}
	return nil
}

// The rules that an entrypoint comes to, its own among them.
func rulesOf(compiler *ast.Compiler, entrypoint string) []*ast.Rule {
	want := "data." + strings.ReplaceAll(entrypoint, "/", ".")
	reached := map[util.T]bool{}
	// What a reference to whole packages comes to in tests is in no module that decides.
	tests := map[util.T]bool{}
	eachRuleAndTest(compiler, func(file string, _ ast.Ref, rule *ast.Rule) {
		if isTest(file) {
			reached[rule], tests[rule] = true, true
		}
	})
	for _, file := range util.KeysSorted(compiler.Modules) {
		module := compiler.Modules[file]
		for _, rule := range module.Rules {
			if !isTest(file) && module.Package.Path.Extend(rule.Head.Ref().GroundPrefix()).String() == want {
				follow(compiler, rule, reached)
			}
		}
	}
	var rules []*ast.Rule
	for rule := range reached {
		if !tests[rule] {
			rules = append(rules, rule.(*ast.Rule))
		}
	}
	return rules
}

// Adds a rule, and all that it comes to.
func follow(compiler *ast.Compiler, rule util.T, reached map[util.T]bool) {
	if reached[rule] {
		return
	}
	reached[rule] = true
	for next := range compiler.Graph.Dependencies(rule) {
		follow(compiler, next, reached)
	}
}

func ruleReadsClock(rule *ast.Rule) bool {
	typed := typeChecks(rule)
	reads := false
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		switch value := term.Value.(type) {
		case ast.Ref:
			if value[0].Equal(ast.InputRootDocument) && (len(value) == 1 || mayBeClock(value[1])) && !typed[term] {
				reads = true
			}
		case ast.Var:
			// The whole input, where the compiler did not make a reference of it.
			if value.Equal(ast.InputRootDocument.Value) && !partOfRef(rule, term) {
				reads = true
			}
		}
		return reads
	})
	return reads
}

func mayBeClock(part *ast.Term) bool {
	name, ok := part.Value.(ast.String)
	return !ok || name == "clock"
}

func partOfRef(rule *ast.Rule, head *ast.Term) bool {
	part := false
	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		part = part || ref[0] == head
		return part
	})
	return part
}

var typeChecking = []string{"is_number", "is_string"}

// References to the clock's parts of which only the type is asked. The compiler gives each a variable of its own before the call.
func typeChecks(rule *ast.Rule) map[*ast.Term]bool {
	found := map[*ast.Term]bool{}
	ast.WalkBodies(rule, func(body ast.Body) bool {
		for _, expr := range body {
			if !expr.IsCall() || len(expr.Operands()) != 1 || !slices.Contains(typeChecking, expr.Operator().String()) {
				continue
			}
			operand := expr.Operand(0)
			if _, ok := operand.Value.(ast.Ref); ok {
				found[operand] = true
			} else if variable, ok := operand.Value.(ast.Var); ok {
				if ref := madeFrom(body, variable); ref != nil && uses(rule, variable) == 2 {
					found[ref] = true
				}
			}
		}
		return false
	})
	return found
}

// What a variable that the compiler made stands for in its body.
func madeFrom(body ast.Body, variable ast.Var) *ast.Term {
	if !variable.IsGenerated() {
		return nil
	}
	for _, expr := range body {
		if !expr.IsEquality() && !expr.IsAssignment() {
			continue
		}
		if left := expr.Operand(0); left != nil && left.Value.Compare(variable) == 0 {
			if _, ok := expr.Operand(1).Value.(ast.Ref); ok {
				return expr.Operand(1)
			}
		}
	}
	return nil
}

func uses(rule *ast.Rule, variable ast.Var) int {
	n := 0
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		if term.Value.Compare(variable) == 0 {
			n++
		}
		return false
	})
	return n
}
