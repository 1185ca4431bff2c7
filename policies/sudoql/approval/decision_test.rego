package sudoql.approval_test

import data.sudoql.approval
import data.sudoql.examples

deciding(change) := decision if {
	decision := approval.decision with data.settings as examples.settings
		with input as object.union(examples.approval, change)
}

test_who_is_asked_may_answer[action] if {
	some action in ["approve", "deny", "review"]
	deciding({"action": action}) == {"allow": true, "reasons": [], "sets": ["dba"]}
}

test_who_is_not_may_not if {
	decision := deciding({"principal": {"groups": ["dev"]}})
	decision.allow == false
	decision.sets == []
	{reason.code | some reason in decision.reasons} == {"not_asked"}
}

test_a_rule_that_is_no_set_denies if {
	decision := approval.decision with data.settings as examples.settings
		with input as examples.approval
		with data.sudoql.approval.rules.own.deny as true
	{reason.code | some reason in decision.reasons} == {"misshapen_rule"}
}
