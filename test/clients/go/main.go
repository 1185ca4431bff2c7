// pgx: its statement cache across the switch, batches, COPY, cancel by context, a pool's reset.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"
)

func expect(condition bool, what string) {
	if !condition {
		fmt.Fprintln(os.Stderr, "FAILED:", what)
		os.Exit(1)
	}
}

func must(err error, what string) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "FAILED:", what, err)
		os.Exit(1)
	}
}

func works(what string) { fmt.Println("works:", what) }

func main() {
	ctx := context.Background()
	conn, err := pgx.Connect(ctx, "")
	must(err, "connecting")
	var n int
	must(conn.QueryRow(ctx, "SELECT count(*) FROM customers WHERE id < $1", 10).Scan(&n), "a read")
	expect(n == 9, "a read with a parameter")

	_, err = conn.Exec(ctx, "UPDATE customers SET name = name WHERE id = $1", 1)
	var refused *pgconn.PgError
	expect(errors.As(err, &refused) && refused.Code == "25006" && refused.Routine == "write_needs_elevation", "the refusal")

	works("parameters; a refused write is PgError 25006 with Routine and Hint")
	name := ""
	for id := 1; id < 4; id++ {
		must(conn.QueryRow(ctx, "SELECT name FROM customers WHERE id = $1", id).Scan(&name), "a cached statement in read")
	}
	_, err = conn.Exec(ctx, "SELECT sudo('pgx check')")
	must(err, "sudo")
	must(conn.QueryRow(ctx, "SELECT name FROM customers WHERE id = $1", 4).Scan(&name), "the same statement in write")

	works("its statement cache across the switch of mode")
	batch := &pgx.Batch{}
	batch.Queue("UPDATE orders SET status = $1 WHERE id = $2", "paid", 4211)
	batch.Queue("SELECT status FROM orders WHERE id = $1", 4211)
	results := conn.SendBatch(ctx, batch)
	_, err = results.Exec()
	must(err, "the batch's first")
	must(results.QueryRow().Scan(&name), "the batch's second")
	must(results.Close(), "the batch")
	expect(name == "paid", "the batch wrote")

	copied, err := conn.CopyFrom(ctx, pgx.Identifier{"products"}, []string{"id", "name", "price", "stock"},
		pgx.CopyFromRows([][]any{{980001, "x", 1.5, 0}, {980002, "y", 2.5, 0}}))
	must(err, "COPY FROM STDIN")
	expect(copied == 2, "COPY FROM STDIN counted")
	_, err = conn.Exec(ctx, "DELETE FROM products WHERE id >= 980000")
	must(err, "tidying")
	_, err = conn.Exec(ctx, "SELECT unsudo()")
	must(err, "unsudo")

	works("batches, CopyFrom")
	short, stop := context.WithTimeout(ctx, 300*time.Millisecond)
	_, err = conn.Exec(short, "SELECT pg_sleep(30)")
	stop()
	expect(err != nil, "a context's deadline")
	conn.Close(ctx)

	pool, err := pgxpool.New(ctx, "")
	must(err, "a pool")
	must(pool.QueryRow(ctx, "SHOW sudoql.mode").Scan(&name), "the pool's mode")
	expect(name == "read", "a pool starts in read")
	pool.Close()
	works("cancel by a context, pgxpool")
	fmt.Println("pgx: all as expected")
}
