package sudoql.statement.rules.write_mode_test

import data.sudoql.examples
import data.sudoql.statement.rules.write_mode

reason := {
	"code": "write_needs_elevation",
	"message": "this does more than read, and the session is in read mode",
	"remedy": "SELECT sudo('why'), then the statement again",
}

test_a_read_passes_in_read_mode if write_mode.deny == set()
	with data.settings as examples.settings
	with input as examples.read

test_settings_and_transactions_pass_in_read_mode if {
	statement := object.union(examples.read, {"statement": {"effects": ["session", "transaction"]}})
	write_mode.deny == set() with data.settings as examples.settings with input as statement
}

test_a_write_passes_in_write_mode if write_mode.deny == set()
	with data.settings as examples.settings
	with input as examples.write

test_a_write_is_refused_in_read_mode if {
	write_mode.deny == {reason}
		with data.settings as examples.settings
		with input as object.union(examples.write, {"mode": "read"})
}

test_a_write_is_refused_without_an_elevation if {
	write_mode.deny == {reason}
		with data.settings as examples.settings
		with input as object.union(examples.write, {"elevation": null})
}

test_every_other_effect_is_refused_in_read_mode[effect] if {
	some effect in ["write", "ddl", "code", "grant", "lock", "admin", "remote", "deferred", "dynamic", "unheard of"]
	input_ := object.union(examples.read, {"statement": {"effects": ["read", effect]}})
	write_mode.deny == {reason} with data.settings as examples.settings with input as input_
}

test_no_effect_at_all_is_refused if {
	write_mode.deny == {reason}
		with data.settings as examples.settings
		with input as object.union(examples.read, {"statement": {"effects": []}})
}
