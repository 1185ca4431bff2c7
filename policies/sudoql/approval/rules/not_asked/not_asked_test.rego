package sudoql.approval.rules.not_asked_test

import data.sudoql.approval.rules.not_asked
import data.sudoql.examples

test_who_is_asked if count(not_asked.deny) == 0
	with data.settings as examples.settings
	with input as examples.approval

test_who_is_not if {
	{reason.code | some reason in not_asked.deny} == {"not_asked"} with data.settings as examples.settings
		with input as object.union(examples.approval, {"principal": {"groups": []}})
}
