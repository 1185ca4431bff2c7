package main

import (
	"errors"
	"regexp"
	"slices"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// Functions that the compiled module would compute otherwise than OPA's evaluator does for some values, or without end: there the host
// computes them (host-functions.ts), held to OPA's by a test. In a module they go by names of their own, or OPA's would be linked.
var ours = []string{"format_int", "net.cidr_contains", "net.cidr_intersects", "replace", "to_number"}

const oursPrefix = "sudoql."

// The builtins that a module is compiled with.
func linked() *ast.Capabilities {
	all := *capabilities()
	all.Builtins = slices.Clone(all.Builtins)
	for _, builtin := range capabilities().Builtins {
		if slices.Contains(ours, builtin.Name) {
			host := *builtin
			host.Name = oursPrefix + builtin.Name
			all.Builtins = append(all.Builtins, &host)
		}
	}
	return &all
}

// Calls of them by the host's names, and what stands in for them in a test; in modules that are compiled, where a name is nobody else's.
// Calls that say something, and only in a test of OPA's runner, are left out.
func callOurs(modules []*ast.Module) {
	mocked := map[string]bool{}
	for _, module := range modules {
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			for _, with := range expr.With {
				mocked[with.Target.Value.String()] = true
			}
			return false
		})
	}
	// A new term for each, for terms may be shared.
	named := func(operator *ast.Term, operands []*ast.Term) *ast.Term {
		name := operator.Value.String()
		if !slices.Contains(ours, name) || (alike(name, operands) && !mocked[name]) {
			return operator
		}
		return ast.NewTerm(ast.MustParseRef(oursPrefix + name)).SetLocation(operator.Location)
	}
	for _, module := range modules {
		ast.WalkExprs(module, func(expr *ast.Expr) bool {
			if terms, ok := expr.Terms.([]*ast.Term); ok {
				if slices.Contains(unheard, terms[0].Value.String()) {
					expr.Terms, expr.With = ast.BooleanTerm(true), nil
					return false
				}
				terms[0] = named(terms[0], terms[1:])
			}
			for _, with := range expr.With {
				with.Target = named(with.Target, nil)
			}
			return false
		})
	}
}

var unheard = []string{"internal.print", "internal.test_case"}

// The module's own replace is like OPA's where it can be seen that some text is replaced, and needs no call of the host.
func alike(name string, operands []*ast.Term) bool {
	if name != "replace" || len(operands) < 3 {
		return false
	}
	old, ok := operands[1].Value.(ast.String)
	return ok && old != ""
}

// A number as JSON writes it.
var numeral = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// Where the module, or the host, has its own way with some values, OPA's evaluator takes the same.
func init() {
	// It would make of `1_000` or `5.` what is no JSON.
	instead(ast.ToNumber, func(operands []*ast.Term) (*ast.Term, error, bool) {
		text, ok := operands[0].Value.(ast.String)
		return nil, errors.New("to_number: not a number"), ok && !numeral.MatchString(string(text))
	})
	// It would have no answer.
	instead(ast.IndexOf, func(operands []*ast.Term) (*ast.Term, error, bool) {
		_, within := operands[0].Value.(ast.String)
		text, ok := operands[1].Value.(ast.String)
		return ast.IntNumberTerm(0), nil, within && ok && text == ""
	})
	// It would part characters into bytes.
	instead(ast.Replace, func(operands []*ast.Term) (*ast.Term, error, bool) {
		text, ok := operands[1].Value.(ast.String)
		return nil, errors.New("replace: an empty text is nowhere"), ok && text == ""
	})
}

// `other` says what the answer is for such operands, or why there is none, and whether they are such.
func instead(builtin *ast.Builtin, other func([]*ast.Term) (*ast.Term, error, bool)) {
	original := topdown.GetBuiltin(builtin.Name)
	topdown.RegisterBuiltinFunc(builtin.Name, func(context topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
		answer, err, applies := other(operands)
		switch {
		case !applies:
			return original(context, operands, iter)
		case err != nil:
			return &topdown.Error{Code: topdown.BuiltinErr, Message: err.Error(), Location: context.Location}
		}
		return iter(answer)
	})
}
