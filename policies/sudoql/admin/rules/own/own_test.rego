package sudoql.admin.rules.own_test

import data.sudoql.admin.rules.own
import data.sudoql.examples

asking(action, subject) := object.union(examples.admin, {"action": action, "subject": subject})

actions := [
	"elevation.show",
	"elevation.show_reason",
	"elevation.revoke",
	"elevation.remark",
	"session.see",
	"ledger.read",
	"token.list",
	"token.revoke",
]

test_ones_own[action] if {
	some action in actions
	own.permit with data.settings as examples.settings with input as asking(action, "ana")
}

test_not_anothers[action] if {
	some action in actions
	not own.permit with data.settings as examples.settings with input as asking(action, "ben")
}

test_not_what_has_no_owner if not own.permit
	with data.settings as examples.settings
	with input as asking("elevation.revoke", null)

test_not_a_token_for_oneself if not own.permit
	with data.settings as examples.settings
	with input as asking("token.create", "ana")
