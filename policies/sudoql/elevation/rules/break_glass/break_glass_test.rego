package sudoql.elevation.rules.break_glass_test

import data.sudoql.elevation.rules.break_glass
import data.sudoql.examples

asking := object.union(examples.elevation, {"break_glass": true})

codes(rules) := {reason.code | some reason in rules}

test_whom_a_line_covers_may if {
	count(break_glass.deny) == 0
		with data.settings as examples.settings
		with data.settings.elevation.break_glass as [{"groups": ["dev"], "targets": ["shop"]}]
		with input as asking
}

test_others_may_not[name] if {
	some name, lines in {
		"nobody": [],
		"group": [{"groups": ["ops"], "targets": ["shop"]}],
		"target": [{"groups": ["dev"], "targets": ["billing"]}],
	}
	codes(break_glass.deny) == {"no_break_glass"}
		with data.settings as examples.settings
		with data.settings.elevation.break_glass as lines
		with input as asking
}

test_who_does_not_ask_is_not_asked if {
	count(break_glass.deny) == 0
		with data.settings as examples.settings
		with input as examples.elevation
}
