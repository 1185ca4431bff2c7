package sudoql.elevation.approvals_test

import data.sudoql.elevation.approvals
import data.sudoql.examples

line := {
	"name": "dba",
	"groups": ["dev"],
	"targets": ["shop"],
	"by": {"people": ["cleo"], "groups": ["dba"]},
	"count": 2,
	"channels": ["dba"],
	"wider": [{"after_minutes": 15, "by": {"people": [], "groups": ["oncall"]}, "channels": ["oncall"]}],
}

set := {
	"name": "dba",
	"count": 2,
	"people": ["cleo"],
	"groups": ["dba"],
	"channels": ["dba"],
	"wider": [{"after_seconds": 900, "people": [], "groups": ["oncall"], "channels": ["oncall"]}],
}

test_a_line_is_a_set if {
	approvals.asked == {"sets": [set], "ask_seconds": 3600, "use_seconds": 1800}
		with data.settings as examples.settings
		with data.settings.elevation.approvals as [line]
		with data.settings.elevation.approval as {"ask_minutes": 60, "use_minutes": 30}
		with input as examples.elevation
}

test_two_lines_are_two_sets if {
	count(approvals.sets) == 2
		with data.settings as examples.settings
		with data.settings.elevation.approvals as [line, object.union(line, {"name": "security"})]
		with input as examples.elevation
}

test_nobody_is_asked[name] if {
	some name, change in {"group": {"groups": ["ops"]}, "target": {"targets": ["billing"]}}
	count(approvals.sets) == 0
		with data.settings as examples.settings
		with data.settings.elevation.approvals as [object.union(line, change)]
		with input as examples.elevation
}

test_who_is_on_call_asks_nobody if {
	count(approvals.sets) == 0
		with data.settings as examples.settings
		with data.settings.elevation.approvals as [line]
		with data.sudoql.elevation.on_call.alone as true
		with input as examples.elevation
}
