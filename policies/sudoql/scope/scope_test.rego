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

test_relations_by_pattern if {
	scope.relation(["public.orders"], orders)
	scope.relation(["public.*"], orders)
	scope.relation(["*.orders"], orders)
	not scope.relation(["public.order", "other.*", "orders"], orders)
}

test_a_relation_of_an_unknown_schema_matches_in_every_schema if {
	scope.relation(["public.orders"], somewhere)
	scope.relation(["public.*"], somewhere)
	not scope.relation(["public.customers"], somewhere)
}

test_known if {
	scope.known(orders)
	scope.known(somewhere)
	not scope.known({"schema": "public"})
	not scope.known({"name": "orders"})
}

test_names if {
	scope.name(orders) == "public.orders"
	scope.name(somewhere) == "orders"
	scope.name({}) == "a relation without a name"
}
