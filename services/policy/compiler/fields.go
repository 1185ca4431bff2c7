package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Fields that the input's schema does not have, and values that a field never has. OPA's own type checker finds most fields; it
// gives up where a value may be null (input.elevation.idd), where an author left the schema annotation out, and in the path of
// object.get; values it does not know. Packages under data.sudoql.<name> get the schema input/<name>, whatever their annotations say.
func inputProblems(modules map[string]*ast.Module, schemas map[string]json.RawMessage) []problem {
	var problems []problem
	inputs := inputSchemas(schemas)
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		schema, ok := inputs[areaOf(module)]
		if isTest(file) || !ok {
			continue
		}
		for _, rule := range module.Rules {
			problems = append(problems, fieldProblems(file, rule, schema)...)
		}
	}
	return problems[:min(len(problems), maxProblems)]
}

func fieldProblems(file string, rule *ast.Rule, schema map[string]any) []problem {
	var problems []problem
	at := func(where *ast.Location, code, message string) {
		problems = append(problems, problem{File: file, Row: where.Row, Col: where.Col, Code: code, Message: message})
	}
	bound := bindings(rule)
	look := func(ref ast.Ref, where *ast.Location) {
		if i, name, known := unknownField(ref, schema); i > 0 {
			at(where, "unknown_field", fmt.Sprintf("%s has no field %q%s", ref[:i], name, meant(name, known)))
		}
	}
	compare := func(call []*ast.Term, where *ast.Location) {
		for _, one := range comparisons(call) {
			ref, ok := bound.absolute(one.term)
			if !ok {
				continue
			}
			if known, closed := valuesAt(ref, schema, one.element); closed && !slices.Contains(known, one.value) {
				at(where, "unknown_value", fmt.Sprintf("%s is never %q%s", one.term, one.value, meantOf(one.value, known)))
			}
		}
	}
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		switch value := term.Value.(type) {
		case ast.Ref:
			if value.HasPrefix(ast.InputRootRef) {
				look(value, term.Location)
			}
		case ast.Call:
			if ref, ok := gotten(value); ok {
				look(ref, term.Location)
			}
			compare(value, term.Location)
		}
		return false
	})
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		if terms, ok := expr.Terms.([]*ast.Term); ok {
			if ref, ok := gotten(terms); ok {
				look(ref, expr.Location)
			}
			compare(terms, expr.Location)
		}
		return false
	})
	return problems
}

// The schemas of what the packages under data.sudoql.<name> are asked about, by that name.
func inputSchemas(schemas map[string]json.RawMessage) map[string]map[string]any {
	inputs := map[string]map[string]any{}
	for path, raw := range schemas {
		schema := map[string]any{}
		if name, ok := strings.CutPrefix(path, "input/"); ok && json.Unmarshal(raw, &schema) == nil {
			inputs[name] = schema
		}
	}
	return inputs
}

func areaOf(module *ast.Module) string {
	path := module.Package.Path
	if len(path) < 3 || !path[1].Equal(ast.StringTerm("sudoql")) {
		return ""
	}
	name, _ := path[2].Value.(ast.String)
	return string(name)
}

// `object.get(input.a, ["b", "c"], …)` as input.a.b.c.
func gotten(call []*ast.Term) (ast.Ref, bool) {
	if len(call) != 4 || call[0].String() != "object.get" {
		return nil, false
	}
	ref, ok := asRef(call[1])
	if !ok || !ref.HasPrefix(ast.InputRootRef) {
		return nil, false
	}
	switch path := call[2].Value.(type) {
	case ast.String:
		return ref.Append(call[2]), true
	case *ast.Array:
		for i := range path.Len() {
			ref = ref.Append(path.Elem(i))
		}
		return ref, true
	}
	return nil, false
}

// `input` alone is a reference, a bound name alone is not.
func asRef(term *ast.Term) (ast.Ref, bool) {
	switch value := term.Value.(type) {
	case ast.Ref:
		return value, true
	case ast.Var:
		return ast.Ref{term}, true
	}
	return nil, false
}

// The position of the first part that is no field of its object, its name, and the names that are; 0 when all are, or when the
// schema does not say.
func unknownField(ref ast.Ref, schema map[string]any) (int, string, []string) {
	alternatives := []map[string]any{schema}
	for i, part := range ref[1:] {
		next, known, closed := step(alternatives, part)
		if !closed {
			return 0, "", nil
		}
		if len(next) == 0 {
			name, ok := part.Value.(ast.String)
			if !ok || len(known) == 0 {
				return 0, "", nil
			}
			return i + 1, string(name), known
		}
		alternatives = next
	}
	return 0, "", nil
}

// What a part of a reference leads to, and the names of the fields that there are; closed unless the schema leaves it open.
func step(alternatives []map[string]any, part *ast.Term) (next []map[string]any, known []string, closed bool) {
	closed = true
	for _, alternative := range flatten(alternatives) {
		properties, isObject := alternative["properties"].(map[string]any)
		items, isArray := alternative["items"].(map[string]any)
		switch {
		case isObject:
			known = append(known, util.KeysSorted(properties)...)
			if name, ok := part.Value.(ast.String); ok {
				if property, ok := properties[string(name)].(map[string]any); ok {
					next = append(next, property)
				}
			} else {
				closed = false
			}
		case isArray:
			next = append(next, items)
		case alternative["type"] == "object":
			closed = false
		}
	}
	slices.Sort(known)
	return next, slices.Compact(known), closed
}

func flatten(schemas []map[string]any) []map[string]any {
	var flat []map[string]any
	for _, schema := range schemas {
		options, ok := schema["anyOf"].([]any)
		if !ok {
			flat = append(flat, schema)
			continue
		}
		for _, option := range options {
			if one, ok := option.(map[string]any); ok {
				flat = append(flat, flatten([]map[string]any{one})...)
			}
		}
	}
	return flat
}

func meantOf(value string, known []string) string {
	if best := closest(value, known); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	return "; it is one of " + strings.Join(known, ", ")
}
