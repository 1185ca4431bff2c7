# METADATA
# title: Limits by kind of principal
# description: Rows, bytes, affected rows and time, from `settings.limits`.
package sudoql.statement.rules.limits

limit contains data.settings.limits[input.principal.kind]
