package sudoql.elevation.rules.checks_test

import data.sudoql.elevation.rules.checks
import data.sudoql.examples

asking(all) := object.union(examples.elevation, {"checks": all})

silent := {"answered": false, "status": null, "answer": null}

test_no_answer_denies if {
	{reason.message | some reason in checks.deny} == {"the check pager gave no answer"}
		with data.settings as examples.settings
		with input as asking({"pager": silent, "desk": {"answered": true, "status": 200, "answer": {}}})
}

test_one_that_may_be_silent_does_not if {
	count(checks.deny) == 0
		with data.settings as examples.settings
		with data.settings.elevation.silent_checks as ["pager"]
		with input as asking({"pager": silent})
}

test_what_is_no_object_of_checks_denies if {
	{reason.message | some reason in checks.deny} == {"the check of the request gave no answer"}
		with data.settings as examples.settings
		with input as asking(null)
}

test_no_checks_deny_nothing if {
	count(checks.deny) == 0 with data.settings as examples.settings with input as examples.elevation
}
