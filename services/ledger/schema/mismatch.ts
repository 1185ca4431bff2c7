/** The database's schema was made by a newer version, or a file that was applied has changed since. */
export class SchemaMismatch extends Error {}
