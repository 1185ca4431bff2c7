package sudoql.elevation.rules.heard_test

import data.sudoql.elevation.rules.heard
import data.sudoql.examples

on := object.union(examples.settings, {"elevation": object.union(examples.settings.elevation, {"heard": {
	"enabled": true,
	"minutes": 5,
	"except_groups": ["oncall"],
}})})

telling(channels) := object.union(examples.elevation, {"channels": channels})

well := {"name": "team-mail", "failing_seconds": 0}

failing := {"name": "team-chat", "failing_seconds": 300}

test_where_all_fail_for_so_long_it_denies if {
	{reason.code | some reason in heard.deny} == {"nobody_hears"}
		with data.settings as on
		with input as telling([failing, failing])
}

test_one_that_delivers_is_enough if {
	count(heard.deny) == 0 with data.settings as on with input as telling([failing, well])
}

test_a_moment_is_not_long if {
	count(heard.deny) == 0
		with data.settings as on
		with input as telling([{"name": "team-chat", "failing_seconds": 299}])
}

test_what_is_not_known_denies if {
	count(heard.deny) == 1 with data.settings as on with input as telling(null)
}

test_without_channels_of_its_own_it_does_not if {
	count(heard.deny) == 0 with data.settings as on with input as telling([])
}

test_groups_excepted_may if {
	count(heard.deny) == 0
		with data.settings as on
		with input as object.union(telling([failing]), {"principal": {"groups": ["oncall"]}})
}

test_switched_off_it_denies_nobody if {
	count(heard.deny) == 0 with data.settings as examples.settings with input as telling(null)
}
