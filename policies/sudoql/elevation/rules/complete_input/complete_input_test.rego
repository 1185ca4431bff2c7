package sudoql.elevation.rules.complete_input_test

import data.sudoql.elevation.rules.complete_input
import data.sudoql.examples

reason := {
	"code": "incomplete_input",
	"message": "the request reached policy with something missing",
	"remedy": "tell the operator; this is not your doing",
}

test_a_request_is_complete if complete_input.deny == set()
	with data.settings as examples.settings
	with input as examples.elevation

test_with_a_duration_and_no_email if {
	other := object.union(examples.elevation, {"requested_seconds": 60, "principal": {"email": null}})
	complete_input.deny == set() with data.settings as examples.settings with input as other
}

test_an_extension_is_complete if {
	extension := object.union(examples.elevation, {"extends": examples.write.elevation})
	complete_input.deny == set() with data.settings as examples.settings with input as extension
}

test_a_record_that_does_not_answer_is_complete if {
	unknown := object.union(examples.elevation, {"recent_elevations": null, "channels": null})
	complete_input.deny == set() with data.settings as examples.settings with input as unknown
}

test_nothing_is_not if complete_input.deny == {reason} with data.settings as examples.settings with input as {}
