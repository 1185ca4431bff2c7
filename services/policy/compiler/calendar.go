package main

import (
	"bytes"
	"encoding/json"
	"unsafe"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/topdown"
)

// The calendar is the host's here as where decisions are made: two databases of time zones never agree for long.
// Writes JSON into out and gives its length, or -1 where there is no answer.
//
//go:wasmimport sudoql calendar
func calendar(call unsafe.Pointer, length uint32, out unsafe.Pointer, room uint32) int32

func init() {
	for _, name := range []string{"time.clock", "time.date", "time.weekday"} {
		topdown.RegisterBuiltinFunc(name, func(_ topdown.BuiltinContext, operands []*ast.Term, iter func(*ast.Term) error) error {
			value, err := ast.JSON(operands[0].Value)
			if err != nil {
				return nil
			}
			call, err := json.Marshal([]any{name, value})
			if err != nil {
				return nil
			}
			out := make([]byte, 64)
			written := calendar(unsafe.Pointer(&call[0]), uint32(len(call)), unsafe.Pointer(&out[0]), uint32(len(out)))
			if written < 0 {
				return nil
			}
			answer, err := ast.ValueFromReader(bytes.NewReader(out[:written]))
			if err != nil {
				return err
			}
			return iter(ast.NewTerm(answer))
		})
	}
}
