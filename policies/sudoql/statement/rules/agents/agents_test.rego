package sudoql.statement.rules.agents_test

import data.sudoql.examples
import data.sudoql.statement.rules.agents

reason := {
	"code": "agents_read_only",
	"message": "agents may only read",
	"remedy": "let a person run it",
}

as_agent(example) := object.union(example, {"principal": {"kind": "agent"}})

test_people_and_services_write[kind] if {
	some kind in ["human", "service"]
	agents.deny == set()
		with data.settings as examples.settings
		with input as object.union(examples.write, {"principal": {"kind": kind}})
}

test_an_agent_reads if agents.deny == set()
	with data.settings as examples.settings
	with input as as_agent(examples.read)

test_an_agent_does_not_write if agents.deny == {reason}
	with data.settings as examples.settings
	with input as as_agent(examples.write)

test_an_agent_does_not_even_read_in_write_mode if {
	agents.deny == {reason}
		with data.settings as examples.settings
		with input as object.union(as_agent(examples.read), {"mode": "write"})
}

test_an_unheard_of_kind_does_nothing if {
	agents.deny == {reason}
		with data.settings as examples.settings
		with input as object.union(examples.read, {"principal": {"kind": "root"}})
}
