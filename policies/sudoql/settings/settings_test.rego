# On the settings in force, not on examples: what a schema cannot see of them.
package sudoql.settings_test

test_every_pattern_of_a_reason_is_a_regular_expression if {
	every line in data.settings.elevation.reasons {
		regex.is_valid(line.pattern)
	}
}

test_every_zone_of_the_hours_exists if {
	every line in data.settings.elevation.hours {
		time.clock([0, line.zone])
	}
}

test_nobody_gets_more_by_default_than_at_most if {
	every grant in data.settings.elevation.grants {
		grant.default_minutes <= grant.max_minutes
	}
}
