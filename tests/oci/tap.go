// SPDX-License-Identifier: Apache-2.0

// Package tap prints results in the Test Anything Protocol. It stands in for github.com/mndrix/tap-go, which the tests import
// and which is not packaged: only what they call is here.
package tap

import (
	"encoding/json"
	"fmt"
	"strings"
)

// T counts and prints results.
type T struct {
	count     *int
	directive string
}

// New begins a series of results.
func New() *T {
	return &T{count: new(int)}
}

// Todo continues the series with results that are expected to be failures.
func (t *T) Todo() *T {
	return &T{count: t.count, directive: " # TODO"}
}

func (t *T) result(word, text string) {
	*t.count++
	fmt.Printf("%s %d - %s\n", word, *t.count, text)
}

// Header prints the version, and the plan when it is known.
func (t *T) Header(plan int) {
	fmt.Println("TAP version 13")
	if plan > 0 {
		fmt.Printf("1..%d\n", plan)
	}
}

// AutoPlan prints the plan at the end.
func (t *T) AutoPlan() {
	fmt.Printf("1..%d\n", *t.count)
}

// Ok prints the result of a test.
func (t *T) Ok(passed bool, text string) {
	word := "not ok"
	if passed {
		word = "ok"
	}
	t.result(word, text+t.directive)
}

// Pass prints a success.
func (t *T) Pass(text string) {
	t.Ok(true, text)
}

// Fail prints a failure.
func (t *T) Fail(text string) {
	t.Ok(false, text)
}

// Skip prints that so many tests could not be made.
func (t *T) Skip(count int, reason string) {
	for i := 0; i < count; i++ {
		t.result("ok", "# SKIP "+reason)
	}
}

// Diagnostic prints a comment.
func (t *T) Diagnostic(text string) {
	for _, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fmt.Println("#", line)
	}
}

// Diagnosticf prints a comment.
func (t *T) Diagnosticf(format string, arguments ...interface{}) {
	t.Diagnostic(fmt.Sprintf(format, arguments...))
}

// YAML prints details of the result before it.
func (t *T) YAML(details interface{}) error {
	text, err := json.MarshalIndent(details, "  ", "  ")
	if err == nil {
		fmt.Printf("  ---\n  %s\n  ...\n", text)
	}
	return err
}
