package sudoql.scope_test

import data.sudoql.examples
import data.sudoql.scope

orders := {"schema": "public", "name": "orders"}

somewhere := {"schema": null, "name": "orders"}

test_production_is_what_is_not_listed if {
	not scope.relaxed with input as examples.read with data.settings.environments.relaxed as ["test"]
}

test_a_listed_environment_is_relaxed if {
	scope.relaxed with input as examples.read with data.settings.environments.relaxed as ["production"]
}

test_targets_by_name_and_pattern if {
	scope.target(["shop"]) with input as examples.read
	scope.target(["sh*"]) with input as examples.read
	scope.target(["*"]) with input as examples.read
	not scope.target(["bank", "hop"]) with input as examples.read
}

test_groups if {
	scope.groups(["dev"]) with input as examples.read
	scope.groups(["*"]) with input as examples.read
	not scope.groups(["sec"]) with input as examples.read
	not scope.groups([]) with input as examples.read
}

reaching(relations) := object.union(examples.read, {"statement": {"relations": relations}})

test_relations_by_pattern[name] if {
	some name, patterns in {
		"by name": ["public.orders"],
		"of a schema": ["public.*"],
		"in every schema": ["other.*", "*.orders"],
		"by one character": ["public.order?"],
		"in letters that are no plain ones": ["über*", "p?blic.orders", "*|*"],
		"with signs of regular expressions": ["(|.*", "public.orders"],
	}
	scope.meant(patterns) == {"public.orders"} with input as reaching([orders])
}

test_other_patterns_mean_other_relations[name] if {
	some name, patterns in {"none": [], "names": ["public.order", "orders", "PUBLIC.ORDERS"], "stars": ["other.*", "*.order", "*orders*x"]}
	scope.meant(patterns) == set() with input as reaching([orders])
}

test_a_name_may_hold_any_character[name] if {
	some name in ["a\nb", "a|b", "a.b", "a$b", "a*b", "ä"]
	scope.meant(["public.*"]) == {$"public.{name}"} with input as reaching([{"schema": "public", "name": name}])
	scope.meant(["publi.*", "public", "*x"]) == set() with input as reaching([{"schema": "public", "name": name}])
}

test_each_relation_counts_for_itself if {
	customers := {"schema": "public", "name": "customers"}
	scope.meant(["public.cust*", "audit.*"]) == {"public.customers"} with input as reaching([orders, customers])
	scope.meant(["public.orders", "*.customers"]) == {"public.orders", "public.customers"}
		with input as reaching([orders, customers])
}

test_the_fifty_first_pattern_counts_as_the_first if {
	others := [concat("", ["*.t", pattern]) | some pattern in split("0123456789012345678901234567890123456789012345678", "")]
	scope.meant(array.concat(others, ["*.orders", "*.no"])) == {"public.orders"} with input as reaching([orders])
	scope.meant(array.concat(others, ["*.no", "*.orders"])) == {"public.orders"} with input as reaching([orders])
}

test_a_relation_of_an_unknown_schema_matches_in_every_schema if {
	scope.meant(["public.orders"]) == {["orders"]} with input as reaching([somewhere])
	scope.meant(["public.*"]) == {["orders"]} with input as reaching([somewhere])
	scope.meant(["public.customers"]) == set() with input as reaching([somewhere])
}

test_texts_by_pattern if {
	scope.matching({"public.people.email", "*.*.phone", "pub?ic.x.*"}, {"public.people.email", "a.b.phone", "public.x.y", "a.b.email"}) == {
		"public.people.email",
		"a.b.phone",
		"public.x.y",
	}
	scope.matching(set(), {"public.people.email"}) == set()
}

test_the_relation_of_a_column if {
	scope.relation_part("public.people.email") == "public.people"
	scope.relation_part("*.*.email") == "*.*"
	scope.column_part("public.people.email") == "email"
	scope.column_part("public.*.e*") == "e*"
}

test_keys if {
	scope.key(orders) == "public.orders"
	scope.key(somewhere) == ["orders"]
	scope.key({"schema": "public", "name": "*"}) == "public.*"
	not scope.key({"schema": null, "name": "*"})
	not scope.key({"schema": "public"})
	not scope.key({"name": "orders"})
}

test_names if {
	scope.name(orders) == "public.orders"
	scope.name(somewhere) == "orders"
	scope.name({}) == "a relation without a name"
}

of(groups) := object.union(examples.read, {"principal": {"groups": groups}})

test_a_group_of_the_providers_is_what_it_means if {
	scope.own_groups == {"dev", "oncall"} with input as of(["oidc:DB%20Admins", "oidc:all"])
		with data.settings as examples.settings
		with data.settings.people.groups as {"oidc:DB%20Admins": ["dev", "oncall"]}
}

test_a_group_of_the_providers_is_none_of_ours_by_its_name if {
	scope.own_groups == set() with input as of(["oidc:security"]) with data.settings as examples.settings
	not scope.groups(["security"]) with input as of(["oidc:security"]) with data.settings as examples.settings
	not scope.groups(["oidc:security"]) with input as of(["oidc:security"]) with data.settings as examples.settings
}

test_an_operators_groups_mean_themselves if {
	scope.own_groups == {"dev"} with input as of(["dev"])
		with data.settings as examples.settings
		with data.settings.people.groups as {"dev": ["security"]}
}

test_without_meanings_the_providers_groups_are_none if {
	scope.own_groups == set() with input as of(["oidc:dev"])
		with data.settings as object.remove(examples.settings, ["people"])
}
