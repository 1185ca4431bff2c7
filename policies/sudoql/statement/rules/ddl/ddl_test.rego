package sudoql.statement.rules.ddl_test

import data.sudoql.examples
import data.sudoql.statement.rules.ddl

reason := {
	"code": "ddl_on_production",
	"message": "this changes the schema, and the target is production",
	"remedy": "let who may change schemas here run it, as migrations do (groups of settings.ddl.groups)",
}

create := object.union(examples.write, {"statement": {"type": "CreateStmt", "effects": ["ddl"]}})

test_a_write_of_rows_passes if ddl.deny == set() with data.settings as examples.settings with input as examples.write

test_ddl_is_refused if ddl.deny == {reason} with data.settings as examples.settings with input as create

test_ddl_passes_where_it_is_not_production if {
	relaxed := object.union(create, {"target": {"labels": {"environment": "test"}}})
	ddl.deny == set()
		with data.settings as examples.settings
		with input as relaxed
		with data.settings.environments.relaxed as ["test"]
}

test_ddl_passes_for_the_groups_that_may if {
	ddl.deny == set()
		with data.settings as examples.settings
		with input as create
		with data.settings.ddl.groups as ["dev"]
}

test_off if ddl.deny == set()
	with data.settings as examples.settings
	with input as create
	with data.settings.ddl.enabled as false
