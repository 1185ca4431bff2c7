package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/types"
	"github.com/open-policy-agent/opa/v1/util"
)

// What decisions gather from the packages under data.sudoql.<name>.rules, and of what shape each is: `data.….rules[_].deny[_]` over
// a `deny` that is no set finds nothing, and nobody is told. Elements are of the schema of the decision itself.
func gatheredShapes(area map[string]any) map[string]map[string]any {
	shapes := map[string]map[string]any{"permit": {"type": "boolean"}}
	properties, _ := area["properties"].(map[string]any)
	if reasons, ok := properties["reasons"].(map[string]any); ok {
		shapes["deny"] = map[string]any{"type": "set", "items": reasons["items"]}
	}
	if obligations, ok := properties["obligations"].(map[string]any); ok {
		shapes["limit"] = map[string]any{"type": "set", "items": obligations}
	}
	return shapes
}

var gatheredNames = []string{"deny", "limit", "permit"}

// Positions in data.sudoql.<area>.rules.<package>.<name>.
const (
	rulesAt   = 3
	packageAt = 4
	nameAt    = 5
)

// Rules whose values a decision would gather, or give, in another shape than it takes them for. By type alone: what has no type that
// is known is refused too, where it is the gathered name itself.
func shapeProblems(compiler *ast.Compiler, r request) []problem {
	var problems []problem
	for _, name := range util.KeysSorted(r.Schemas) {
		area, ok := strings.CutPrefix(name, "output/")
		schema := map[string]any{}
		if !ok || json.Unmarshal(r.Schemas[name], &schema) != nil {
			continue
		}
		found := gatheredProblems(compiler, r, area, gatheredShapes(schema))
		if len(found) == 0 {
			found = decisionProblems(compiler, area, schema)
		}
		problems = append(problems, found...)
	}
	if len(problems) == 0 {
		problems = functionProblems(compiler)
	}
	if len(problems) == 0 {
		problems = mixedProblems(compiler)
	}
	return problems[:min(len(problems), maxProblems)]
}

func gatheredProblems(compiler *ast.Compiler, r request, area string, shapes map[string]map[string]any) []problem {
	var problems []problem
	root := ast.MustParseRef("data.sudoql").Append(ast.StringTerm(area)).Append(ast.StringTerm("rules"))
	seen := map[string][]*ast.Rule{}
	eachRule(compiler, func(file string, path ast.Ref, rule *ast.Rule) {
		at := func(message string) {
			problems = append(problems, problem{File: file, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "rule_shape", Message: message})
		}
		if !mayMeet(path, root) {
			return
		}
		if len(path) <= nameAt {
			at(fmt.Sprintf("%s stands where decisions look for packages of rules: put it into a package of its own", withoutGenerated(path)))
			return
		}
		shape, gathered := shapes[nameOf(path[nameAt])]
		for _, part := range path[rulesAt : nameAt+1] {
			if nameOf(part) == "" {
				at(fmt.Sprintf("the name %s is only known when it runs: a rule that a decision gathers is named in so many words", withoutGenerated(path)))
				return
			}
		}
		if !gathered {
			return
		}
		name := path[:nameAt+1].String()
		if len(path) > nameAt+1 {
			at(fmt.Sprintf("%s makes %s an object: %s", withoutGenerated(path), nameOf(path[nameAt]), wanted(nameOf(path[nameAt]), shape)))
			return
		}
		seen[name] = append(seen[name], rule)
	})
	for _, name := range util.KeysSorted(seen) {
		rules := seen[name]
		path := ast.MustParseRef(name)
		said := misfit(compiler.TypeEnv.GetByRef(path), shapes[nameOf(path[nameAt])], true)
		if said == "" {
			continue
		}
		for _, rule := range guilty(r, path, rules, shapes[nameOf(path[nameAt])]) {
			problems = append(problems, problem{File: rule.Loc().File, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "rule_shape",
				Message: fmt.Sprintf("%s is %s: %s", nameOf(path[nameAt]), said, wanted(nameOf(path[nameAt]), shapes[nameOf(path[nameAt])]))})
		}
	}
	return problems
}

// Of several rules of one name those that make its type what it is not to be: each is compiled without the others.
func guilty(r request, path ast.Ref, rules []*ast.Rule, shape map[string]any) []*ast.Rule {
	if len(rules) == 1 || len(rules) > 10 {
		return rules[:1]
	}
	modules, problems := parseAll(r, isRule)
	data, err := dataOf(r)
	if len(problems) > 0 || err != nil {
		return rules[:1]
	}
	var found []*ast.Rule
	for _, one := range rules {
		alone := map[string]*ast.Module{}
		for file, module := range modules {
			left := module.Copy()
			left.Rules = slices.DeleteFunc(left.Rules, func(rule *ast.Rule) bool {
				same := rule.Loc().Row == one.Loc().Row && rule.Loc().Col == one.Loc().Col && rule.Loc().File == one.Loc().File
				return !same && left.Package.Path.Extend(rule.Head.Ref()).Equal(path)
			})
			alone[file] = left
		}
		compiler, _ := newCompiler(r, data)
		compiler.WithOnlyStagesUpTo(ast.StageCheckTypes).Compile(alone)
		if !compiler.Failed() && misfit(compiler.TypeEnv.GetByRef(path), shape, true) != "" {
			found = append(found, one)
		}
	}
	if len(found) == 0 {
		return rules[:1]
	}
	return found
}

// The decision itself, for what it gathers otherwise.
func decisionProblems(compiler *ast.Compiler, area string, schema map[string]any) []problem {
	path := ast.MustParseRef("data.sudoql").Append(ast.StringTerm(area)).Append(ast.StringTerm("decision"))
	var problems []problem
	eachRule(compiler, func(file string, rulePath ast.Ref, rule *ast.Rule) {
		if len(problems) > 0 || !rulePath.Equal(path) {
			return
		}
		if said := misfit(compiler.TypeEnv.GetByRef(path), schema, false); said != "" {
			problems = append(problems, problem{File: file, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "rule_shape",
				Message: fmt.Sprintf("decision is %s: see docs/policy-reference.md for what it answers", said)})
		}
	})
	return problems
}

// Whatever else is gathered over packages, `data.a[_].b`, is in all of them of one kind.
func mixedProblems(compiler *ast.Compiler) []problem {
	var problems []problem
	type found struct {
		path  ast.Ref
		place string
	}
	var rules []found
	eachRule(compiler, func(file string, path ast.Ref, rule *ast.Rule) {
		rules = append(rules, found{path, fmt.Sprintf("%s:%d", file, rule.Loc().Row)})
	})
	known := map[string]map[string]string{}
	kindsOf := func(ref ast.Ref) map[string]string {
		key := ref.String()
		if _, looked := known[key]; !looked {
			known[key] = map[string]string{}
			for _, one := range rules {
				n := len(one.path)
				if n <= len(ref) && mayMeet(ref[:n], one.path) && !ref[:n].IsGround() && nameOf(ref[n-1]) != "" {
					known[key][kindOf(compiler.TypeEnv.GetByRef(one.path.GroundPrefix()))] = one.place
				}
			}
		}
		return known[key]
	}
	eachRule(compiler, func(file string, _ ast.Ref, rule *ast.Rule) {
		ast.WalkTerms(rule, func(term *ast.Term) bool {
			ref, ok := term.Value.(ast.Ref)
			if !ok || !ref.HasPrefix(ast.DefaultRootRef) || ref.IsGround() {
				return false
			}
			if kinds := kindsOf(ref); len(kinds) > 1 {
				found := []string{}
				for _, kind := range util.KeysSorted(kinds) {
					found = append(found, fmt.Sprintf("%s in %s", kind, kinds[kind]))
				}
				problems = append(problems, problem{File: file, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "rule_shape",
					Message: fmt.Sprintf("%s is gathered from several packages, and is %s: one name, one shape", withoutGenerated(ref), strings.Join(found, " and "))})
			}
			return false
		})
	})
	return onceEach(problems)
}

// In the order of files, tests left out.
func eachRule(compiler *ast.Compiler, act func(file string, path ast.Ref, rule *ast.Rule)) {
	eachRuleAndTest(compiler, func(file string, path ast.Ref, rule *ast.Rule) {
		if !isTest(file) {
			act(file, path, rule)
		}
	})
}

func eachRuleAndTest(compiler *ast.Compiler, act func(file string, path ast.Ref, rule *ast.Rule)) {
	for _, file := range util.KeysSorted(compiler.Modules) {
		module := compiler.Modules[file]
		for _, rule := range module.Rules {
			act(file, module.Package.Path.Extend(rule.Head.Ref()), rule)
		}
	}
}

// Whether one may name what is at, above or below the other: a part that is only known later may be any.
func mayMeet(a, b ast.Ref) bool {
	for i := range min(len(a), len(b)) {
		if i > 0 && nameOf(a[i]) != "" && nameOf(b[i]) != "" && nameOf(a[i]) != nameOf(b[i]) {
			return false
		}
	}
	return true
}

func nameOf(part *ast.Term) string {
	name, _ := part.Value.(ast.String)
	return string(name)
}

func withoutGenerated(ref ast.Ref) string {
	shown := ref.Copy()
	for i, part := range shown {
		if variable, ok := part.Value.(ast.Var); ok && i > 0 && (variable.IsGenerated() || variable.IsWildcard()) {
			shown[i] = ast.VarTerm("_")
		}
	}
	return shown.String()
}

func wanted(name string, shape map[string]any) string {
	switch shape["type"] {
	case "boolean":
		return fmt.Sprintf("it must be true or false, as in `%s if …`", name)
	case "set":
		items, _ := shape["items"].(map[string]any)
		properties, _ := items["properties"].(map[string]any)
		return fmt.Sprintf("it must be a set of objects with %s, as in `%s contains {…} if …`", strings.Join(util.KeysSorted(properties), ", "), name)
	}
	return ""
}

// What a type is that is not, or is not only, what the schema says; empty when it fits, or when it may and nothing more is known.
// `known`: it must be known to fit as far as sets, objects and plain values go.
func misfit(t types.Type, schema map[string]any, known bool) string {
	if options, ok := schema["anyOf"].([]any); ok {
		var said string
		for _, option := range options {
			one, _ := option.(map[string]any)
			if said = misfit(t, one, known); said == "" {
				return ""
			}
		}
		return said
	}
	if t == nil {
		return ""
	}
	if union, ok := t.(types.Any); ok {
		if len(union) == 0 {
			if known {
				return "of a type that is not known before it runs"
			}
			return ""
		}
		for _, one := range union {
			if said := misfit(one, schema, known); said != "" {
				return "sometimes " + strings.TrimPrefix(said, "sometimes ")
			}
		}
		return ""
	}
	items, _ := schema["items"].(map[string]any)
	switch schemaType(schema) {
	case "set":
		if set, ok := t.(*types.Set); ok {
			return within("a set with", misfit(set.Of(), items, false))
		}
	case "array":
		if array, ok := t.(*types.Array); ok {
			for i := range array.Len() {
				if said := misfit(array.Select(i), items, false); said != "" {
					return within("a list with", said)
				}
			}
			return within("a list with", misfit(array.Dynamic(), items, false))
		}
	case "object":
		if object, ok := t.(*types.Object); ok {
			return objectMisfit(object, schema)
		}
	case "string", "number", "boolean", "null":
		if kindOf(t) == "a "+schemaType(schema) || kindOf(t) == schemaType(schema) {
			return ""
		}
	default:
		return ""
	}
	return kindOf(t)
}

func objectMisfit(object *types.Object, schema map[string]any) string {
	properties, closed := schema["properties"].(map[string]any)
	if !closed {
		return ""
	}
	has := map[string]bool{}
	for _, property := range object.StaticProperties() {
		name := fmt.Sprint(property.Key)
		has[name] = true
		one, ok := properties[name].(map[string]any)
		if !ok {
			return fmt.Sprintf("an object with %q%s", name, meant(name, util.KeysSorted(properties)))
		}
		if said := misfit(property.Value, one, false); said != "" {
			return fmt.Sprintf("an object whose %s is %s", name, said)
		}
	}
	required, _ := schema["required"].([]any)
	for _, name := range required {
		if !has[fmt.Sprint(name)] && object.DynamicProperties() == nil {
			return fmt.Sprintf("an object without %s", name)
		}
	}
	return ""
}

func within(words, said string) string {
	if said == "" {
		return ""
	}
	return words + " " + said
}

func schemaType(schema map[string]any) string {
	if constant, ok := schema["const"]; ok {
		if _, text := constant.(string); text {
			return "string"
		}
		return "number"
	}
	if schema["type"] == "integer" {
		return "number"
	}
	name, _ := schema["type"].(string)
	return name
}

func kindOf(t types.Type) string {
	switch kind := t.(type) {
	case *types.NamedType:
		return kindOf(kind.Type)
	case *types.Recursive:
		return kindOf(kind.Unwrap())
	case types.Null:
		return "null"
	case types.Boolean:
		return "a boolean"
	case types.Number:
		return "a number"
	case types.String:
		return "a string"
	case *types.Array:
		return "a list"
	case *types.Object:
		return "an object"
	case *types.Set:
		return "a set"
	case *types.Function:
		return "a function"
	case types.Any:
		if len(kind) == 0 {
			return "of a type that is not known before it runs"
		}
		names := []string{}
		for _, one := range kind {
			names = append(names, kindOf(one))
		}
		return strings.Join(names, " or ")
	}
	return "nothing"
}
