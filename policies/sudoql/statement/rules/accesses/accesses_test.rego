package sudoql.statement.rules.accesses_test

import data.sudoql.examples
import data.sudoql.statement.rules.accesses

reason := {
	"code": "access_forbidden",
	"message": "delete is not allowed on shop",
	"remedy": "ask one of those who may",
}

forbidden := {"access": ["delete", "truncate"], "targets": ["shop"], "except_groups": ["dba"]}

deleting := object.union(examples.write, {"statement": {"relations": [{
	"schema": "public",
	"name": "orders",
	"kind": "table",
	"access": "delete",
	"via": null,
}]}})

test_nothing_is_forbidden_by_default_here if {
	accesses.deny == set()
		with data.settings as examples.settings
		with input as deleting
		with data.settings.accesses.forbidden as []
}

test_a_forbidden_access_is_refused if {
	accesses.deny == {reason}
		with data.settings as examples.settings
		with input as deleting
		with data.settings.accesses.forbidden as [forbidden]
}

test_everything_else_passes if {
	accesses.deny == set()
		with data.settings as examples.settings
		with input as examples.write
		with data.settings.accesses.forbidden as [forbidden]
}

test_another_target_passes if {
	accesses.deny == set()
		with data.settings as examples.settings
		with input as object.union(deleting, {"target": {"name": "bank"}})
		with data.settings.accesses.forbidden as [forbidden]
}

test_excepted_groups_pass if {
	accesses.deny == set()
		with data.settings as examples.settings
		with input as object.union(deleting, {"principal": {"groups": ["dba"]}})
		with data.settings.accesses.forbidden as [forbidden]
}

test_what_is_not_known_is_refused if {
	reasons := accesses.deny with data.settings as examples.settings with input as {}
	reasons == {{
		"code": "access_forbidden",
		"message": "it is not known what this reaches",
		"remedy": "write it more plainly",
	}}
}
