package sudoql.approval.asked_test

import data.sudoql.approval.asked
import data.sudoql.examples

answering(who, age) := object.union(examples.approval, {"principal": who, "request": {"age_seconds": age}})

test_in_a_set[name] if {
	some name, who in {"by name": {"id": "cleo", "groups": []}, "by group": {"id": "ben", "groups": ["dba"]}}
	asked.sets == {"dba"} with data.settings as examples.settings with input as answering(who, 0)
}

test_in_a_set_by_what_a_group_of_the_provider_means if {
	dba := answering({"id": "ben", "groups": ["oidc:DB%20Admins"]}, 0)
	asked.sets == {"dba"} with data.settings as examples.settings with input as dba
		with data.settings.people.groups as {"oidc:DB%20Admins": ["dba"]}
	asked.sets == set() with data.settings as examples.settings with input as dba
	asked.sets == set() with data.settings as examples.settings
		with input as answering({"id": "ben", "groups": ["ops"]}, 0)
		with data.settings.people.groups as {"ops": ["dba"]}
}

test_in_none if {
	asked.sets == set() with data.settings as examples.settings
		with input as answering({"id": "ben", "groups": ["dev"]}, 899)
}

test_wider_after_a_time[name] if {
	some name, who in {"by name": {"id": "dora", "groups": []}, "by group": {"id": "ben", "groups": ["oncall"]}}
	asked.sets == {"dba"} with data.settings as examples.settings with input as answering(who, 900)
	asked.sets == set() with data.settings as examples.settings with input as answering(who, 899)
}

line := {
	"name": "holiday",
	"of": {"people": [], "groups": ["dba"]},
	"to": ["eve"],
	"from": "2026-11-18T00:00:00",
	"until": "2026-11-19T00:00:00",
}

eve := answering({"id": "eve", "groups": []}, 0)

test_standing_in[name] if {
	some name, of in {"a group": {"people": [], "groups": ["dba"]}, "a person": {"people": ["cleo"], "groups": []}}
	asked.sets == {"dba"}
		with data.settings as examples.settings
		with data.settings.elevation.delegations as [object.union(line, {"of": of})]
		with input as eve
}

test_not_standing_in[name] if {
	some name, change in {
		"others": {"of": {"people": ["fay"], "groups": ["ops"]}},
		"another": {"to": ["gil"]},
		"not yet": {"from": "2026-11-18T12:00:00"},
		"no more": {"until": "2026-11-18T11:00:00"},
	}
	asked.sets == set()
		with data.settings as examples.settings
		with data.settings.elevation.delegations as [object.union(line, change)]
		with input as eve
}
