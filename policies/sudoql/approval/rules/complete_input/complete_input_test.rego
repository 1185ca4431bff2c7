package sudoql.approval.rules.complete_input_test

import data.sudoql.approval.rules.complete_input
import data.sudoql.examples

test_the_example_is_complete[name] if {
	some name, email in {"with": "ben@example.com", "without": null}
	count(complete_input.deny) == 0 with data.settings as examples.settings
		with input as object.union(examples.approval, {"principal": {"email": email}})
}

sets(change) := {"request": {"sets": [object.union(examples.approval.request.sets[0], change)]}}

test_what_is_not_as_it_should_be_denies[name] if {
	some name, change in {
		"version": {"version": 2},
		"who": {"principal": {"id": null}},
		"email": {"principal": {"email": 1}},
		"action": {"action": "wave"},
		"target": {"target": {"name": null}},
		"request": {"request": {"id": null}},
		"asker": {"request": {"principal": {"kind": "root"}}},
		"no sets": {"request": {"sets": null}},
		"count": sets({"count": "1"}),
		"wider": sets({"wider": [{"after_seconds": "1", "people": [], "groups": [], "channels": []}]}),
		"channels": sets({"channels": null}),
		"clock": {"clock": {"ns": null}},
	}
	{reason.code | some reason in complete_input.deny} == {"incomplete_input"} with data.settings as examples.settings
		with input as object.union(examples.approval, change)
}
