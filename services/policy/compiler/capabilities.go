package main

import (
	"slices"
	"sync"

	"github.com/open-policy-agent/opa/v1/ast"
)

// What the WASM runtime computes by itself, and the few deterministic calendar functions that our host adds.
// All else is refused at compile time: what is not deterministic (http.send, rand, time.now_ns, opa.runtime, uuid) and
// what the runtime would only discover to be missing when a statement waits for its decision. sprintf is the host's
// in the JavaScript runtime and formats otherwise than the test runner does, so template strings take its place.
var permitted = []string{
	"abs", "and", "array.concat", "array.flatten", "array.reverse", "array.slice", "assign",
	"bits.and", "bits.negate", "bits.or", "bits.xor", "ceil", "concat", "contains", "count", "div",
	"endswith", "eq", "equal", "floor", "format_int", "glob.match", "gt", "gte", "indexof", "intersection",
	"internal.member_2", "internal.member_3", "internal.template_string", "is_array", "is_boolean", "is_null",
	"is_number", "is_object", "is_set", "is_string",
	"lower", "lt", "lte", "max", "min", "minus", "mul", "neq", "net.cidr_contains", "net.cidr_intersects",
	"numbers.range", "object.filter", "object.get", "object.keys", "object.remove", "object.union", "or",
	"plus", "product", "regex.is_valid", "regex.match", "rego.metadata.chain",
	"rego.metadata.rule", "rem", "replace", "round", "sort", "split", "startswith", "strings.replace_n",
	"strings.reverse", "substring", "sum", "to_number", "trim", "trim_left", "trim_prefix", "trim_right", "trim_space",
	"trim_suffix", "type_name", "union", "upper", "walk", "graph.reachable", "print", "internal.print", "internal.test_case",
	"time.clock", "time.date", "time.weekday",
}

// Made once, for making it takes a millisecond, and each file is parsed with it. Nobody changes it.
var capabilities = sync.OnceValue(func() *ast.Capabilities {
	c := ast.CapabilitiesForThisVersion()
	c.Builtins = slices.DeleteFunc(c.Builtins, func(b *ast.Builtin) bool { return !slices.Contains(permitted, b.Name) })
	// Not nil: a schema's remote reference is refused.
	c.AllowNet = []string{}
	return c
})

func builtinNames() []string {
	names := []string{}
	for _, b := range capabilities().Builtins {
		names = append(names, b.Name)
	}
	return names
}
