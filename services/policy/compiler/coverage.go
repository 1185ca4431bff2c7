package main

import "github.com/open-policy-agent/opa/v1/cover"

func coverageOf(report cover.Report) *coverage {
	out := &coverage{Files: map[string]fileCoverage{}}
	covered, total := 0, 0
	for file, one := range report.Files {
		if isTest(file) {
			continue
		}
		lines := fileCoverage{Percent: one.Coverage}
		for _, span := range one.NotCovered {
			lines.NotCovered = append(lines.NotCovered, [2]int{span.Start.Row, span.End.Row})
		}
		covered += one.CoveredLines
		total += one.CoveredLines + one.NotCoveredLines
		out.Files[file] = lines
	}
	out.Percent = 100
	if total > 0 {
		out.Percent = 100 * float64(covered) / float64(total)
	}
	return out
}
