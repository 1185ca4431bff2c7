package main

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/open-policy-agent/opa/v1/ast"
	"github.com/open-policy-agent/opa/v1/util"
)

// What a reason is made of. Without one of them the helper that builds the reason is undefined, the rule gives none, and what it
// was to refuse passes.
var reasonKeys = []string{"code", "message", "remedy"}

var severities = []string{"low", "medium", "high", "critical"}

// OPA reads over any other key, so that a misspelt "schemas" would switch type checking off.
var annotationKeys = []string{
	"scope", "title", "description", "related_resources", "authors", "organizations", "schemas", "entrypoint", "custom", "compile", "labels",
}

var (
	annotationKey = regexp.MustCompile(`^ ?([A-Za-z_][\w-]*):(\s|$)`)
	placeholder   = regexp.MustCompile(`\{(\w+)\}`)
)

// METADATA that is not what its author thinks it is.
func metadataProblems(modules map[string]*ast.Module) []problem {
	var problems []problem
	for _, file := range util.KeysSorted(modules) {
		module := modules[file]
		problems = append(problems, unknownKeys(file, module)...)
		if isTest(file) {
			continue
		}
		for _, rule := range module.Rules {
			problems = append(problems, reasonProblems(file, rule)...)
		}
	}
	return problems
}

func unknownKeys(file string, module *ast.Module) []problem {
	var problems []problem
	inside, last := false, 0
	for _, comment := range module.Comments {
		text := string(comment.Text)
		if strings.TrimSpace(text) == "METADATA" {
			inside, last = true, comment.Location.Row
			continue
		}
		if inside = inside && comment.Location.Row == last+1; !inside {
			continue
		}
		last = comment.Location.Row
		found := annotationKey.FindStringSubmatch(text)
		if found == nil || slices.Contains(annotationKeys, found[1]) {
			continue
		}
		problems = append(problems, problem{File: file, Row: last, Col: comment.Location.Col, Code: "metadata",
			Message: fmt.Sprintf("METADATA has no key %q%s", found[1], meant(found[1], annotationKeys))})
	}
	return problems
}

// A rule that makes a reason of its own METADATA needs all that a reason has there.
func reasonProblems(file string, rule *ast.Rule) []problem {
	reads := false
	ast.WalkRefs(rule, func(ref ast.Ref) bool {
		reads = reads || ref.String() == "rego.metadata.rule"
		return false
	})
	if !reads {
		return nil
	}
	row, col := rule.Loc().Row, rule.Loc().Col
	name := rule.Head.Ref().GroundPrefix().String()
	custom := map[string]any{}
	for _, annotation := range rule.Annotations {
		row, col, custom = annotation.Location.Row, annotation.Location.Col, annotation.Custom
	}
	at := func(message string) problem {
		return problem{File: file, Row: row, Col: col, Code: "metadata", Message: message}
	}
	var problems []problem
	others := slices.DeleteFunc(util.KeysSorted(custom), func(key string) bool { return slices.Contains(reasonKeys, key) })
	for _, key := range reasonKeys {
		value, exists := custom[key]
		if text, ok := value.(string); ok && text != "" {
			continue
		}
		if exists {
			problems = append(problems, at(fmt.Sprintf("custom.%s of %s must be a text", key, name)))
			continue
		}
		message := fmt.Sprintf("the METADATA of %s lacks custom.%s, without which it gives no reason", name, key)
		if near := closest(key, others); near != "" {
			message += fmt.Sprintf("; is %q meant for it?", near)
		}
		problems = append(problems, at(message))
	}
	if severity, exists := custom["severity"]; exists && !slices.Contains(severities, fmt.Sprint(severity)) {
		problems = append(problems, at(fmt.Sprintf("custom.severity of %s is one of %s, not %q", name, strings.Join(severities, ", "), fmt.Sprint(severity))))
	}
	return append(problems, placeholderProblems(rule, custom, at)...)
}

// `{name}` in a text for which the rule gives no value would be shown to people as it stands.
func placeholderProblems(rule *ast.Rule, custom map[string]any, at func(string) problem) []problem {
	var problems []problem
	ast.WalkTerms(rule, func(term *ast.Term) bool {
		call, ok := term.Value.(ast.Call)
		if !ok || len(call) < 2 || !isMetadata(call[1]) {
			return false
		}
		given := []string{}
		if len(call) > 2 {
			object, ok := call[2].Value.(ast.Object)
			if !ok {
				return false
			}
			for _, key := range object.Keys() {
				name, ok := key.Value.(ast.String)
				if !ok {
					return false
				}
				given = append(given, string(name))
			}
		}
		for _, key := range reasonKeys[1:] {
			text, _ := custom[key].(string)
			for _, found := range placeholder.FindAllStringSubmatch(text, -1) {
				if !slices.Contains(given, found[1]) {
					problems = append(problems, at(fmt.Sprintf("custom.%s has {%s}, and the rule gives no value of that name%s", key, found[1], meant(found[1], given))))
				}
			}
		}
		return false
	})
	return problems
}

func isMetadata(term *ast.Term) bool {
	call, ok := term.Value.(ast.Call)
	return ok && len(call) > 0 && call[0].String() == "rego.metadata.rule"
}
