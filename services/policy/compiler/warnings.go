package main

import (
	"fmt"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Conditions that read as if a missing field made them true, and do not: an argument of a call is looked up before `not` is
// applied, so `not startswith(input.x, "a")` is undefined without x, and a deny that hangs on it does not deny.
func warningsOf(modules map[string]*ast.Module) []problem {
	var warnings []problem
	for _, file := range util.KeysSorted(modules) {
		if isTest(file) {
			continue
		}
		ast.WalkExprs(modules[file], func(expr *ast.Expr) bool {
			if !expr.Negated || !expr.IsCall() || expr.IsEquality() || expr.Operator().String() == "equal" {
				return false
			}
			for _, operand := range expr.Operands() {
				if ref, ok := operand.Value.(ast.Ref); ok && ref.HasPrefix(ast.InputRootRef) && expr.Location != nil {
					warnings = append(warnings, problem{
						File: file, Row: expr.Location.Row, Col: expr.Location.Col, Code: "not_of_undefined",
						Message: fmt.Sprintf("without %s this is undefined, not true: put the condition into a rule of its own and negate that rule", ref),
					})
					return false
				}
			}
			return false
		})
	}
	return warnings
}
