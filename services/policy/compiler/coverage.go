package main

import "github.com/open-policy-agent/opa/v1/cover"

func coverageOf(report cover.Report) *coverage {
	out := &coverage{Files: map[string]fileCoverage{}}
	covered, total := 0, 0
	for file, one := range report.Files {
		if isTest(file) {
			continue
		}
		lines := fileCoverage{Percent: one.Coverage, Covered: rowsOf(one.Covered), NotCovered: rowsOf(one.NotCovered)}
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

func rowsOf(ranges []cover.Range) [][2]int {
	var rows [][2]int
	for _, span := range ranges {
		rows = append(rows, [2]int{span.Start.Row, span.End.Row})
	}
	return rows
}
