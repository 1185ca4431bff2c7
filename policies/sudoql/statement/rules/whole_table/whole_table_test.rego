package sudoql.statement.rules.whole_table_test

import data.sudoql.examples
import data.sudoql.statement.rules.whole_table

reason := {
	"code": "whole_table",
	"message": "an UPDATE, DELETE or MERGE on production needs a condition on columns of the table that it changes",
	"remedy": "name the rows in WHERE, or in a MERGE's ON; to change all of them, in batches by key",
}

with_where(where) := object.union(examples.write, {"statement": {"where": where}})

test_a_real_where_passes if whole_table.deny == set()
	with data.settings as examples.settings
	with input as with_where("real")

test_neither_update_nor_delete_passes if whole_table.deny == set()
	with data.settings as examples.settings
	with input as with_where(null)

test_all_rows_are_refused[where] if {
	some where in ["none", "constant"]
	whole_table.deny == {reason} with data.settings as examples.settings with input as with_where(where)
}

test_all_rows_pass_where_it_is_not_production if {
	relaxed := object.union(with_where("none"), {"target": {"labels": {"environment": "staging"}}})
	whole_table.deny == set()
		with data.settings as examples.settings
		with input as relaxed
		with data.settings.environments.relaxed as ["staging"]
}

test_a_target_without_a_label_is_production if {
	target := {"name": "shop", "labels": {}}
	unlabelled := object.union(object.remove(with_where("none"), ["target"]), {"target": target})
	whole_table.deny == {reason} with data.settings as examples.settings with input as unlabelled
}

test_a_listed_table_is_exempt if {
	whole_table.deny == set() with data.settings as examples.settings with input as with_where("none")
		with data.settings.whole_table.allowed as ["public.orders"]
}

test_a_listed_table_is_exempt_from_a_merge_too if {
	merged := {"schema": "public", "name": "orders", "kind": "table", "access": "merge", "via": null}
	merge := object.union(with_where("constant"), {"statement": {"relations": [merged]}})
	whole_table.deny == set()
		with data.settings as examples.settings
		with input as merge
		with data.settings.whole_table.allowed as ["public.orders"]
	whole_table.deny == {reason} with data.settings as examples.settings with input as merge
}

test_a_listed_table_does_not_exempt_another if {
	other := {"schema": "public", "name": "customers", "kind": "table", "access": "delete", "via": null}
	both := object.union(with_where("none"), {"statement": {"relations": array.concat(
		examples.write.statement.relations,
		[other],
	)}})
	whole_table.deny == {reason}
		with data.settings as examples.settings
		with input as both
		with data.settings.whole_table.allowed as ["public.orders"]
}

test_a_table_that_is_only_read_needs_no_exemption if {
	other := {"schema": "public", "name": "customers", "kind": "table", "access": "select", "via": null}
	both := object.union(with_where("none"), {"statement": {"relations": array.concat(
		examples.write.statement.relations,
		[other],
	)}})
	whole_table.deny == set()
		with data.settings as examples.settings
		with input as both
		with data.settings.whole_table.allowed as ["public.orders"]
}

test_off if {
	whole_table.deny == set()
		with data.settings as examples.settings
		with input as with_where("none")
		with data.settings.whole_table.enabled as false
}
