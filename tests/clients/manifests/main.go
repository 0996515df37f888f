// Decodes Kubernetes manifests strictly by the types of Kubernetes itself: an unknown or misspelt field is an error.
package main

import (
	"bytes"
	"fmt"
	"os"
	"strings"

	apps "k8s.io/api/apps/v1"
	batch "k8s.io/api/batch/v1"
	core "k8s.io/api/core/v1"
	networking "k8s.io/api/networking/v1"
	policy "k8s.io/api/policy/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

var kinds = map[string]func() any{
	"apps/v1 Deployment":                 func() any { return &apps.Deployment{} },
	"apps/v1 StatefulSet":                func() any { return &apps.StatefulSet{} },
	"batch/v1 CronJob":                   func() any { return &batch.CronJob{} },
	"batch/v1 Job":                       func() any { return &batch.Job{} },
	"networking.k8s.io/v1 Ingress":       func() any { return &networking.Ingress{} },
	"networking.k8s.io/v1 NetworkPolicy": func() any { return &networking.NetworkPolicy{} },
	"policy/v1 PodDisruptionBudget":      func() any { return &policy.PodDisruptionBudget{} },
	"v1 ConfigMap":                       func() any { return &core.ConfigMap{} },
	"v1 Namespace":                       func() any { return &core.Namespace{} },
	"v1 PersistentVolumeClaim":           func() any { return &core.PersistentVolumeClaim{} },
	"v1 Secret":                          func() any { return &core.Secret{} },
	"v1 Service":                         func() any { return &core.Service{} },
}

func check(document []byte) error {
	var about meta.TypeMeta
	if err := yaml.Unmarshal(document, &about); err != nil {
		return err
	}
	kind, known := kinds[strings.TrimSpace(about.APIVersion+" "+about.Kind)]
	if !known {
		return fmt.Errorf("unknown kind %s %s", about.APIVersion, about.Kind)
	}
	return yaml.UnmarshalStrict(document, kind())
}

func main() {
	failed := false
	for _, name := range os.Args[1:] {
		text, err := os.ReadFile(name)
		if err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		for number, document := range bytes.Split(text, []byte("\n---\n")) {
			if err := check(document); err != nil {
				fmt.Printf("%s, document %d: %v\n", name, number+1, err)
				failed = true
			}
		}
	}
	if failed {
		os.Exit(1)
	}
}
