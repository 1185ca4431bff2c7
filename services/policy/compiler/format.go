package main

import (
	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/format"
	"github.com/open-policy-agent/opa/v1/util"
)

func formatAll(r request) response {
	out := response{Formatted: map[string]string{}}
	for _, file := range util.KeysSorted(r.Files) {
		text, err := format.SourceWithOpts(file, []byte(r.Files[file]), format.Opts{RegoVersion: ast.RegoV1})
		if err != nil {
			out.Problems = append(out.Problems, problemsOf(err)...)
			continue
		}
		out.Formatted[file] = string(text)
	}
	return out
}
