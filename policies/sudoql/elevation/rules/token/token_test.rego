package sudoql.elevation.rules.token_test

import data.sudoql.elevation.rules.token
import data.sudoql.examples

reason := {
	"code": "token_may_not",
	"message": "this token may not elevate in this way",
	"remedy": "connect with a token of your own that may",
}

asking(kind, elevate, by) := object.union(examples.elevation, {
	"principal": {"kind": kind, "elevate": elevate},
	"by": by,
})

test_what_passes[name] if {
	some name, [kind, elevate, by] in {
		"a person in band": ["human", "in-band", "in-band"],
		"a person at connect": ["human", "connect", "connect"],
		"a person at connect who may in band": ["human", "in-band", "connect"],
		"a service at connect": ["service", "connect", "connect"],
	}
	token.deny == set() with data.settings as examples.settings with input as asking(kind, elevate, by)
}

test_what_does_not[name] if {
	some name, [kind, elevate, by] in {
		"a person in band with a token for connect": ["human", "connect", "in-band"],
		"a person with a token for nothing": ["human", "none", "connect"],
		"a service in band": ["service", "in-band", "in-band"],
		"an agent in band": ["agent", "in-band", "in-band"],
		"an agent at connect": ["agent", "connect", "connect"],
		"an unheard-of way": ["human", "in-band", "telepathy"],
	}
	token.deny == {reason} with data.settings as examples.settings with input as asking(kind, elevate, by)
}
