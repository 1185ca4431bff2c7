package main

import (
	"bytes"
	"context"
	"errors"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/storage"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

// The time of a test, looked at where an evaluation asks whether it is to go on: nothing preempts one here, and no timer runs.
type limit struct {
	end   time.Time
	asked int
	over  bool
}

func (l *limit) Cancel() { l.over = true }

func (l *limit) Cancelled() bool {
	if l.asked++; l.asked%256 == 0 {
		runtime.Gosched()
		l.over = l.over || time.Now().After(l.end)
	}
	return l.over
}

// Tests that are one value without parameters, `test_x if …`, as nearly all are. OPA's runner parses and compiles a query for each,
// evaluates it on a stack that grows anew, and has its end watched by a trace: half of a test's time. Here the compiled rule is asked
// for as that query asks for it. What else a test can be (a table of cases, a function, one to be skipped) is the runner's.
type plainTests struct {
	compiler *ast.Compiler
	store    storage.Store
	txn      storage.Transaction
	timeout  time.Duration
	// Sees each event when coverage is wanted, else nil.
	tracer topdown.QueryTracer
}

func isPlainTest(rule *ast.Rule) bool {
	return len(rule.Head.Ref()) == 1 && len(rule.Head.Args) == 0 && rule.Head.DocKind() == ast.CompleteDoc &&
		strings.HasPrefix(rule.Head.Ref().String(), tester.TestPrefix)
}

// Paths of plain tests whose full name matches, as entrypoints; a name that stands twice is one rule.
func plainTestsOf(modules map[string]*ast.Module, filter string) []string {
	pattern, err := regexp.Compile(filter)
	if err != nil {
		return nil
	}
	var paths []string
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		for _, rule := range module.Rules {
			name := module.Package.Path.Extend(rule.Head.Ref().GroundPrefix()).String()
			if isPlainTest(rule) && pattern.MatchString(name) {
				path := strings.ReplaceAll(strings.TrimPrefix(name, "data."), ".", "/")
				if !slices.Contains(paths, path) {
					paths = append(paths, path)
				}
			}
		}
	}
	return paths
}

// Runs those whose full name matches, and gives the paths of all rules that are for OPA's runner to look at.
func (p plainTests) run(filter *regexp.Regexp) (results []*tester.Result, others []ast.Ref) {
	for _, file := range util.KeysSorted(p.compiler.Modules) {
		module := p.compiler.Modules[file]
		for _, rule := range module.Rules {
			path := module.Package.Path.Extend(rule.Head.Ref().GroundPrefix())
			if !isPlainTest(rule) {
				if strings.Contains(rule.Head.Ref().String(), tester.TestPrefix) {
					others = append(others, path)
				}
			} else if filter.MatchString(path.String()) {
				results = append(results, p.one(rule, path))
			}
		}
	}
	return results, others
}

func (p plainTests) one(rule *ast.Rule, path ast.Ref) *tester.Result {
	pkg, name := rule.Module.Package.Path.String(), rule.Head.Ref().String()
	report(pkg + "." + name)
	runtime.Gosched()
	var output bytes.Buffer
	var builtinErrors []topdown.Error
	value := ast.VarTerm("value")
	start := time.Now()
	query := topdown.NewQuery(ast.NewBody(ast.Equality.Expr(ast.NewTerm(path), value))).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(p.txn).
		WithCancel(&limit{end: start.Add(p.timeout)}).
		WithPrintHook(topdown.NewPrintHook(&output)).
		WithBuiltinErrorList(&builtinErrors)
	if p.tracer != nil {
		query = query.WithQueryTracer(p.tracer)
	}
	passed := false
	err := query.Iter(ast.WithCompiler(context.Background(), p.compiler), func(result topdown.QueryResult) error {
		passed = result[value.Value.(ast.Var)].Value.Compare(ast.Boolean(true)) == 0
		return nil
	})
	out := &tester.Result{Location: rule.Loc(), Package: pkg, Name: name, Duration: time.Since(start), Output: output.Bytes(), Error: err}
	if err == nil {
		errs := make([]error, len(builtinErrors))
		for i := range builtinErrors {
			errs[i] = &builtinErrors[i]
		}
		out.Error = errors.Join(errs...)
	}
	out.Fail = err == nil && !passed
	return out
}
