package sudoql.admin.complete_input_test

import data.sudoql.admin.complete_input
import data.sudoql.examples

test_complete if complete_input.deny == set() with data.settings as examples.settings with input as examples.admin

test_without_a_target_or_a_subject if {
	nothing := object.union(examples.admin, {"target": null, "subject": null})
	complete_input.deny == set() with data.settings as examples.settings with input as nothing
}

test_nothing_is_not_complete if count(complete_input.deny) == 1
	with data.settings as examples.settings
	with input as {}
