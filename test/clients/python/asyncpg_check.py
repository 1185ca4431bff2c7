"""asyncpg: introspection, a pool whose release must not lend an elevation on, cursors, COPY."""
import asyncio
import io

import asyncpg
from common import expect, works


async def main() -> None:
    pool = await asyncpg.create_pool(min_size=1, max_size=1)
    async with pool.acquire() as conn:
        expect(await conn.fetchval("SELECT count(*) FROM customers WHERE id = ANY($1::int[])", [1, 2, 3]) == 3, "an array parameter")
        expect((await conn.fetchrow("SELECT id, created_at, newsletter FROM customers WHERE id = $1", 1))["id"] == 1, "a row")
        try:
            await conn.execute("DELETE FROM orders WHERE id = $1", 1)
            raise SystemExit("FAILED: a write in read mode was not refused")
        except asyncpg.exceptions.ReadOnlySQLTransactionError as error:
            expect("sudo(" in (error.hint or ""), "the hint")
        works("binary parameters and rows; a refused write is ReadOnlySQLTransactionError with the hint")
        async with conn.transaction():
            rows = [r async for r in conn.cursor("SELECT id FROM orders ORDER BY id LIMIT 500")]
            expect(len(rows) == 500, "a cursor")
        out = io.BytesIO()
        await conn.copy_from_query("SELECT id FROM orders ORDER BY id LIMIT 7", output=out)
        expect(out.getvalue().count(b"\n") == 7, "COPY TO STDOUT")
        await conn.fetchval("SELECT sudo($1)", "asyncpg check")
        await conn.execute("UPDATE orders SET status = 'paid' WHERE id = $1", 4211)
        expect(await conn.fetchval("SHOW sudoql.mode") == "write", "write mode")
    # Released: the next borrower must not be elevated.
    async with pool.acquire() as conn:
        expect(await conn.fetchval("SHOW sudoql.mode") == "read", "the pool lent an elevation on")
        expect(await conn.fetchval("SELECT status FROM orders WHERE id = 4211") == "paid", "the write stayed")
    await pool.close()


asyncio.run(main())
works("cursors, COPY TO STDOUT, sudo with a parameter; its pool resets what it lends on, so the next borrower reads")
print("asyncpg: all as expected")
