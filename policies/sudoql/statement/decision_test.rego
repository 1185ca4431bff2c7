package sudoql.statement_test

import data.sudoql.examples
import data.sudoql.statement

test_a_read_is_allowed if {
	statement.decision == {"allow": true, "reasons": [], "obligations": {}}
		with data.settings as examples.settings
		with input as examples.read
}

test_a_write_of_a_row_is_allowed_in_write_mode if {
	statement.decision == {"allow": true, "reasons": [], "obligations": {}}
		with data.settings as examples.settings
		with input as examples.write
}

test_every_rule_that_denies_gives_its_reason if {
	decision := statement.decision with data.settings as examples.settings with input as object.union(examples.write, {
		"mode": "read",
		"statement": {"where": "none"},
	})
	decision.allow == false
	{reason.code | some reason in decision.reasons} == {"whole_table", "write_needs_elevation"}
}

test_an_agent_reads_with_limits if {
	decision := statement.decision
		with data.settings as examples.settings
		with input as object.union(examples.read, {"principal": {"kind": "agent"}})
		with data.settings.limits.agent as {"max_rows": 10, "timeout_ms": 5}
	decision == {"allow": true, "reasons": [], "obligations": {"max_rows": 10, "timeout_ms": 5}}
}

test_nothing_is_denied_with_reasons if {
	decision := statement.decision with data.settings as examples.settings with input as {}
	decision.allow == false
	count(decision.reasons) > 0
}

test_a_rule_of_another_shape_denies[name] if {
	some name, value in {"true": true, "text": "no", "object": {"code": "x"}, "list": ["x"]}
	decision := statement.decision
		with data.settings as examples.settings
		with input as examples.read
		with data.sudoql.statement.rules.agents.deny as value
	decision.allow == false
	"misshapen_rule" in {reason.code | some reason in decision.reasons}
}

test_limits_of_another_shape_deny[name] if {
	some name, value in {"object": {"max_rows": 5}, "text": "5", "set of numbers": {5}, "list": [{"max_rows": 5}]}
	decision := statement.decision
		with data.settings as examples.settings
		with input as examples.read
		with data.sudoql.statement.rules.limits.limit as value
	decision.allow == false
	{reason.message | some reason in decision.reasons} == {"the rule limits does not have the shape that decisions gather"}
}
