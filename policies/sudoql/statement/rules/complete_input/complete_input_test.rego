package sudoql.statement.rules.complete_input_test

import data.sudoql.examples
import data.sudoql.statement.rules.complete_input

reason := {
	"code": "incomplete_input",
	"message": "the statement reached policy with something missing",
	"remedy": "tell the operator; this is not your doing",
}

test_a_read_is_complete if complete_input.deny == set()
	with data.settings as examples.settings
	with input as examples.read

test_a_write_is_complete if complete_input.deny == set()
	with data.settings as examples.settings
	with input as examples.write

test_nothing_is_not if complete_input.deny == {reason} with data.settings as examples.settings with input as {}

test_a_misspelt_field_is_missing if {
	misspelt := object.union(
		object.remove(examples.read, ["principal"]),
		{"principle": examples.read.principal},
	)
	complete_input.deny == {reason} with data.settings as examples.settings with input as misspelt
}

test_columns_are_told_or_are_all[name] if {
	some name, [told, expected] in {"told": [["id"], set()], "all": [null, set()], "in words": ["id", {reason}]}
	relations := [object.union(relation, {"columns": {"read": told}}) | some relation in examples.read.statement.relations]
	reasons := complete_input.deny
		with data.settings as examples.settings
		with input as object.union(examples.read, {"statement": {"relations": relations}})
	reasons == expected
}
