// Reads manifests from standard input into Kubernetes' own types, strictly: a field that there is not, or of another type, is an error.
package main

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"strings"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"apps/v1 Deployment":                 func() any { return &apps.Deployment{} },
	"batch/v1 Job":                       func() any { return &batch.Job{} },
	"v1 ConfigMap":                       func() any { return &core.ConfigMap{} },
	"v1 Service":                         func() any { return &core.Service{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networking.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":      func() any { return &policy.PodDisruptionBudget{} },
}

func main() {
	all, err := io.ReadAll(os.Stdin)
	fail(err)
	read := 0
	for _, document := range bytes.Split(all, []byte("\n---\n")) {
		var head struct{ APIVersion, Kind string }
		fail(yaml.Unmarshal(document, &head))
		kind := head.APIVersion + " " + head.Kind
		// Of Prometheus' operator, which is no part of Kubernetes; and comments.
		if strings.HasPrefix(kind, "monitoring.coreos.com/v1 ") || kind == " " {
			continue
		}
		into, known := kinds[kind]
		if !known {
			fail(fmt.Errorf("%s is not known here", kind))
		}
		if err := yaml.UnmarshalStrict(document, into()); err != nil {
			fail(fmt.Errorf("%s: %w", kind, err))
		}
		read++
	}
	fmt.Println(read)
}

func fail(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
