package sudoql.elevation_test

import data.sudoql.elevation
import data.sudoql.examples

grants := [{
	"name": "developers",
	"groups": ["dev"],
	"kinds": ["human", "service"],
	"targets": ["*"],
	"max_minutes": 240,
	"default_minutes": 15,
}]

test_a_developer_elevates if {
	decision := elevation.decision with data.settings as examples.settings with input as examples.elevation
		with data.settings.elevation as {
			"grants": grants,
			"reasons": [],
			"hours": [],
			"freezes": [],
			"confirm": [],
			"notify": [{"targets": ["shop"], "channels": ["team-chat"]}, {"targets": ["bank"], "channels": ["bank-chat"]}],
		}
	decision == {
		"result": "allow",
		"reasons": [],
		"max_seconds": 14400,
		"default_seconds": 900,
		"notify": ["team-chat"],
	}
}

approval_lines := [{
	"name": "dba",
	"groups": ["dev"],
	"targets": ["shop"],
	"by": {"people": [], "groups": ["dba"]},
	"count": 1,
	"channels": [],
	"wider": [],
}]

test_others_agree_first_where_a_line_says_so if {
	decision := elevation.decision with data.settings as examples.settings with input as examples.elevation
		with data.settings.elevation.approvals as approval_lines
	decision.result == "approve"
	[set.name | some set in decision.approve.sets] == ["dba"]
	not decision.break_glass
}

test_who_may_break_glass_does_not_wait if {
	decision := elevation.decision with data.settings as examples.settings
		with input as object.union(examples.elevation, {"break_glass": true})
		with data.settings.elevation.approvals as approval_lines
		with data.settings.elevation.break_glass as [{"groups": ["dev"], "targets": ["*"]}]
	decision.result == "allow"
	decision.break_glass == true
	[set.name | some set in decision.approve.sets] == ["dba"]
}

test_who_may_not_break_glass_is_denied if {
	decision := elevation.decision with data.settings as examples.settings
		with input as object.union(examples.elevation, {"break_glass": true})
		with data.settings.elevation.approvals as approval_lines
	decision.result == "deny"
	not decision.break_glass
}

test_confirmation_where_it_is_asked_for if {
	elevation.decision.result == "confirm" with data.settings as examples.settings with input as examples.elevation
		with data.settings.elevation.grants as grants
		with data.settings.elevation.confirm as [{"groups": ["*"], "targets": ["shop"]}]
}

test_a_refusal_is_not_softened_to_confirmation if {
	elevation.decision.result == "deny" with data.settings as examples.settings with input as examples.elevation
		with data.settings.elevation.grants as []
		with data.settings.elevation.confirm as [{"groups": ["*"], "targets": ["shop"]}]
}

test_nothing_is_denied if {
	decision := elevation.decision with data.settings as examples.settings with input as {}
	decision.result == "deny"
	decision.max_seconds == 0
}

test_a_rule_of_another_shape_denies[name] if {
	some name, value in {"true": true, "text": "no", "object": {"code": "x"}, "list": ["x"]}
	decision := elevation.decision
		with data.settings as examples.settings
		with input as examples.elevation
		with data.settings.elevation.grants as grants
		with data.sudoql.elevation.rules.token.deny as value
	decision.result == "deny"
	"misshapen_rule" in {reason.code | some reason in decision.reasons}
}
