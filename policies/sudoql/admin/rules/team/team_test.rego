package sudoql.admin.rules.team_test

import data.sudoql.admin.rules.team
import data.sudoql.examples

asking(action) := object.union(examples.admin, {"action": action, "subject": "ben"})

everybody := [{"groups": ["*"], "targets": ["*"]}]

test_who_sees_the_target_sees_its_elevations[action] if {
	some action in ["target.see", "elevation.show", "elevation.remark"]
	team.permit
		with data.settings as examples.settings
		with input as asking(action)
		with data.settings.admin.visible as everybody
}

test_who_does_not_does_not[action] if {
	some action in ["target.see", "elevation.show", "elevation.remark"]
	not team.permit with data.settings as examples.settings with input as asking(action)
		with data.settings.admin.visible as [{"groups": ["ops"], "targets": ["*"]}]
}

test_not_the_reason_and_no_revoking[action] if {
	some action in ["elevation.show_reason", "elevation.revoke", "session.see", "ledger.read", "notice.read"]
	not team.permit
		with data.settings as examples.settings
		with input as asking(action)
		with data.settings.admin.visible as everybody
}

test_the_list_is_open if {
	team.permit
		with data.settings as examples.settings
		with input as object.union(asking("elevation.list"), {"subject": null})
}

test_anothers_list_is_not if not team.permit
	with data.settings as examples.settings
	with input as asking("elevation.list")
