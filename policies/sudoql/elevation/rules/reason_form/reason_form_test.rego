package sudoql.elevation.rules.reason_form_test

import data.sudoql.elevation.rules.reason_form
import data.sudoql.examples

empty := {
	"code": "reason_form",
	"message": "a reason is needed",
	"remedy": "say why in a few words",
}

no_ticket := {
	"code": "reason_form",
	"message": "the reason lacks a ticket like OPS-123",
	"remedy": "give one with a ticket like OPS-123",
}

line := {"targets": ["shop"], "pattern": `\b[A-Z]+-\d+\b`, "form": "a ticket like OPS-123"}

saying(reason) := object.union(examples.elevation, {"reason": reason})

test_any_reason_passes if {
	reason_form.deny == set()
		with data.settings as examples.settings
		with input as saying("fix")
		with data.settings.elevation.reasons as []
}

test_no_reason_does_not[name] if {
	some name, reason in {"empty": "", "blank": "  "}
	reason_form.deny == {empty}
		with data.settings as examples.settings
		with input as saying(reason)
		with data.settings.elevation.reasons as []
}

test_a_missing_reason_does_not if reason_form.deny == {empty}
	with data.settings as examples.settings
	with input as {}
	with data.settings.elevation.reasons as []

test_the_form_asked_for_passes if {
	reason_form.deny == set()
		with data.settings as examples.settings
		with input as saying("fix OPS-42")
		with data.settings.elevation.reasons as [line]
}

test_another_form_does_not if {
	reason_form.deny == {no_ticket}
		with data.settings as examples.settings
		with input as saying("fix ops 42")
		with data.settings.elevation.reasons as [line]
}

test_another_target_asks_for_nothing if {
	reason_form.deny == set()
		with data.settings as examples.settings
		with input as object.union(saying("fix"), {"target": {"name": "bank"}})
		with data.settings.elevation.reasons as [line]
}
