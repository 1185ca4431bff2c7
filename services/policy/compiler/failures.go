package main

import (
	"context"
	"regexp"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Tracing holds every event in memory, so only the first few failures are looked into.
const maxExplained = 20

func explainFailures(r request, data map[string]any, tests []testResult) {
	names := map[string]*testResult{}
	var patterns []string
	for i := range tests {
		if tests[i].Result == "fail" && len(patterns) < maxExplained {
			name := "data." + tests[i].Package + "." + tests[i].Name
			names[name] = &tests[i]
			patterns = append(patterns, regexp.QuoteMeta(name))
		}
	}
	if len(patterns) == 0 {
		return
	}
	modules, problems := parseAll(r, isAny)
	if len(problems) > 0 {
		return
	}
	prepared, problems := prepareTests(r, modules, data, "^("+strings.Join(patterns, "|")+")$", true)
	if len(problems) > 0 {
		return
	}
	defer prepared.close()
	results, err := collect(context.Background(), prepared.runner().EnableTracing(true).Filter(prepared.filter.String()), prepared.txn)
	if err != nil {
		return
	}
	for _, result := range results {
		if one, ok := names[result.Package+"."+result.Name]; ok {
			one.Failure = failureOf(result)
		}
	}
}

// The last condition of the test's own file that failed.
func failureOf(result *tester.Result) *failure {
	for i := len(result.Trace) - 1; i >= 0; i-- {
		event := result.Trace[i]
		expr, ok := event.Node.(*ast.Expr)
		if !ok || event.Op != topdown.FailOp || event.Location == nil || result.Location == nil || event.Location.File != result.Location.File {
			continue
		}
		out := &failure{File: event.Location.File, Row: event.Location.Row, Text: strings.TrimSpace(string(event.Location.Text)), Vars: variables(event)}
		if expr.IsCall() && len(expr.Operands()) == 2 {
			out.Left, out.Right = valueOf(event, expr.Operand(0)), valueOf(event, expr.Operand(1))
		}
		return out
	}
	return nil
}

func valueOf(event *topdown.Event, term *ast.Term) any {
	if _, isVar := term.Value.(ast.Var); isVar && event.Locals != nil {
		if value := event.Locals.Get(term.Value); value != nil {
			return plain(value)
		}
		return nil
	}
	if ast.IsConstant(term.Value) {
		return plain(term.Value)
	}
	return nil
}

func plain(value ast.Value) any {
	out, err := ast.JSON(value)
	if err != nil {
		return value.String()
	}
	return out
}

func variables(event *topdown.Event) map[string]any {
	out := map[string]any{}
	if event.Locals == nil {
		return out
	}
	event.Locals.Iter(func(key, value ast.Value) bool {
		if name, ok := key.(ast.Var); ok {
			if meta, ok := event.LocalMetadata[name]; ok && !meta.Name.IsGenerated() && !meta.Name.IsWildcard() {
				out[string(meta.Name)] = plain(value)
			}
		}
		return false
	})
	return out
}
