package main

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
	"github.com/open-policy-agent/opa/v1/ast"
)

// The host shows a page of problems, not a book.
const maxProblems = 50

const maxCandidates = 20

func problemsOf(err error) []problem {
	switch e := err.(type) {
	case ast.Errors:
		out := []problem{}
		for _, one := range e {
			if len(out) == maxProblems {
				return append(out, problem{Code: "more", Message: fmt.Sprintf("and %d more", len(e)-maxProblems)})
			}
			out = append(out, problemOf(one))
		}
		return out
	case *ast.Error:
		return []problem{problemOf(e)}
	}
	return []problem{{Code: "rego_error", Message: err.Error()}}
}

func problemOf(e *ast.Error) problem {
	out := problem{Code: e.Code, Message: e.Message}
	if e.Location != nil {
		out.File, out.Row, out.Col = e.Location.File, e.Location.Row, e.Location.Col
	}
	switch details := e.Details.(type) {
	case *ast.RefErrInvalidDetail:
		have := strings.Trim(details.Ref[details.Pos].String(), `"`)
		candidates := []string{}
		for _, value := range details.OneOf {
			candidates = append(candidates, strings.Trim(value.String(), `"`))
		}
		out.Message = fmt.Sprintf("%s has no field %q", details.Ref[:details.Pos], have)
		out.Message += meant(have, candidates)
	case nil:
	default:
		out.Details = details.Lines()
	}
	if out.Message == "match error" {
		out.Message = "these can never be equal, by their types"
	}
	if name, found := strings.CutPrefix(out.Message, "undefined function "); found {
		out.Message = explainFunction(name)
	}
	return out
}

// The likeliest of the candidates, or all that there are.
func meant(word string, candidates []string) string {
	if best := closest(word, candidates); best != "" {
		return fmt.Sprintf("; did you mean %q?", best)
	}
	if len(candidates) == 0 || len(candidates) > maxCandidates {
		return ""
	}
	return "; it has " + strings.Join(candidates, ", ")
}

func closest(word string, candidates []string) string {
	best, distance := "", max(2, len(word)/3)+1
	for _, candidate := range candidates {
		if d := levenshtein.ComputeDistance(word, candidate); d < distance {
			best, distance = candidate, d
		}
	}
	return best
}

func explainFunction(name string) string {
	if _, exists := ast.BuiltinMap[name]; !exists {
		if best := closest(name, builtinNames()); best != "" {
			return fmt.Sprintf("undefined function %s; did you mean %s?", name, best)
		}
		return "undefined function " + name
	}
	switch name {
	case "time.now_ns":
		return "time.now_ns is not available: a decision must give the same again; use input.clock.ns"
	case "sprintf":
		return "sprintf is not available in the decision's runtime; use a template string, as in $\"{name} is protected\""
	}
	return name + " is not available: it is not deterministic, or the decision's runtime lacks it"
}
