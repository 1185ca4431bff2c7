import java.io.StringReader;
import java.io.StringWriter;
import java.sql.*;
import java.util.Properties;
import org.postgresql.PGConnection;
import org.postgresql.util.PSQLException;

/** pgjdbc: metadata, server-prepared statements across the switch, batches, fetch size, COPY, query timeout. */
public class Check {
  static void expect(boolean condition, String what) {
    if (!condition) {
      System.err.println("FAILED: " + what);
      System.exit(1);
    }
  }

  static String one(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }

  public static void main(String[] args) throws Exception {
    String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    Properties p = new Properties();
    p.setProperty("user", System.getenv("PGUSER"));
    p.setProperty("password", System.getenv("PGPASSWORD"));
    p.setProperty("prepareThreshold", "2");
    try (Connection c = DriverManager.getConnection(url, p)) {
      DatabaseMetaData m = c.getMetaData();
      try (ResultSet r = m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"})) { expect(r.next(), "getTables"); }
      try (ResultSet r = m.getColumns(null, "public", "customers", "%")) { expect(r.next(), "getColumns"); }
      try (ResultSet r = m.getPrimaryKeys(null, "public", "customers")) { expect(r.next(), "getPrimaryKeys"); }
      try (ResultSet r = m.getImportedKeys(null, "public", "orders")) { expect(r.next(), "getImportedKeys"); }
      try (ResultSet r = m.getIndexInfo(null, "public", "orders", false, false)) { expect(r.next(), "getIndexInfo"); }
      try (ResultSet r = m.getTypeInfo()) { expect(r.next(), "getTypeInfo"); }
      try (ResultSet r = m.getSchemas()) { expect(r.next(), "getSchemas"); }

      try (Statement s = c.createStatement()) {
        s.executeUpdate("UPDATE customers SET name = name WHERE id = 1");
        expect(false, "a write in read mode was refused");
      } catch (PSQLException e) {
        expect("25006".equals(e.getSQLState()), "SQLSTATE 25006, not " + e.getSQLState());
        expect(e.getServerErrorMessage().getHint().contains("sudo("), "the hint");
      }

      try (PreparedStatement s = c.prepareStatement("SELECT name FROM customers WHERE id = ?")) {
        for (int i = 1; i <= 5; i++) { s.setInt(1, i); try (ResultSet r = s.executeQuery()) { expect(r.next(), "a prepared read"); } }
        one(c, "SELECT sudo('pgjdbc check')");
        for (int i = 1; i <= 5; i++) { s.setInt(1, i); try (ResultSet r = s.executeQuery()) { expect(r.next(), "the same statement in write mode"); } }
      }

      c.setAutoCommit(false);
      try (PreparedStatement s = c.prepareStatement("UPDATE orders SET status = ? WHERE id = ?")) {
        for (int id = 4211; id < 4216; id++) { s.setString(1, "paid"); s.setInt(2, id); s.addBatch(); }
        expect(s.executeBatch().length == 5, "a batch");
      }
      c.rollback();
      try (Statement s = c.createStatement()) {
        s.setFetchSize(100);
        int n = 0;
        try (ResultSet r = s.executeQuery("SELECT id FROM orders")) { while (r.next()) n++; }
        expect(n > 1000, "rows by fetch size");
      }
      c.commit();
      c.setAutoCommit(true);

      StringWriter out = new StringWriter();
      c.unwrap(PGConnection.class).getCopyAPI().copyOut("COPY (SELECT id FROM orders ORDER BY id LIMIT 3) TO STDOUT", out);
      expect(out.toString().lines().count() == 3, "COPY TO STDOUT");
      long copied = c.unwrap(PGConnection.class).getCopyAPI().copyIn("COPY products (id, name, price, stock) FROM STDIN", new StringReader("990001\tx\t1\t0\n990002\ty\t1\t0\n"));
      expect(copied == 2, "COPY FROM STDIN");
      try (Statement s = c.createStatement()) { s.executeUpdate("DELETE FROM products WHERE id >= 990000"); }
      one(c, "SELECT unsudo()");
      expect("read".equals(one(c, "SHOW sudoql.mode")), "read mode again");

      try (Statement s = c.createStatement()) {
        s.setQueryTimeout(1);
        s.executeQuery("SELECT pg_sleep(30)");
        expect(false, "a query timeout");
      } catch (PSQLException e) {
        expect("57014".equals(e.getSQLState()), "SQLSTATE 57014, not " + e.getSQLState());
      }
      expect("1".equals(one(c, "SELECT 1")), "the session after a timeout");
    }
    // Without autocommit pgjdbc sends BEGIN before the first statement.
    try (Connection c = DriverManager.getConnection(url, p)) {
      c.setAutoCommit(false);
      one(c, "SELECT sudo('pgjdbc in a transaction')");
      expect("write".equals(one(c, "SHOW sudoql.mode")), "sudo after a bare BEGIN");
      c.rollback();
    }
    System.out.println("pgjdbc: all as expected");
  }
}
