package sudoql.elevation.rules.freeze_test

import data.sudoql.elevation.rules.freeze
import data.sudoql.examples

reason := {
	"code": "frozen",
	"message": "shop is frozen: end of year",
	"remedy": "wait until it is over, or ask those who are excepted",
}

line := {
	"name": "end of year",
	"targets": ["*"],
	"from": "2026-12-20T00:00:00",
	"until": "2027-01-04T00:00:00",
	"except_groups": ["oncall"],
}

at(iso) := object.union(examples.elevation, {"clock": {"iso": iso}})

test_before_and_after[name] if {
	some name, iso in {"before": "2026-12-19T23:59:59.999Z", "after": "2027-01-04T00:00:00.000Z"}
	freeze.deny == set()
		with data.settings as examples.settings
		with input as at(iso)
		with data.settings.elevation.freezes as [line]
}

test_during[name] if {
	some name, iso in {"at once": "2026-12-20T00:00:00.000Z", "to the end": "2027-01-03T23:59:59.999Z"}
	freeze.deny == {reason}
		with data.settings as examples.settings
		with input as at(iso)
		with data.settings.elevation.freezes as [line]
}

test_excepted_groups_pass if {
	oncall := object.union(at("2026-12-24T00:00:00.000Z"), {"principal": {"groups": ["oncall"]}})
	freeze.deny == set()
		with data.settings as examples.settings
		with input as oncall
		with data.settings.elevation.freezes as [line]
}

test_another_target_passes if {
	freeze.deny == set() with data.settings as examples.settings with input as at("2026-12-24T00:00:00.000Z")
		with data.settings.elevation.freezes as [object.union(line, {"targets": ["bank"]})]
}

test_an_unknown_time_is_refused if {
	reasons := freeze.deny with data.settings as examples.settings with input as {}
	reasons == {{
		"code": "frozen",
		"message": "it is not known whether there is a freeze now",
		"remedy": "tell the operator; this is not your doing",
	}}
}
