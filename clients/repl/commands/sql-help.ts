// `\h`: how a statement is written, in its shortest form, and where PostgreSQL's manual says the rest.
import { EXIT } from '../exit-codes.ts';
import { Problem } from '../problem.ts';
import type { Command } from './command.ts';

/** The statements that have a page of their own: `sql-` and the name without blanks. */
const SYNOPSES: Record<string, string> = {
  'ALTER TABLE':
    'ALTER TABLE [IF EXISTS] name ADD [COLUMN] column type | DROP [COLUMN] column | ALTER [COLUMN] column … | ADD constraint | RENAME TO name',
  ANALYZE: 'ANALYZE [(option, …)] [table [(column, …)], …]',
  BEGIN: 'BEGIN [ISOLATION LEVEL …] [READ WRITE | READ ONLY] [[NOT] DEFERRABLE]',
  CALL: 'CALL procedure([argument, …])',
  CLOSE: 'CLOSE cursor | ALL',
  COMMENT: "COMMENT ON object name IS 'text' | NULL",
  COMMIT: 'COMMIT [AND [NO] CHAIN]',
  COPY: 'COPY table [(column, …)] FROM STDIN | COPY table | (query) TO STDOUT [WITH (FORMAT csv, HEADER, …)]',
  'CREATE FUNCTION': 'CREATE [OR REPLACE] FUNCTION name([argument type, …]) RETURNS type LANGUAGE language AS $$ … $$',
  'CREATE INDEX':
    'CREATE [UNIQUE] INDEX [CONCURRENTLY] [IF NOT EXISTS] [name] ON table [USING method] (column | (expression), …) [INCLUDE (column, …)] [WHERE condition]',
  'CREATE TABLE': 'CREATE TABLE [IF NOT EXISTS] name (column type [constraint …], …) [PARTITION BY …]',
  'CREATE VIEW': 'CREATE [OR REPLACE] VIEW name [(column, …)] AS query',
  DECLARE: 'DECLARE name [SCROLL] CURSOR [WITH HOLD] FOR query',
  DELETE: 'DELETE FROM table [AS alias] [USING …] [WHERE condition] [RETURNING …]',
  'DROP TABLE': 'DROP TABLE [IF EXISTS] name, … [CASCADE | RESTRICT]',
  EXPLAIN: 'EXPLAIN [(ANALYZE, BUFFERS, VERBOSE, FORMAT text | json | yaml | xml, …)] statement',
  FETCH: 'FETCH [NEXT | FORWARD n | ALL | …] [FROM] cursor',
  GRANT: 'GRANT privilege, … ON object TO role, … [WITH GRANT OPTION]',
  INSERT:
    'INSERT INTO table [(column, …)] VALUES (value, …), … | query [ON CONFLICT [(column, …)] DO NOTHING | DO UPDATE SET column = value, … [WHERE …]] [RETURNING …]',
  LOCK: 'LOCK [TABLE] name, … [IN mode MODE] [NOWAIT]',
  MERGE:
    'MERGE INTO table USING source ON condition WHEN [NOT] MATCHED [AND condition] THEN UPDATE SET … | DELETE | INSERT … | DO NOTHING',
  PREPARE: 'PREPARE name [(type, …)] AS statement',
  'REFRESH MATERIALIZED VIEW': 'REFRESH MATERIALIZED VIEW [CONCURRENTLY] name [WITH [NO] DATA]',
  RESET: 'RESET setting | ALL',
  REVOKE: 'REVOKE privilege, … ON object FROM role, … [CASCADE | RESTRICT]',
  ROLLBACK: 'ROLLBACK [AND [NO] CHAIN] | ROLLBACK TO [SAVEPOINT] name',
  SAVEPOINT: 'SAVEPOINT name',
  SELECT: `[WITH name AS (query), …]
SELECT [ALL | DISTINCT [ON (expression, …)]] expression [[AS] name], …
  [FROM table [AS alias] [[LEFT | RIGHT | FULL | CROSS] JOIN table ON condition | USING (column, …)], …]
  [WHERE condition] [GROUP BY expression, …] [HAVING condition] [WINDOW name AS (…), …]
  [UNION | INTERSECT | EXCEPT [ALL] query]
  [ORDER BY expression [ASC | DESC] [NULLS FIRST | LAST], …] [LIMIT n] [OFFSET n] [FOR UPDATE | SHARE …]`,
  SET: 'SET [SESSION | LOCAL] setting = value | DEFAULT',
  'SET TRANSACTION': 'SET TRANSACTION [ISOLATION LEVEL …] [READ WRITE | READ ONLY]',
  SHOW: 'SHOW setting | ALL',
  TRUNCATE: 'TRUNCATE [TABLE] name, … [RESTART IDENTITY] [CASCADE]',
  UPDATE: 'UPDATE table [AS alias] SET column = value, … [FROM …] [WHERE condition] [RETURNING …]',
  VACUUM: 'VACUUM [(FULL, ANALYZE, VERBOSE, …)] [table, …]',
  VALUES: 'VALUES (value, …), … [ORDER BY …] [LIMIT n]',
};

export const h: Command = {
  usage: 'h [STATEMENT]',
  help: 'how a statement of SQL is written',
  completes: 'statement',
  run: async ({ terminal, style }, argument) => {
    const asked = argument.toUpperCase().replace(/\s+/g, ' ');
    if (asked === '') {
      terminal.output.write(`${Object.keys(SYNOPSES).join(', ')}\n`);
      return;
    }
    const found = Object.entries(SYNOPSES).filter(
      ([name]) => name === asked || name.startsWith(`${asked} `) || name.split(' ')[0] === asked,
    );
    if (found.length === 0)
      throw new Problem(
        EXIT.usage,
        `\\h knows nothing of "${argument}".`,
        `${MANUAL}sql-commands.html lists all there are.`,
      );
    for (const [name, synopsis] of found)
      terminal.output.write(
        `${style.bold(name)}\n${synopsis}\n${MANUAL}sql-${name.toLowerCase().replaceAll(' ', '')}.html\n`,
      );
  },
};

const MANUAL = 'https://www.postgresql.org/docs/current/';
