package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"runtime"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
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

// Tests that are one value without parameters, `test_x if …`, or a table of cases, `test_x[name] if …`, as nearly all are. OPA's runner
// parses and compiles a query for each, evaluates it on a stack that grows anew, and has its end and its cases watched by a trace: two
// thirds of a test's time. Here the compiled rule is asked for as that query asks for it. What else a test can be (a function, one to be
// skipped) is the runner's.
type plainTests struct {
	*preparedTests
	// Sees each event when coverage is wanted, else nil.
	tracer topdown.QueryTracer
}

func isTestOf(rule *ast.Rule, parts int, kind ast.DocKind) bool {
	ref := rule.Head.Ref()
	return len(ref) == parts && len(rule.Head.Args) == 0 && rule.Head.DocKind() == kind && strings.HasPrefix(ref[0].String(), tester.TestPrefix)
}

// Runs those whose full name matches; `ran` are the rules of those that are one value, as entrypoints of a module, and `others` the paths
// of all rules that are for OPA's runner to look at.
func (p plainTests) run() (results []*tester.Result, ran []entrypoint, others []ast.Ref) {
	for _, file := range util.KeysSorted(p.compiler.Modules) {
		module := p.compiler.Modules[file]
		for _, rule := range module.Rules {
			path := module.Package.Path.Extend(rule.Head.Ref()[:1])
			wanted := p.filter.MatchString(path.String())
			if isTestOf(rule, 1, ast.CompleteDoc) {
				if wanted {
					result, value := p.one(rule, path)
					result.Fail = result.Error == nil && (value == nil || value.Compare(ast.Boolean(true)) != 0)
					results = append(results, result)
					ran = append(ran, entrypoint{strings.ReplaceAll(packageName(module.Package), ".", "/") + "/" + result.Name, path})
				}
			} else if isTestOf(rule, 2, ast.PartialObjectDoc) {
				if wanted {
					begun = nil
					result, value := p.one(rule, path)
					if ofCases(result, value) {
						results = append(results, result)
					} else {
						others = append(others, path)
					}
				}
			} else if strings.Contains(rule.Head.Ref().String(), tester.TestPrefix) {
				others = append(others, module.Package.Path.Extend(rule.Head.Ref().GroundPrefix()))
			}
		}
	}
	return results, ran, others
}

// Cases of the table that is evaluated, as each begins: one that does not hold is not in its value.
var begun []*ast.Array

func init() {
	original := topdown.GetBuiltin(ast.InternalTestCase.Name)
	topdown.RegisterBuiltinFunc(ast.InternalTestCase.Name, func(context topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		if name, ok := operands[0].Value.(*ast.Array); ok {
			begun = append(begun, name)
		}
		return original(context, operands, iter)
	})
}

// Says what became of each case, as the runner does; false of a value that it would look into.
func ofCases(result *tester.Result, value ast.Value) bool {
	if value == nil {
		result.Fail = result.Error == nil
		return true
	}
	object, ok := value.(ast.Object)
	if !ok {
		return false
	}
	result.SubResults = tester.SubResultMap{}
	known := true
	object.Foreach(func(key, each *ast.Term) {
		holds, ok := each.Value.(ast.Boolean)
		name, err := ast.JSON(key.Value)
		known = known && ok && err == nil
		text, isText := name.(string)
		if !isText {
			encoded, _ := json.Marshal(name)
			text = string(encoded)
		}
		result.SubResults[text] = &tester.SubResult{Name: text, Fail: !bool(holds)}
		result.Fail = result.Fail || !bool(holds)
	})
	for _, name := range begun {
		if result.SubResults.Update(*name, nil) {
			result.Fail = true
		}
	}
	return known
}

// Its value is nil where it is undefined.
func (p plainTests) one(rule *ast.Rule, path ast.Ref) (*tester.Result, ast.Value) {
	pkg, name := rule.Module.Package.Path.String(), rule.Head.Ref()[:1].String()
	report(pkg + "." + name)
	runtime.Gosched()
	var output bytes.Buffer
	var builtinErrors []topdown.Error
	term := ast.VarTerm("value")
	start := time.Now()
	query := topdown.NewQuery(ast.NewBody(ast.Equality.Expr(ast.NewTerm(path), term))).
		WithCompiler(p.compiler).
		WithStore(p.store).
		WithTransaction(p.txn).
		WithCancel(&limit{end: start.Add(p.timeout)}).
		WithPrintHook(topdown.NewPrintHook(&output)).
		WithBuiltinErrorList(&builtinErrors)
	if p.tracer != nil {
		query = query.WithQueryTracer(p.tracer)
	}
	var value ast.Value
	err := query.Iter(ast.WithCompiler(context.Background(), p.compiler), func(result topdown.QueryResult) error {
		value = result[term.Value.(ast.Var)].Value
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
	return out, value
}
