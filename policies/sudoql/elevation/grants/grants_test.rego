package sudoql.elevation.grants_test

import data.sudoql.elevation.grants
import data.sudoql.examples

grant(max_minutes, default_minutes) := {
	"name": "a grant",
	"groups": ["dev"],
	"kinds": ["human"],
	"targets": ["*"],
	"max_minutes": max_minutes,
	"default_minutes": default_minutes,
}

test_the_most_generous_grant_counts if {
	lines := [grant(60, 10), grant(120, 5)]
	grants.max_seconds == 7200
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as lines
	grants.default_seconds == 600
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as lines
}

test_the_default_is_never_more_than_the_maximum if {
	grants.default_seconds == 300
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as [grant(5, 10)]
}

test_without_a_grant_both_are_nothing if {
	grants.max_seconds == 0
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as []
	grants.default_seconds == 0
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as []
}

# The example's clock says 2026-11-18T11:06:40.
test_a_grant_counts_until_its_end if {
	later := object.union(grant(60, 10), {"until": "2026-11-18T11:06:41"})
	grants.max_seconds == 3600
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as [later]
	over := object.union(grant(60, 10), {"until": "2026-11-18T11:06:40"})
	grants.max_seconds == 0
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as [over]
}

test_without_a_clock_a_grant_that_ends_gives_nothing if {
	grants.max_seconds == 0
		with data.settings as examples.settings
		with input as object.remove(examples.elevation, ["clock"])
		with data.settings.elevation.grants as [object.union(grant(60, 10), {"until": "2099-01-01T00:00:00"})]
}
