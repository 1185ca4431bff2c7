package main

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Fields of the input that its schema does not have. OPA's own type checker finds most; it gives up where a value may be null
// (input.elevation.idd), and where an author left the schema annotation out. Packages under data.sudoql.<name> get the schema
// input/<name>, whatever their annotations say.
func unknownFields(modules map[string]*ast.Module, schemas map[string]json.RawMessage) []problem {
	var problems []problem
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		schema, ok := schemaOf(module, schemas)
		if isTest(file) || !ok {
			continue
		}
		ast.WalkTerms(module, func(term *ast.Term) bool {
			ref, ok := term.Value.(ast.Ref)
			if !ok || !ref.HasPrefix(ast.InputRootRef) {
				return false
			}
			if at, name, known := unknownField(ref, schema); at > 0 && len(problems) < maxProblems {
				message := fmt.Sprintf("%s has no field %q", ref[:at], name)
				if best := closest(name, known); best != "" {
					message += fmt.Sprintf("; did you mean %q?", best)
				} else {
					message += "; it has " + strings.Join(known, ", ")
				}
				problems = append(problems, problem{File: file, Row: term.Location.Row, Col: term.Location.Col, Code: "unknown_field", Message: message})
			}
			return false
		})
	}
	return problems
}

func schemaOf(module *ast.Module, schemas map[string]json.RawMessage) (map[string]any, bool) {
	path := module.Package.Path
	if len(path) < 3 || !path[1].Equal(ast.StringTerm("sudoql")) {
		return nil, false
	}
	name, ok := path[2].Value.(ast.String)
	if !ok {
		return nil, false
	}
	schema := map[string]any{}
	return schema, json.Unmarshal(schemas["input/"+string(name)], &schema) == nil
}

// The position of the first part that is no field of its object, its name, and the names that are; 0 when all are, or when the
// schema does not say.
func unknownField(ref ast.Ref, schema map[string]any) (int, string, []string) {
	alternatives := []map[string]any{schema}
	for i, part := range ref[1:] {
		var next []map[string]any
		known := []string{}
		closed := true
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
		if !closed {
			return 0, "", nil
		}
		if len(next) == 0 {
			name, ok := part.Value.(ast.String)
			if !ok || len(known) == 0 {
				return 0, "", nil
			}
			slices.Sort(known)
			return i + 1, string(name), slices.Compact(known)
		}
		alternatives = next
	}
	return 0, "", nil
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
