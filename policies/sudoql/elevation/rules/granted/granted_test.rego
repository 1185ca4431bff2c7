package sudoql.elevation.rules.granted_test

import data.sudoql.elevation.rules.granted
import data.sudoql.examples

reason := {
	"code": "not_granted",
	"message": "your groups may not write to shop",
	"remedy": "ask security for a grant, or somebody who has one",
}

grant := {
	"name": "developers",
	"groups": ["dev"],
	"kinds": ["human"],
	"targets": ["shop"],
	"max_minutes": 60,
	"default_minutes": 10,
}

test_who_is_covered_passes if {
	granted.deny == set()
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as [grant]
}

test_without_grants_nobody_passes if {
	granted.deny == {reason}
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as []
}

test_another_group_kind_or_target_does_not[name] if {
	some name, change in {"group": {"groups": ["ops"]}, "kind": {"kinds": ["service"]}, "target": {"targets": ["bank"]}}
	granted.deny == {reason} with data.settings as examples.settings with input as examples.elevation
		with data.settings.elevation.grants as [object.union(grant, change)]
}
