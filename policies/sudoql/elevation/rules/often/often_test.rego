package sudoql.elevation.rules.often_test

import data.sudoql.elevation.rules.often
import data.sudoql.examples

on := object.union(examples.settings, {"elevation": object.union(examples.settings.elevation, {"often": {
	"enabled": true,
	"per_hour": 3,
	"except_groups": ["oncall"],
}})})

after(n) := object.union(examples.elevation, {"recent_elevations": n})

test_as_many_as_one_may_denies if {
	{reason.code | some reason in often.deny} == {"too_often"} with data.settings as on with input as after(3)
}

test_fewer_do_not if {
	count(often.deny) == 0 with data.settings as on with input as after(2)
}

test_a_record_that_does_not_answer_denies if {
	count(often.deny) == 1 with data.settings as on with input as after(null)
}

test_groups_excepted_are_not_counted if {
	count(often.deny) == 0
		with data.settings as on
		with input as object.union(after(100), {"principal": {"groups": ["oncall"]}})
}

test_extending_and_breaking_glass_are_not_held_up if {
	count(often.deny) == 0
		with data.settings as on
		with input as object.union(after(100), {"break_glass": true})
	count(often.deny) == 0
		with data.settings as on
		with input as object.union(after(100), {"extends": {"id": "elv_1"}})
}

test_switched_off_it_denies_nobody if {
	count(often.deny) == 0 with data.settings as examples.settings with input as after(null)
}
