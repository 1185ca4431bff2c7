-- An operator.
CREATE OPERATOR === (LEFTARG = text, RIGHTARG = text, PROCEDURE = texteq)
