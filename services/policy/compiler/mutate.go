package main

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"time"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/tester"
	"github.com/open-policy-agent/opa/v1/topdown"
	"github.com/open-policy-agent/opa/v1/util"
)

// Changes rules, one condition or rule at a time, and looks whether a test comes to another value by it. In the compiled modules, as
// they are: to compile each mutant would take some hundred times as long. A condition is mutated where nothing else hangs on what it
// binds. The tests must pass.
func mutate(r request) response {
	modules, data, problems := readAll(r, isAny)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	prepared, problems := prepareTests(r, modules, data, r.Filter, false)
	if len(problems) > 0 {
		return response{Problems: problems}
	}
	defer prepared.close()
	// Whatever takes so much longer by a mutant is noticed.
	prepared.timeout = min(prepared.timeout, 2*time.Second)
	m := mutator{preparedTests: prepared, most: r.Most, out: &mutation{Unnoticed: []mutant{}}}
	m.findTests()
	for _, file := range util.KeysSorted(prepared.compiler.Modules) {
		if !isTest(file) && slices.ContainsFunc(r.Mutate, func(path string) bool { return below(file, path) }) {
			for _, rule := range prepared.compiler.Modules[file].Rules {
				m.rule(rule)
			}
		}
	}
	return response{Mutation: m.out}
}

// Whether a file is the path, or below it.
func below(file, path string) bool {
	path = strings.TrimSuffix(path, "/")
	return path == "" || path == "." || file == path || strings.HasPrefix(file, path+"/")
}

type mutator struct {
	*preparedTests
	most int
	out  *mutation
	// By each rule that they come to, the nearest first.
	tests map[*ast.Rule][]*valuedTest
}

type valuedTest struct {
	pkg, name string
	path      ast.Ref
	value     ast.Value
}

func (m *mutator) findTests() {
	m.tests = map[*ast.Rule][]*valuedTest{}
	found := map[string]*valuedTest{}
	for _, file := range util.KeysSorted(m.compiler.Modules) {
		module := m.compiler.Modules[file]
		for _, rule := range module.Rules {
			path := module.Package.Path.Extend(rule.Head.Ref().GroundPrefix())
			name := path.String()
			if !strings.HasPrefix(nameOf(path[len(path)-1]), tester.TestPrefix) || found[name] != nil || !m.filter.MatchString(name) {
				continue
			}
			one := &valuedTest{pkg: packageName(module.Package), name: name, path: path}
			found[name] = one
			one.value, _ = m.valueOf(one)
			reached := map[util.T]bool{}
			for _, same := range m.compiler.GetRulesExact(path) {
				follow(m.compiler, same, reached)
			}
			for rule := range reached {
				m.tests[rule.(*ast.Rule)] = append(m.tests[rule.(*ast.Rule)], one)
			}
		}
	}
	for rule, tests := range m.tests {
		distance := func(test *valuedTest) int {
			if test.pkg == packageName(rule.Module.Package)+"_test" {
				return 0
			}
			return 1
		}
		slices.SortStableFunc(tests, func(a, b *valuedTest) int { return distance(a) - distance(b) })
	}
}

// Nil: undefined.
func (m *mutator) valueOf(test *valuedTest) (ast.Value, error) {
	report(test.name)
	runtime.Gosched()
	var value ast.Value
	term := ast.VarTerm("value")
	query := topdown.NewQuery(ast.NewBody(ast.Equality.Expr(ast.NewTerm(test.path), term))).
		WithCompiler(m.compiler).
		WithStore(m.store).
		WithTransaction(m.txn).
		// The index is of the rules as they were.
		WithIndexing(false).
		WithCancel(&limit{end: time.Now().Add(m.timeout)})
	err := query.Iter(ast.WithCompiler(context.Background(), m.compiler), func(result topdown.QueryResult) error {
		value = result[term.Value.(ast.Var)].Value
		return nil
	})
	return value, err
}

func (m *mutator) rule(rule *ast.Rule) {
	if rule.Default {
		return
	}
	bound := ast.NewVarSet("input", "data")
	for _, argument := range rule.Head.Args {
		bound.Update(argument.Vars())
	}
	occurrences := occurrencesIn(rule)
	tried := map[string]bool{}
	for part := rule; part != nil; part = part.Else {
		body, after := part.Body, part.Else
		m.try(rule, part.Loc(), "dropped", tried, func() {
			part.Body, part.Else = ast.NewBody(ast.NewExpr(ast.BooleanTerm(false))), nil
		}, func() { part.Body, part.Else = body, after })
		m.conditions(rule, body, bound, occurrences, tried)
	}
}

// `bound`: variables that have a value before the body begins; `occurrences`: of each variable in the whole rule.
func (m *mutator) conditions(rule *ast.Rule, body ast.Body, bound ast.VarSet, occurrences map[ast.Var]int, tried map[string]bool) {
	bound = bound.Copy()
	for _, expr := range body {
		outside := ast.NewVarVisitor().WithParams(ast.VarVisitorParams{SkipClosures: true, SkipRefCallHead: true})
		outside.Walk(expr)
		own := occurrencesIn(expr)
		alone := true
		for name := range outside.Vars() {
			alone = alone && (bound.Contains(name) || occurrences[name] == own[name])
		}
		if alone && isCondition(expr) {
			turn := func() { expr.Negated = !expr.Negated }
			m.try(rule, expr.Location, "negated", tried, turn, turn)
		}
		bound.Update(outside.Vars())
		ast.WalkClosures(expr, func(closure any) bool {
			switch inner := closure.(type) {
			case *ast.ArrayComprehension:
				m.conditions(rule, inner.Body, bound, occurrences, tried)
			case *ast.SetComprehension:
				m.conditions(rule, inner.Body, bound, occurrences, tried)
			case *ast.ObjectComprehension:
				m.conditions(rule, inner.Body, bound, occurrences, tried)
			case *ast.Every:
				within := bound.Copy()
				within.Update(inner.KeyValueVars())
				m.conditions(rule, inner.Body, within, occurrences, tried)
			}
			return true
		})
	}
}

// Something that may hold or not, and that its author wrote.
func isCondition(expr *ast.Expr) bool {
	if expr.Generated || expr.Location == nil || len(expr.Location.Text) == 0 {
		return false
	}
	term, ok := expr.Terms.(*ast.Term)
	if !ok {
		return true
	}
	_, constant := term.Value.(ast.Boolean)
	return !constant
}

func occurrencesIn(node any) map[ast.Var]int {
	found := map[ast.Var]int{}
	ast.WalkVars(node, func(name ast.Var) bool {
		found[name]++
		return false
	})
	return found
}

func (m *mutator) try(rule *ast.Rule, at *ast.Location, kind string, tried map[string]bool, change, back func()) {
	key := fmt.Sprint(kind, at.Row, at.Col)
	if tried[key] {
		return
	}
	tried[key] = true
	if m.out.Tried == m.most {
		m.out.Left++
		return
	}
	m.out.Tried++
	change()
	defer back()
	noticed := func(test *valuedTest) bool {
		value, err := m.valueOf(test)
		return err != nil || (value == nil) != (test.value == nil) || (value != nil && value.Compare(test.value) != 0)
	}
	if !slices.ContainsFunc(m.tests[rule], noticed) {
		m.out.Unnoticed = append(m.out.Unnoticed, mutant{File: at.File, Row: at.Row, Col: at.Col, Kind: kind, Text: firstLine(at.Text)})
	}
}
