package main

import (
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
)

// A value that a condition looks for: in a field itself, or among a field's elements.
type comparison struct {
	term    *ast.Term
	value   string
	element bool
}

// `a == "x"`, `a != "x"`, `a in {"x", "y"}`, `"x" in a`, either way round.
func comparisons(call []*ast.Term) []comparison {
	if len(call) != 3 {
		return nil
	}
	left, right := call[1], call[2]
	switch call[0].String() {
	case "equal", "eq", "neq":
		if value, ok := right.Value.(ast.String); ok {
			return []comparison{{term: left, value: string(value)}}
		}
		if value, ok := left.Value.(ast.String); ok {
			return []comparison{{term: right, value: string(value)}}
		}
	case "internal.member_2":
		if value, ok := left.Value.(ast.String); ok {
			return []comparison{{term: right, value: string(value), element: true}}
		}
		var found []comparison
		each(right, func(element *ast.Term) {
			if value, ok := element.Value.(ast.String); ok {
				found = append(found, comparison{term: left, value: string(value)})
			}
		})
		return found
	}
	return nil
}

func each(collection *ast.Term, act func(*ast.Term)) {
	switch value := collection.Value.(type) {
	case ast.Set:
		value.Foreach(act)
	case *ast.Array:
		value.Foreach(act)
	}
}

// Names that stand for each element of a list in the input: of `some x in input.list` and `every x in input.list`.
type scope map[ast.Var]ast.Ref

func bindings(rule *ast.Rule) scope {
	bound := scope{}
	bind := func(name, list *ast.Term) {
		variable, ok := name.Value.(ast.Var)
		if !ok {
			return
		}
		ref, ok := bound.absolute(list)
		if !ok {
			// A name of something else, too, in another part of the rule, is left alone.
			bound[variable] = nil
			return
		}
		if known, again := bound[variable]; again && !known.Equal(ref.Append(ast.IntNumberTerm(0))) {
			bound[variable] = nil
			return
		}
		bound[variable] = ref.Append(ast.IntNumberTerm(0))
	}
	ast.WalkExprs(rule, func(expr *ast.Expr) bool {
		switch terms := expr.Terms.(type) {
		case *ast.SomeDecl:
			for _, symbol := range terms.Symbols {
				if call, ok := symbol.Value.(ast.Call); ok {
					bind(call[len(call)-2], call[len(call)-1])
				}
			}
		case *ast.Every:
			bind(terms.Value, terms.Domain)
		}
		return false
	})
	return bound
}

// A term as a reference that begins at the input.
func (bound scope) absolute(term *ast.Term) (ast.Ref, bool) {
	ref, ok := asRef(term)
	if !ok {
		return nil, false
	}
	if ref.HasPrefix(ast.InputRootRef) {
		return ref, true
	}
	head, ok := ref[0].Value.(ast.Var)
	if !ok || bound[head] == nil {
		return nil, false
	}
	return bound[head].Concat(ref[1:]), true
}

// The texts that a field (or an element of it) can be; closed when it can be no other.
func valuesAt(ref ast.Ref, schema map[string]any, element bool) ([]string, bool) {
	alternatives := []map[string]any{schema}
	parts := slices.Clone(ref[1:])
	if element {
		parts = append(parts, ast.IntNumberTerm(0))
	}
	for _, part := range parts {
		next, _, closed := step(alternatives, part)
		if !closed || len(next) == 0 {
			return nil, false
		}
		alternatives = next
	}
	var known []string
	for _, alternative := range flatten(alternatives) {
		value, isConst := alternative["const"].(string)
		switch {
		case isConst:
			known = append(known, value)
		case alternative["type"] == "null":
		default:
			return nil, false
		}
	}
	return known, len(known) > 0
}
