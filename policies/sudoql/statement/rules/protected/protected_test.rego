package sudoql.statement.rules.protected_test

import data.sudoql.examples
import data.sudoql.statement.rules.protected

reason(relation, access) := {
	"code": "protected_relation",
	"message": $"{relation} is protected against {access}",
	"remedy": "ask one of those who may",
}

protection := {"patterns": ["public.pay*"], "access": ["update", "delete"], "targets": ["shop"], "groups": ["finance"]}

using(relation) := object.union(examples.write, {"statement": {"relations": [object.union(
	{"schema": "public", "name": "payments", "kind": "table", "access": "update", "via": null},
	relation,
)]}})

test_nothing_is_protected_by_default_here if {
	protected.deny == set()
		with data.settings as examples.settings
		with input as using({})
		with data.settings.protected.relations as []
}

test_a_protected_relation_is_refused if {
	protected.deny == {reason("public.payments", "update")}
		with data.settings as examples.settings
		with input as using({})
		with data.settings.protected.relations as [protection]
}

test_also_behind_a_view if {
	protected.deny == {reason("public.payments", "update")}
		with data.settings as examples.settings
		with input as using({"via": "public.v"})
		with data.settings.protected.relations as [protection]
}

test_also_when_its_schema_is_not_known if {
	protected.deny == {reason("payments", "update")}
		with data.settings as examples.settings
		with input as using({"schema": null})
		with data.settings.protected.relations as [protection]
}

test_every_access_when_it_says_so if {
	everything := object.union(protection, {"access": ["*"]})
	protected.deny == {reason("public.payments", "select")}
		with data.settings as examples.settings
		with input as using({"access": "select"})
		with data.settings.protected.relations as [everything]
}

test_another_relation_passes if {
	protected.deny == set() with data.settings as examples.settings with input as using({"name": "orders"})
		with data.settings.protected.relations as [protection]
}

test_another_access_passes if {
	protected.deny == set() with data.settings as examples.settings with input as using({"access": "select"})
		with data.settings.protected.relations as [protection]
}

test_another_target_passes if {
	protected.deny == set()
		with data.settings as examples.settings
		with input as object.union(using({}), {"target": {"name": "bank"}})
		with data.settings.protected.relations as [protection]
}

test_those_who_may_pass if {
	protected.deny == set()
		with data.settings as examples.settings
		with input as object.union(using({}), {"principal": {"groups": ["finance"]}})
		with data.settings.protected.relations as [protection]
}

test_protection_ends if {
	ending := object.union(protection, {"until": "2026-11-30T12:00:00"})
	before := object.union(using({}), {"clock": {"iso": "2026-11-30T11:59:59.999Z"}})
	after := object.union(before, {"clock": {"iso": "2026-11-30T12:00:00.000Z"}})
	refused := {reason("public.payments", "update")}
	protected.deny == refused with data.settings as examples.settings with input as before
		with data.settings.protected.relations as [ending]
	protected.deny == set() with data.settings as examples.settings with input as after
		with data.settings.protected.relations as [ending]
	protected.deny == refused
		with data.settings as examples.settings
		with input as object.remove(after, ["clock"])
		with data.settings.protected.relations as [ending]
}

test_unknown_relations_are_refused if {
	reasons := protected.deny with data.settings as examples.settings with input as {}
	reasons == {{
		"code": "protected_relation",
		"message": "it is not known which relations this reaches",
		"remedy": "write it more plainly",
	}}
}

unnamed(schema, access) := using({"schema": schema, "name": "*", "kind": "unknown", "access": access, "via": "CASCADE"})

test_what_is_not_named_could_be_it[name] if {
	ddl := object.union(protection, {"access": ["delete", "ddl"]})
	not_known := {{
		"code": "protected_relation",
		"message": "it is not known which relations this reaches",
		"remedy": "write it more plainly",
	}}
	some name, [schema, access, lines, expected] in {
		"anywhere": [null, "ddl", [ddl], not_known],
		"in its schema": ["public", "ddl", [ddl], not_known],
		"in one that the pattern means": ["public", "ddl", [object.union(ddl, {"patterns": ["pub*.pay"]})], not_known],
		"in another schema": ["scratch", "ddl", [ddl], set()],
		"by another access": [null, "ddl", [protection], set()],
		"deleted by a key": [null, "delete", [protection], not_known],
		"where nothing is protected": [null, "ddl", [], set()],
	}
	reasons := protected.deny
		with data.settings as examples.settings
		with input as unnamed(schema, access)
		with data.settings.protected.relations as lines
	reasons == expected
}

test_what_cannot_be_compared_is_refused[name] if {
	some name, field in {"the relation": "name", "its schema": "schema", "the access": "access"}
	relation := object.remove({"schema": "public", "name": "orders", "kind": "table", "access": "update"}, [field])
	statement := object.union(examples.write.statement, {"relations": [relation]})
	reasons := protected.deny
		with data.settings as examples.settings
		with input as object.union(examples.write, {"statement": statement})
		with data.settings.protected.relations as [protection]
	count(reasons) == 1
}
