package sudoql.statement.rules.acts_later_test

import data.sudoql.examples
import data.sudoql.statement.rules.acts_later

reason(effect) := {
	"code": "acts_later",
	"message": $"this has the effect {effect}, which outlasts the elevation or cannot be judged",
	"remedy": "let who may change schemas here run it, as migrations do, or ask security for a named exception",
}

unknown := {
	"code": "acts_later",
	"message": "it is not known what this does",
	"remedy": "write it more plainly",
}

with_effects(effects) := object.union(examples.write, {"statement": {"effects": effects}})

exception := {"name": "dba-may-grant", "effects": ["grant"], "groups": ["dba"], "targets": ["shop"]}

as_dba(example) := object.union(example, {"principal": {"groups": ["dba"]}})

test_rows_and_schema_do_not_act_later if {
	acts_later.deny == set()
		with data.settings as examples.settings
		with input as with_effects(["read", "write", "ddl", "lock", "session", "transaction"])
}

test_each_effect_that_does_is_refused[effect] if {
	some effect in ["code", "grant", "remote", "deferred", "dynamic", "admin", "unheard of"]
	acts_later.deny == {reason(effect)}
		with data.settings as examples.settings
		with input as with_effects(["write", effect])
}

test_all_are_named if {
	acts_later.deny == {reason("code"), reason("grant")}
		with data.settings as examples.settings
		with input as with_effects(["code", "grant"])
}

test_no_effect_is_not_known if acts_later.deny == {unknown}
	with data.settings as examples.settings
	with input as with_effects([])

test_an_exception_lets_its_effect_through if {
	acts_later.deny == set() with data.settings as examples.settings with input as as_dba(with_effects(["grant"]))
		with data.settings.acts_later.exceptions as [exception]
}

test_an_exception_is_for_its_effects_only if {
	acts_later.deny == {reason("code")}
		with data.settings as examples.settings
		with input as as_dba(with_effects(["code", "grant"]))
		with data.settings.acts_later.exceptions as [exception]
}

test_an_exception_is_for_its_groups_only if {
	acts_later.deny == {reason("grant")} with data.settings as examples.settings with input as with_effects(["grant"])
		with data.settings.acts_later.exceptions as [exception]
}

test_an_exception_is_for_its_targets_only if {
	elsewhere := object.union(as_dba(with_effects(["grant"])), {"target": {"name": "bank"}})
	acts_later.deny == {reason("grant")} with data.settings as examples.settings with input as elsewhere
		with data.settings.acts_later.exceptions as [exception]
}

test_an_exception_ends if {
	ending := object.union(exception, {"until": "2026-11-30T12:00:00"})
	before := object.union(as_dba(with_effects(["grant"])), {"clock": {"iso": "2026-11-30T11:59:59.999Z"}})
	after := object.union(before, {"clock": {"iso": "2026-11-30T12:00:00.000Z"}})
	acts_later.deny == set() with data.settings as examples.settings with input as before
		with data.settings.acts_later.exceptions as [ending]
	acts_later.deny == {reason("grant")} with data.settings as examples.settings with input as after
		with data.settings.acts_later.exceptions as [ending]
	acts_later.deny == {reason("grant")}
		with data.settings as examples.settings
		with input as object.remove(after, ["clock"])
		with data.settings.acts_later.exceptions as [ending]
}

test_it_passes_where_it_is_not_production if {
	relaxed := object.union(with_effects(["code"]), {"target": {"labels": {"environment": "test"}}})
	acts_later.deny == set()
		with data.settings as examples.settings
		with input as relaxed
		with data.settings.environments.relaxed as ["test"]
}

test_off if {
	acts_later.deny == set()
		with data.settings as examples.settings
		with input as with_effects(["code"])
		with data.settings.acts_later.enabled as false
}
