# METADATA
# title: The reason has the form asked for
# description: Each line of `settings.elevation.reasons` that covers the target gives a pattern that the reason must contain.
package sudoql.elevation.rules.reason_form

import data.sudoql.result
import data.sudoql.scope

# METADATA
# title: Not the right form
# custom:
#   code: reason_form
#   message: "the reason lacks {form}"
#   remedy: "give one with {form}"
#   severity: medium
deny contains result.about(rego.metadata.rule(), {"form": form}) if some form in array.slice(lacking, 0, 20)

# METADATA
# title: No reason
# custom:
#   code: reason_form
#   message: a reason is needed
#   remedy: say why in a few words
#   severity: medium
deny contains result.plain(rego.metadata.rule()) if not given

# Nobody reads more than some of them. In the order of the lines: to sort them costs more than all else.
lacking := [line.form |
	some line in data.settings.elevation.reasons
	not elsewhere(line)
	not fits(line)
]

# A rule of its own, for `not` before a call with an undefined argument is undefined too.
given if regex.match(`\S`, input.reason)

fits(line) if matched[line.pattern]

# Each pattern once, however many lines ask for it: to make one costs more than all else.
matched := {pattern | some pattern in asked; regex.match(pattern, input.reason)}

asked := {line.pattern |
	some line in data.settings.elevation.reasons
	not elsewhere(line)
}

# Asked first, for it is cheap: a reason is compared with the patterns of its target only.
elsewhere(line) if {
	is_string(input.target.name)
	not scope.target(line.targets)
}
