package main

import (
	"context"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/cover"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/storage/inmem"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util/channel"
)

// Sees what OPA's runner runs: names the running test to the host, and lets Go's timers run, for here nothing preempts an
// evaluation. Collects coverage of that and of the plain tests.
type watcher struct {
	*cover.Cover
	collect bool
	events  int
}

func (w *watcher) TraceEvent(event topdown.Event) {
	if rule, ok := event.Node.(*ast.Rule); ok && event.Op == topdown.EnterOp && strings.HasPrefix(string(rule.Head.Name), tester.TestPrefix) {
		report(rule.Module.Package.Path.String() + "." + string(rule.Head.Name))
	}
	if w.events++; w.events%1024 == 0 {
		runtime.Gosched()
	}
	if w.collect {
		w.Cover.TraceEvent(event)
	}
}

// Compiles strictly and runs the tests; those that fail run once more with a trace, to show what was compared.
func test(r request) response {
	modules, data, problems := readAll(r, isAny)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	if problems := checkModules(modules, r, data); len(problems) > 0 {
		return response{Problems: problems}
	}
	prepared, problems := prepareTests(r, modules, data, r.Filter, false)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	defer prepared.close()
	watch := &watcher{Cover: cover.New(), collect: r.Coverage}
	results, plain, problems := prepared.run(watch)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	problems, warnings := inForce(prepared.compiler, r)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	out := response{Tests: []testResult{}, Warnings: append(warningsOf(modules), warnings...)}
	passed := true
	for _, result := range results {
		out.Tests = append(out.Tests, describe(result))
		passed = passed && result.Pass()
	}
	explainFailures(r, data, out.Tests)
	slices.SortFunc(out.Tests, func(a, b testResult) int {
		return strings.Compare(a.File+"\x00"+a.Name, b.File+"\x00"+b.Name)
	})
	if r.Coverage {
		out.Coverage = coverageOf(watch.Cover.Report(modules))
	}
	if r.Build && passed && len(out.Tests) > 0 {
		deciding, problems := prepared.deciding(modules)
		if len(problems) > 0 {
			return response{Problems: problems}
		}
		module := built(deciding, r)
		out.Problems, out.Wasm = module.Problems, module.Wasm
	}
	if len(plain) > 0 {
		module, err := planned(prepared.compiler, isAny, plain)
		if err != nil {
			return response{Problems: problemsOf(err)}
		}
		out.TestsWasm = module
	}
	return out
}

// What tests run in: everything compiled strictly, and the data.
type preparedTests struct {
	compiler *ast.Compiler
	filter   *regexp.Regexp
	store    storage.Store
	txn      storage.Transaction
	timeout  time.Duration
}

func (p *preparedTests) close() { p.store.Abort(context.Background(), p.txn) }

// What decides says nothing: rules that print are compiled once more without it, or what they cost would be other than what they cost
// by "check" and "build".
func (p *preparedTests) deciding(modules map[string]*ast.Module) (*ast.Compiler, []problem) {
	silent := true
	rules := map[string]*ast.Module{}
	for file, module := range modules {
		if isRule(file) {
			rules[file] = module
			silent = silent && len(prints(file, module)) == 0
		}
	}
	if silent {
		return p.compiler, nil
	}
	compiler := ast.NewCompiler().WithCapabilities(capabilities())
	compiler.Compile(rules)
	return compiler, problemsOf(compiler.Errors)
}

func (p *preparedTests) runner() *tester.Runner {
	return tester.NewRunner().SetCompiler(p.compiler).SetStore(p.store).SetParallel(1).RaiseBuiltinErrors(true).SetTimeout(p.timeout)
}

// `traced`: for tests that are to say what they compared.
func prepareTests(r request, modules map[string]*ast.Module, data map[string]any, filter string, traced bool) (*preparedTests, []problem) {
	compiler, problems := newCompiler(r, data)
	if len(problems) > 0 {
		return nil, problems
	}
	pattern, err := regexp.Compile(filter)
	if err != nil {
		return nil, problemsOf(err)
	}
	ctx := context.Background()
	store := inmem.NewFromObject(data)
	txn, err := store.NewTransaction(ctx, storage.TransactionParams{})
	if err != nil {
		return nil, []problem{{Code: "compiler_fault", Message: err.Error()}}
	}
	prepared := &preparedTests{
		compiler: compiler.WithEnablePrintStatements(true).WithRewriteTestRules(traced),
		filter:   pattern, store: store, txn: txn, timeout: time.Duration(max(r.TimeoutMs, 1)) * time.Millisecond,
	}
	// The runner compiles, with its stages for tests, and finds that there is no time to run any.
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := collect(over, prepared.runner().SetModules(modules), txn); err != nil {
		prepared.close()
		return nil, withHints(problemsOf(err), modules, r)
	}
	return prepared, nil
}

// Those whose full name matches; `plain` are the tests that are one value, as entrypoints.
func (p *preparedTests) run(watch *watcher) (results []*tester.Result, plain []entrypoint, problems []problem) {
	one := plainTests{preparedTests: p}
	if watch.collect {
		one.tracer = watch
	}
	results, plain, others := one.run()
	if len(others) > 0 {
		runner := p.runner().Filter(p.filter.String()).SetCoverageQueryTracer(watch).SetPrefixMatchers(others...)
		more, err := collect(context.Background(), runner, p.txn)
		if err != nil {
			return nil, nil, problemsOf(err)
		}
		results = append(results, more...)
	}
	return results, plain, nil
}

func collect(ctx context.Context, runner *tester.Runner, txn storage.Transaction) ([]*tester.Result, error) {
	results, err := runner.RunTests(ctx, txn)
	if err != nil {
		return nil, err
	}
	return channel.Collect(results), nil
}

func describe(result *tester.Result) testResult {
	out := testResult{
		Package: strings.TrimPrefix(result.Package, "data."),
		Name:    result.Name,
		Result:  "pass",
		Output:  string(result.Output),
		Ms:      float64(result.Duration.Microseconds()) / 1000,
	}
	if result.Location != nil {
		out.File, out.Row = result.Location.File, result.Location.Row
	}
	switch {
	case result.Skip:
		out.Result = "skip"
	case result.Error != nil:
		out.Result = "error"
		out.Error = result.Error.Error()
		if topdown.IsCancel(result.Error) {
			out.Error = "the test did not end within its time"
		}
	case result.Fail:
		out.Result = "fail"
	}
	for name, sub := range result.SubResults {
		if sub.Fail {
			out.Cases = append(out.Cases, name)
		}
	}
	slices.Sort(out.Cases)
	return out
}
