package main

import (
	"context"
	"runtime"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/rego"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

const maxTrace = 5000

// Keeps what explains a decision: rules entered and left, and conditions that failed.
type tracer struct {
	events []traceEvent
	depth  map[uint64]int
	rule   map[uint64]string
	seen   int
}

func (*tracer) Enabled() bool               { return true }
func (*tracer) Config() topdown.TraceConfig { return topdown.TraceConfig{PlugLocalVars: true} }

func (t *tracer) TraceEvent(event topdown.Event) {
	if t.seen++; t.seen%1024 == 0 {
		runtime.Gosched()
	}
	if _, known := t.depth[event.QueryID]; !known {
		t.depth[event.QueryID] = t.depth[event.ParentID] + 1
		t.rule[event.QueryID] = t.rule[event.ParentID]
	}
	rule, isRule := event.Node.(*ast.Rule)
	if isRule {
		t.rule[event.QueryID] = strings.TrimPrefix(rule.Module.Package.Path.String(), "data.") + "." + rule.Head.Ref().GroundPrefix().String()
	}
	if len(t.events) >= maxTrace || event.Location == nil {
		return
	}
	if (isRule && (event.Op == topdown.EnterOp || event.Op == topdown.ExitOp)) || event.Op == topdown.FailOp {
		t.events = append(t.events, traceEvent{
			Op: string(event.Op), File: event.Location.File, Row: event.Location.Row, Depth: t.depth[event.QueryID],
			Text: firstLine(event.Location.Text), Rule: t.rule[event.QueryID], Vars: variables(&event),
		})
	}
}

func firstLine(text []byte) string {
	line, _, _ := strings.Cut(strings.TrimSpace(string(text)), "\n")
	return line
}

// A Rego query on an input, for authors. The gateway's own decisions are made by the built WASM.
func evaluate(r request) response {
	compiler, problems := compileAll(r, isRule)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	data, err := dataOf(r)
	if err != nil {
		return response{Problems: []problem{{Code: "data_error", Message: err.Error()}}}
	}
	var input any
	if err := util.UnmarshalJSON(r.Input, &input); err != nil {
		return response{Problems: []problem{{Code: "input_error", Message: err.Error()}}}
	}
	ctx := context.Background()
	query, err := rego.New(
		rego.Compiler(compiler), rego.Store(inmem.NewFromObject(data)), rego.Query(r.Query), rego.StrictBuiltinErrors(false),
	).PrepareForEval(ctx)
	if err != nil {
		return response{Problems: problemsOf(err)}
	}
	trace := &tracer{depth: map[uint64]int{}, rule: map[uint64]string{}}
	options := []rego.EvalOption{rego.EvalInput(input)}
	if r.Trace {
		// The index leaves rules out that cannot hold, and early exit those that no longer matter: here they are the answer.
		options = append(options, rego.EvalQueryTracer(trace), rego.EvalRuleIndexing(false), rego.EvalEarlyExit(false))
	}
	results, err := query.Eval(ctx, options...)
	if err != nil {
		return response{Problems: problemsOf(err)}
	}
	out := response{Trace: trace.events}
	if len(results) > 0 && len(results[0].Expressions) > 0 {
		out.Defined, out.Result = true, results[0].Expressions[0].Value
	}
	return out
}
