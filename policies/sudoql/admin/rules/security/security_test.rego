package sudoql.admin.rules.security_test

import data.sudoql.admin.rules.security
import data.sudoql.examples

who := {"groups": ["security"], "kinds": ["human"]}

asking(action, principal) := object.union(examples.admin, {"action": action, "principal": principal})

test_security_may_everything[action] if {
	some action in [
		"elevation.list",
		"elevation.show",
		"elevation.show_reason",
		"elevation.revoke",
		"token.create",
		"token.list",
		"token.revoke",
		"ledger.read",
		"target.see",
		"policy.activate",
		"policy.read",
	]
	security.permit
		with data.settings as examples.settings
		with input as asking(action, {"groups": ["security"]})
		with data.settings.admin.security as who
}

test_others_may_not[name] if {
	some name, principal in {"group": {"groups": ["dev"]}, "kind": {"groups": ["security"], "kind": "agent"}}
	not security.permit
		with data.settings as examples.settings
		with input as asking("ledger.read", principal)
		with data.settings.admin.security as who
}
