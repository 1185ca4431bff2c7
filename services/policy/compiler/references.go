package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// Rules and packages of the policy by the parts of their paths.
type names map[string]names

func namesOf(modules map[string]*ast.Module, wanted func(string) bool) names {
	all := names{}
	add := func(path ast.Ref) names {
		at := all
		for _, part := range path[1:] {
			name, ok := part.Value.(ast.String)
			if !ok {
				break
			}
			if at[string(name)] == nil {
				at[string(name)] = names{}
			}
			at = at[string(name)]
		}
		return at
	}
	for file, module := range modules {
		if !wanted(file) {
			continue
		}
		add(module.Package.Path)
		for _, rule := range module.Rules {
			add(module.Package.Path.Extend(rule.Head.Ref().GroundPrefix()))
		}
	}
	return all
}

// References to rules and packages that no file has: they are undefined for ever, which no compiler minds. What only tests have is
// not there when decisions are made.
func unknownReferences(modules map[string]*ast.Module, data map[string]any) []problem {
	deciding, any := namesOf(modules, isRule), namesOf(modules, isAny)
	var problems []problem
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		all := deciding
		if isTest(file) {
			all = any
		}
		imported := map[ast.Var]ast.Ref{}
		for _, one := range module.Imports {
			if path, ok := one.Path.Value.(ast.Ref); ok {
				imported[one.Name()] = path
			}
		}
		ast.WalkTerms(module, func(term *ast.Term) bool {
			if len(problems) >= maxProblems {
				return true
			}
			ref, ok := term.Value.(ast.Ref)
			if !ok {
				return false
			}
			if head, ok := ref[0].Value.(ast.Var); ok && imported[head] != nil {
				ref = imported[head].Concat(ref[1:])
			}
			if at, name, known := all.unknown(ref); at > 0 && !presentAt(data, ref[1:at+1]) {
				problems = append(problems, problem{File: file, Row: term.Location.Row, Col: term.Location.Col, Code: "unknown_rule",
					Message: fmt.Sprintf("%s has no %q%s", ref[:at], name, meant(name, known))})
			}
			return false
		})
	}
	return onceEach(problems)
}

// The same by a rule's bare name, which the compiler has made a reference of: a test's file may be of the very package.
func testsAlone(compiler *ast.Compiler) []problem {
	alone := map[string]*ast.Rule{}
	var decide []string
	eachRuleAndTest(compiler, func(file string, path ast.Ref, rule *ast.Rule) {
		if name := path.GroundPrefix().String(); isTest(file) {
			alone[name] = rule
		} else {
			decide = append(decide, name)
		}
	})
	for _, name := range decide {
		delete(alone, name)
	}
	var problems []problem
	eachRule(compiler, func(file string, _ ast.Ref, rule *ast.Rule) {
		ast.WalkTerms(rule, func(term *ast.Term) bool {
			ref, ok := term.Value.(ast.Ref)
			if !ok || !ref.HasPrefix(rule.Module.Package.Path) {
				return false
			}
			for n := len(rule.Module.Package.Path) + 1; n <= len(ref) && ref[:n].IsGround(); n++ {
				if test := alone[ref[:n].String()]; test != nil {
					problems = append(problems, problem{File: file, Row: rule.Loc().Row, Col: rule.Loc().Col, Code: "unknown_rule",
						Message: fmt.Sprintf("%s is only in a test (%s:%d), which is left out where decisions are made", ref[:n], test.Loc().File, test.Loc().Row)})
				}
			}
			return false
		})
	})
	return onceEach(problems)
}

// References that take a package's rules by a name which is only known when it runs, and so come to a function, which has no value
// of itself: OPA's compiler makes a module of them that no runtime takes.
func functionProblems(compiler *ast.Compiler) []problem {
	var functions []ast.Ref
	eachRuleAndTest(compiler, func(_ string, path ast.Ref, rule *ast.Rule) {
		if len(rule.Head.Args) > 0 {
			functions = append(functions, path)
		}
	})
	var problems []problem
	// Of tests as well, which are compiled to be run.
	eachRuleAndTest(compiler, func(file string, _ ast.Ref, rule *ast.Rule) {
		ast.WalkTerms(rule, func(term *ast.Term) bool {
			ref, ok := term.Value.(ast.Ref)
			if !ok || !ref.HasPrefix(ast.DefaultRootRef) || ref.IsGround() {
				return false
			}
			for _, path := range functions {
				if n := len(path); n <= len(ref) && !ref[:n].IsGround() && mayMeet(ref[:n], path) {
					where := term.Location
					if where == nil || where.Row == 0 {
						where = rule.Loc()
					}
					problems = append(problems, problem{File: file, Row: where.Row, Col: where.Col, Code: "function_as_value",
						Message: fmt.Sprintf("%s comes to the function %s, which has no value of itself: name the rules that are meant, or put the function into another package", withoutGenerated(ref), path)})
					break
				}
			}
			return false
		})
	})
	return onceEach(problems[:min(len(problems), maxProblems)])
}

// The position of the first part that nothing has, its name, and the names that there are; 0 when all is well, or when it is not
// about the policy's own packages.
func (all names) unknown(ref ast.Ref) (int, string, []string) {
	if !ref.HasPrefix(ast.DefaultRootRef) || len(ref) < 3 {
		return 0, "", nil
	}
	at := all
	for i, part := range ref[1:] {
		name, ok := part.Value.(ast.String)
		if !ok || len(at) == 0 {
			return 0, "", nil
		}
		next := at[string(name)]
		if next == nil {
			if i == 0 {
				return 0, "", nil
			}
			return i + 1, string(name), util.KeysSorted(at)
		}
		at = next
	}
	return 0, "", nil
}

func presentAt(data map[string]any, path []*ast.Term) bool {
	keys := []string{}
	for _, part := range path {
		name, ok := part.Value.(ast.String)
		if !ok {
			break
		}
		keys = append(keys, string(name))
	}
	return present(data, keys)
}

var (
	undefinedFunction = regexp.MustCompile(`^undefined function (data(?:\.\w+)+|\w+)\.(\w+)$`)
	unsafeName        = regexp.MustCompile(`^var (\w+) is unsafe$`)
)

// Says what an author meant who forgot an import, or misspelt a function or a schema.
func withHints(problems []problem, modules map[string]*ast.Module, r request) []problem {
	for i := range problems {
		one := &problems[i]
		if found := undefinedFunction.FindStringSubmatch(one.Message); found != nil {
			if path, ok := strings.CutPrefix(found[1], "data."); ok {
				one.Message += meant(found[2], util.KeysSorted(namesOf(modules, isRule).at(path)))
			} else {
				one.Message += importOf(found[1], modules)
			}
		} else if found := unsafeName.FindStringSubmatch(one.Message); found != nil {
			one.Message += importOf(found[1], modules)
		} else if name, ok := strings.CutPrefix(one.Message, "undefined schema: schema."); ok {
			one.Message += meant(strings.ReplaceAll(name, ".", "/"), util.KeysSorted(r.Schemas))
		}
	}
	return onceEach(problems)
}

// The same of the same file is said once, at its first place.
func onceEach(problems []problem) []problem {
	said := map[string]bool{}
	return slices.DeleteFunc(problems, func(one problem) bool {
		key := one.File + "\x00" + one.Message
		defer func() { said[key] = true }()
		return one.File != "" && said[key]
	})
}

func (all names) at(path string) names {
	for name := range strings.SplitSeq(path, ".") {
		all = all[name]
	}
	return all
}

func importOf(name string, modules map[string]*ast.Module) string {
	for _, file := range util.KeysSorted(modules) {
		path := modules[file].Package.Path
		if last, ok := path[len(path)-1].Value.(ast.String); ok && string(last) == name && !isTest(file) {
			return fmt.Sprintf("; is \"import %s\" missing?", path)
		}
	}
	return ""
}
