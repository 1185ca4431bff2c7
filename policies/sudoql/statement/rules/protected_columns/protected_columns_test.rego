package sudoql.statement.rules.protected_columns_test

import data.sudoql.examples
import data.sudoql.statement.rules.protected_columns

refused(used, columns, relations) := {
	"code": "protected_column",
	"message": $"protected against being {used}: {columns} of {relations}",
	"remedy": $"leave out {columns} (where there is a *, name the others), or ask one of those who may",
}

not_told(used, relations) := {
	"code": "protected_column",
	"message": $"some columns are protected against being {used}, and which this uses is not told, of {relations}",
	"remedy": "name the columns that you need, each by itself, or ask one of those who may",
}

not_known := {
	"code": "protected_column",
	"message": "it is not known which relations this reaches",
	"remedy": "write it more plainly",
}

line := {"patterns": ["public.people.email", "*.*.ph*"], "access": ["read"], "targets": ["shop"], "groups": ["support"]}

writing := object.union(line, {"access": ["write"]})

relation := {
	"schema": "public", "name": "people", "kind": "table", "access": "select", "via": null,
	"columns": {"read": ["email", "id"], "written": []},
}

using(change) := object.union(examples.read, {"statement": {"relations": [object.union(relation, change)]}})

reading(columns) := using({"columns": {"read": columns, "written": []}})

test_no_column_is_protected_by_default if {
	protected_columns.deny == set() with data.settings as examples.settings with input as using({})
	protected_columns.deny == set() with data.settings as object.remove(examples.settings, ["protected_columns"])
		with input as using({})
}

test_what_is_read[name] if {
	some name, [columns, expected] in {
		"a protected one": [["email", "id"], {refused("read", "email", "public.people")}],
		"two": [["email", "id", "phone"], {refused("read", "email, phone", "public.people")}],
		"none of them": [["id", "mail"], set()],
		"none at all": [[], set()],
		"any": [null, {not_told("read", "public.people")}],
	}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as reading(columns)
		with data.settings.protected_columns.columns as [line]
	reasons == expected
}

test_what_is_written[name] if {
	some name, [columns, expected] in {
		"a protected one": [{"read": [], "written": ["email"]}, {refused("written", "email", "public.people")}],
		"read only": [{"read": ["email"], "written": []}, set()],
		"any": [{"read": [], "written": null}, {not_told("written", "public.people")}],
	}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as object.union(examples.write, {"statement": {"relations": [object.union(relation, {"access": "update", "columns": columns})]}})
		with data.settings.protected_columns.columns as [writing]
	reasons == expected
}

test_many_are_counted if {
	columns := [$"phone_{n}" | some n in numbers.range(10, 21)]
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as reading(columns)
		with data.settings.protected_columns.columns as [line]
	reasons == {refused("read", "12 columns", "public.people")}
}

test_several_relations_are_told_together if {
	others := [
	object.union(relation, {"name": name, "columns": {"read": read, "written": []}}) |
		some name, read in {"a": ["phone"], "b": ["id"], "c": null, "d": null}
	]
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as object.union(examples.read, {"statement": {"relations": others}})
		with data.settings.protected_columns.columns as [line]
	reasons == {refused("read", "phone", "public.a"), not_told("read", "public.c, public.d")}
}

test_another_relation_passes_whatever_it_reads[name] if {
	some name, columns in {"a column of that name": ["email"], "any column": null}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as using({"name": "orders", "columns": {"read": columns, "written": columns}})
		with data.settings.protected_columns.columns as [object.union(line, {"patterns": ["public.people.email"]})]
	reasons == set()
}

test_whom_and_where[name] if {
	some name, [change, expected] in {
		"those who may": [{"principal": {"groups": ["support"]}}, 0],
		"another target": [{"target": {"name": "bank"}}, 0],
		"others": [{"principal": {"groups": ["dev"]}}, 1],
	}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as object.union(reading(["email"]), change)
		with data.settings.protected_columns.columns as [line]
	count(reasons) == expected
}

test_protection_ends if {
	ending := object.union(line, {"until": "2026-11-30T12:00:00"})
	before := object.union(reading(["email"]), {"clock": {"iso": "2026-11-30T11:59:59.999Z"}})
	after := object.union(before, {"clock": {"iso": "2026-11-30T12:00:00.000Z"}})
	reasons := {refused("read", "email", "public.people")}
	protected_columns.deny == reasons with data.settings as examples.settings with input as before
		with data.settings.protected_columns.columns as [ending]
	protected_columns.deny == set() with data.settings as examples.settings with input as after
		with data.settings.protected_columns.columns as [ending]
	protected_columns.deny == reasons
		with data.settings as examples.settings
		with input as object.remove(after, ["clock"])
		with data.settings.protected_columns.columns as [ending]
}

test_a_view_may_show_what_it_reads[name] if {
	some name, [change, expected] in {
		"one that is listed": [{"via": "public.people_masked"}, set()],
		"one that is meant": [{"via": "masked.people"}, set()],
		"another": [{"via": "public.people_all"}, {refused("read", "email", "public.people")}],
		"the table itself": [{"via": null}, {refused("read", "email", "public.people")}],
		"written through it": [
			{"via": "public.people_masked", "access": "update", "columns": {"read": [], "written": null}},
			{not_told("written", "public.people")},
		],
	}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as using(change)
		with data.settings.protected_columns as {
			"columns": [object.union(line, {"access": ["read", "write"]})],
			"views": ["public.people_masked", "masked.*"],
		}
	reasons == expected
}

test_what_is_not_named_could_have_them[name] if {
	some name, [schema, columns, lines, expected] in {
		"anywhere": [null, {"read": null, "written": null}, [line], {not_known}],
		"in its schema": ["public", {"read": null, "written": null}, [object.union(line, {"patterns": ["pub*.people.email"]})], {not_known}],
		"in another schema": ["scratch", {"read": null, "written": null}, [object.union(line, {"patterns": ["public.people.email"]})], set()],
		"deleted by a key": [null, {"read": [], "written": null}, [writing], {not_known}],
		"where nothing is protected": [null, {"read": null, "written": null}, [], set()],
	}
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as using({"schema": schema, "name": "*", "kind": "unknown", "access": "ddl", "columns": columns})
		with data.settings.protected_columns.columns as lines
	reasons == expected
}

test_a_relation_of_an_unknown_schema_could_be_it if {
	protected_columns.deny == {not_told("read", "people")}
		with data.settings as examples.settings
		with input as using({"schema": null, "columns": {"read": ["id"], "written": []}})
		with data.settings.protected_columns.columns as [line]
}

test_what_cannot_be_compared_is_refused[name] if {
	whole := object.union(relation, {"columns": {"read": ["id"], "written": []}})
	some name, lacking in {
		"the relation": object.remove(whole, ["name"]),
		"its schema": object.remove(whole, ["schema"]),
		"its columns": object.remove(whole, ["columns"]),
		"those that are read": object.union(object.remove(whole, ["columns"]), {"columns": {"written": []}}),
	}
	statement := object.union(examples.read.statement, {"relations": [lacking]})
	reasons := protected_columns.deny
		with data.settings as examples.settings
		with input as object.union(examples.read, {"statement": statement})
		with data.settings.protected_columns.columns as [line]
	count(reasons) == 1
}

test_unknown_relations_are_refused if {
	protected_columns.deny == {not_known} with data.settings as examples.settings with input as {}
}
