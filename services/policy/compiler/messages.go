package main

import "encoding/json"

type request struct {
	Op string `json:"op"`
	// Path → text of each Rego file, tests included.
	Files map[string]string `json:"files"`
	// The data document as JSON.
	Data json.RawMessage `json:"data"`
	// Name (a/b) → JSON Schema, known to annotations as schema.a.b.
	Schemas     map[string]json.RawMessage `json:"schemas"`
	Entrypoints []string                   `json:"entrypoints"`
	// Regular expression on package.name of tests.
	Filter   string `json:"filter"`
	Coverage bool   `json:"coverage"`
	// Of one test.
	TimeoutMs int `json:"timeoutMs"`
	// Of "check" and "test": the module too, when all is well.
	Build bool `json:"build"`
	// Of "mutate": files and folders, and how many mutants at most.
	Mutate []string `json:"mutate"`
	Most   int      `json:"most"`
	// For eval: a Rego query and its input.
	Query string          `json:"query"`
	Input json.RawMessage `json:"input"`
	Trace bool            `json:"trace"`
}

type response struct {
	Problems []problem `json:"problems,omitempty"`
	Warnings []problem `json:"warnings,omitempty"`
	Wasm     []byte    `json:"wasm,omitempty"`
	// Answers each test that is one value (run.go).
	TestsWasm []byte            `json:"testsWasm,omitempty"`
	Tests     []testResult      `json:"tests,omitempty"`
	Coverage  *coverage         `json:"coverage,omitempty"`
	Mutation  *mutation         `json:"mutation,omitempty"`
	Formatted map[string]string `json:"formatted,omitempty"`
	Rules     []ruleInfo        `json:"rules,omitempty"`
	Defined   bool              `json:"defined,omitempty"`
	Result    any               `json:"result,omitempty"`
	Trace     []traceEvent      `json:"trace,omitempty"`
	Builtins  []string          `json:"builtins,omitempty"`
}

// A mistake of the author, at its place. Row and Col are 1-based; 0 when the place is not known.
type problem struct {
	File    string   `json:"file,omitempty"`
	Row     int      `json:"row,omitempty"`
	Col     int      `json:"col,omitempty"`
	Code    string   `json:"code"`
	Message string   `json:"message"`
	Details []string `json:"details,omitempty"`
}

type testResult struct {
	Package string  `json:"package"`
	Name    string  `json:"name"`
	File    string  `json:"file"`
	Row     int     `json:"row"`
	Result  string  `json:"result"`
	Ms      float64 `json:"ms"`
	Error   string  `json:"error,omitempty"`
	// Cases of a table-driven test that failed.
	Cases   []string `json:"cases,omitempty"`
	Failure *failure `json:"failure,omitempty"`
	// What the test printed.
	Output string `json:"output,omitempty"`
}

// The condition at which a test failed, with the values that it compared.
type failure struct {
	File  string         `json:"file"`
	Row   int            `json:"row"`
	Text  string         `json:"text"`
	Left  any            `json:"left,omitempty"`
	Right any            `json:"right,omitempty"`
	Vars  map[string]any `json:"vars,omitempty"`
}

type coverage struct {
	Percent float64                 `json:"percent"`
	Files   map[string]fileCoverage `json:"files"`
}

type fileCoverage struct {
	Percent    float64  `json:"percent"`
	Covered    [][2]int `json:"covered,omitempty"`
	NotCovered [][2]int `json:"notCovered,omitempty"`
}

type mutation struct {
	Tried     int      `json:"tried"`
	Unnoticed []mutant `json:"unnoticed"`
	// Not tried, for there are more than were asked for.
	Left int `json:"left"`
}

type mutant struct {
	File string `json:"file"`
	Row  int    `json:"row"`
	Col  int    `json:"col"`
	// negated, of a condition; dropped, of a rule.
	Kind string `json:"kind"`
	Text string `json:"text"`
}

type ruleInfo struct {
	Path        string         `json:"path"`
	Package     string         `json:"package"`
	File        string         `json:"file"`
	Row         int            `json:"row"`
	Title       string         `json:"title,omitempty"`
	Description string         `json:"description,omitempty"`
	Custom      map[string]any `json:"custom,omitempty"`
}

type traceEvent struct {
	Op    string         `json:"op"`
	File  string         `json:"file,omitempty"`
	Row   int            `json:"row,omitempty"`
	Depth int            `json:"depth"`
	Text  string         `json:"text"`
	Rule  string         `json:"rule,omitempty"`
	Vars  map[string]any `json:"vars,omitempty"`
}
