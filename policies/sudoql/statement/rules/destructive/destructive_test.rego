package sudoql.statement.rules.destructive_test

import data.sudoql.examples
import data.sudoql.statement.rules.destructive

reason := {
	"code": "destructive",
	"message": "TRUNCATE and DROP are not allowed here",
	"remedy": "delete the rows by a WHERE, or let who may change schemas here run it, as migrations do",
}

of_type(type) := object.union(examples.write, {"statement": {"type": type}})

on_test(example) := object.union(example, {"target": {"labels": {"environment": "test"}}})

test_an_update_passes if destructive.deny == set()
	with data.settings as examples.settings
	with input as examples.write

test_truncate_and_every_drop_are_refused[type] if {
	some type in ["TruncateStmt", "DropStmt", "DropdbStmt", "DropOwnedStmt", "DropRoleStmt"]
	destructive.deny == {reason} with data.settings as examples.settings with input as of_type(type)
}

test_a_truncate_inside_another_statement_is_refused if {
	relation := {"schema": "public", "name": "orders", "kind": "table", "access": "truncate", "via": null}
	hidden := object.union(examples.write, {"statement": {"relations": [relation]}})
	destructive.deny == {reason} with data.settings as examples.settings with input as hidden
}

test_it_passes_where_it_is_not_production if {
	destructive.deny == set() with data.settings as examples.settings with input as on_test(of_type("DropStmt"))
		with data.settings.environments.relaxed as ["test"]
		with data.settings.destructive.everywhere as false
}

test_everywhere_means_everywhere if {
	destructive.deny == {reason} with data.settings as examples.settings with input as on_test(of_type("DropStmt"))
		with data.settings.environments.relaxed as ["test"]
		with data.settings.destructive.everywhere as true
}

test_it_passes_for_the_groups_that_may if {
	destructive.deny == set()
		with data.settings as examples.settings
		with input as of_type("DropStmt")
		with data.settings.destructive.groups as ["dev"]
}

test_off if {
	destructive.deny == set()
		with data.settings as examples.settings
		with input as of_type("DropStmt")
		with data.settings.destructive.enabled as false
}
