package sudoql.approval.rules.own_test

import data.sudoql.approval.rules.own
import data.sudoql.examples

answering(who, asker) := object.union(examples.approval, {"principal": who, "request": {"principal": asker}})

test_anothers[name] if {
	some name, emails in {"both": ["ben@example.com", "ana@example.com"], "none": [null, null], "one": ["b@x", null]}
	count(own.deny) == 0
		with data.settings as examples.settings
		with input as answering({"email": emails[0]}, {"email": emails[1]})
}

test_not_ones_own[name] if {
	some name, who in {
		"id": {"id": "ana", "email": "other@example.com"},
		"email": {"email": "Ana@Example.com"},
		"service": {"kind": "service"},
		"agent": {"kind": "agent"},
	}
	{reason.code | some reason in own.deny} == {"own_request"}
		with data.settings as examples.settings
		with input as answering(who, {})
}
