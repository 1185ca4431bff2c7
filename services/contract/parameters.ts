/** ParameterStatus names that the gateway reports beside the target's own. */
export const PARAMETER_MODE = 'sudoql.mode';
/** ISO 8601 UTC time of the elevation's deadline; empty in `read`. */
export const PARAMETER_WRITE_UNTIL = 'sudoql.write_until';
/** `name` of the target, and its label `environment` (empty when it has none), for prompts. */
export const PARAMETER_TARGET = 'sudoql.target';
export const PARAMETER_ENVIRONMENT = 'sudoql.environment';
/** Seconds that `SELECT sudo('reason')` would get in this session; empty when this token may not. */
export const PARAMETER_DEFAULT_DURATION = 'sudoql.default_duration';
