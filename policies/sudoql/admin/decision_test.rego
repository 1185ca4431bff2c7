package sudoql.admin_test

import data.sudoql.admin
import data.sudoql.examples

test_permitted_without_reasons if {
	admin.decision == {"allow": true, "reasons": []} with data.settings as examples.settings with input as examples.admin
}

test_not_permitted if {
	decision := admin.decision
		with data.settings as examples.settings
		with input as object.union(examples.admin, {"action": "policy.activate"})
	decision == {"allow": false, "reasons": [{
		"code": "not_permitted",
		"message": "you may not do this",
		"remedy": "ask security",
	}]}
}

test_an_incomplete_input_is_denied_whoever_asks if {
	asker := object.union(object.remove(examples.admin, ["clock"]), {"principal": {"groups": ["security"]}})
	decision := admin.decision
		with data.settings as examples.settings
		with input as asker
		with data.settings.admin.security.groups as ["security"]
	decision == {"allow": false, "reasons": [{
		"code": "incomplete_input",
		"message": "the request reached policy with something missing",
		"remedy": "tell the operator; this is not your doing",
	}]}
}

test_only_true_permits[name] if {
	some name, value in {"text": "no", "set": {"no"}, "object": {}, "number": 1, "nothing": null}
	decision := admin.decision
		with data.settings as examples.settings
		with input as object.union(examples.admin, {"action": "policy.activate"})
		with data.sudoql.admin.rules.security.permit as value
	decision.allow == false
}
