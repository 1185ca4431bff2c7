package sudoql.statement.rules.read_scopes_test

import data.sudoql.examples
import data.sudoql.statement.rules.read_scopes

reason(relation) := {
	"code": "out_of_scope",
	"message": $"{relation} is not among what your groups may see",
	"remedy": "ask security to widen the scope of your group",
}

scopes := {"support": ["public.customers", "help.*"], "sales": ["public.orders"]}

reading(groups, relation) := object.union(examples.read, {
	"principal": {"groups": groups},
	"statement": {"relations": [object.union(
		{"schema": "public", "name": "orders", "kind": "table", "access": "select", "via": null},
		relation,
	)]},
})

test_without_scopes_everybody_sees_everything if {
	read_scopes.deny == set()
		with data.settings as examples.settings
		with input as reading([], {})
		with data.settings.read_scopes.groups as {}
}

test_out_of_scope_is_refused if {
	read_scopes.deny == {reason("public.orders")}
		with data.settings as examples.settings
		with input as reading(["support"], {})
		with data.settings.read_scopes.groups as scopes
}

test_in_scope_passes if {
	read_scopes.deny == set()
		with data.settings as examples.settings
		with input as reading(["support"], {"schema": "help", "name": "articles"})
		with data.settings.read_scopes.groups as scopes
}

test_two_groups_see_what_either_sees if {
	read_scopes.deny == set() with data.settings as examples.settings with input as reading(["support", "sales"], {})
		with data.settings.read_scopes.groups as scopes
}

test_a_group_without_a_line_sees_everything if {
	read_scopes.deny == set() with data.settings as examples.settings with input as reading(["support", "dev"], {})
		with data.settings.read_scopes.groups as scopes
}

test_a_group_of_the_providers_counts_as_what_it_means if {
	read_scopes.deny == set()
		with data.settings as examples.settings
		with input as reading(["oidc:shop-support"], {"schema": "help", "name": "articles"})
		with data.settings.read_scopes.groups as scopes
		with data.settings.people.groups as {"oidc:shop-support": ["support"]}
}

test_a_group_of_the_providers_without_a_meaning_is_no_group if {
	read_scopes.deny == {reason("public.orders")} with data.settings as examples.settings
		with input as reading(["oidc:shop-support"], {})
		with data.settings.read_scopes.groups as scopes
}

test_who_is_in_no_group_sees_nothing if {
	read_scopes.deny == {reason("public.orders")} with data.settings as examples.settings with input as reading([], {})
		with data.settings.read_scopes.groups as scopes
}

test_what_is_behind_a_view_passes_with_the_view if {
	read_scopes.deny == set()
		with data.settings as examples.settings
		with input as reading(["support"], {"via": "help.v"})
		with data.settings.read_scopes.groups as scopes
}

test_the_catalogue_is_open if {
	read_scopes.deny == set()
		with data.settings as examples.settings
		with input as reading(["support"], {"schema": "pg_catalog", "name": "pg_class"})
		with data.settings.read_scopes.groups as scopes
}

test_unknown_relations_are_refused if {
	reasons := read_scopes.deny with data.settings as examples.settings with input as {}
	reasons == {{
		"code": "out_of_scope",
		"message": "it is not known which relations this reads",
		"remedy": "write it more plainly",
	}}
}
