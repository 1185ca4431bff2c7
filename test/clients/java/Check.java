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

  static void works(String what) { System.out.println("works: " + what); }

  static String one(Connection c, String sql) throws SQLException {
    try (Statement s = c.createStatement(); ResultSet r = s.executeQuery(sql)) {
      r.next();
      return r.getString(1);
    }
  }

  static void rows(String what, ResultSet found, int atLeast) throws SQLException {
    int n = 0;
    try (found) { while (found.next()) n++; }
    expect(n >= atLeast, what + ": " + n + " rows");
  }

  public static void main(String[] args) throws Exception {
    String url = "jdbc:postgresql://" + System.getenv("PGHOST") + ":" + System.getenv("PGPORT") + "/" + System.getenv("PGDATABASE");
    Properties p = new Properties();
    p.setProperty("user", System.getenv("PGUSER"));
    p.setProperty("password", System.getenv("PGPASSWORD"));
    p.setProperty("prepareThreshold", "2");
    try (Connection c = DriverManager.getConnection(url, p)) {
      DatabaseMetaData m = c.getMetaData();
      rows("getTables", m.getTables(null, "public", "%", new String[] {"TABLE", "VIEW"}), 3);
      rows("getTables of every type", m.getTables(null, null, "%", null), 100);
      rows("getTableTypes", m.getTableTypes(), 3);
      rows("getColumns", m.getColumns(null, "public", "suppliers", "%"), 9);
      rows("getColumns of everything", m.getColumns(null, null, "%", "%"), 1000);
      rows("getPrimaryKeys", m.getPrimaryKeys(null, "public", "suppliers"), 1);
      rows("getBestRowIdentifier", m.getBestRowIdentifier(null, "public", "suppliers", DatabaseMetaData.bestRowSession, false), 1);
      rows("getVersionColumns", m.getVersionColumns(null, "public", "suppliers"), 1);
      rows("getImportedKeys", m.getImportedKeys(null, "public", "deliveries"), 1);
      rows("getExportedKeys", m.getExportedKeys(null, "public", "suppliers"), 1);
      rows("getCrossReference", m.getCrossReference(null, "public", "suppliers", null, "public", "deliveries"), 1);
      rows("getIndexInfo", m.getIndexInfo(null, "public", "suppliers", false, false), 3);
      rows("getIndexInfo, unique ones", m.getIndexInfo(null, "public", "suppliers", true, true), 1);
      rows("getProcedures", m.getProcedures(null, "public", "%"), 1);
      rows("getProcedureColumns", m.getProcedureColumns(null, "public", "nightly", "%"), 1);
      rows("getFunctions", m.getFunctions(null, null, "%"), 100);
      rows("getFunctionColumns", m.getFunctionColumns(null, "public", "named", "%"), 1);
      rows("getTypeInfo", m.getTypeInfo(), 20);
      rows("getUDTs", m.getUDTs(null, "public", "%", null), 1);
      rows("getTablePrivileges", m.getTablePrivileges(null, "public", "suppliers"), 1);
      rows("getColumnPrivileges", m.getColumnPrivileges(null, "public", "suppliers", "name"), 1);
      rows("getSchemas", m.getSchemas(), 3);
      rows("getSchemas by pattern", m.getSchemas(null, "Odd%"), 1);
      rows("getCatalogs", m.getCatalogs(), 1);
      rows("getClientInfoProperties", m.getClientInfoProperties(), 1);
      expect(m.getSQLKeywords().length() > 0 && m.getMaxColumnNameLength() == 63, "what the server says of itself");
      expect(m.getNumericFunctions().length() > 0 && m.getDefaultTransactionIsolation() > 0 && m.getUserName() != null, "and of the session");
      try (PreparedStatement s = c.prepareStatement("SELECT * FROM suppliers WHERE id = ? AND mood = ?::mood")) {
        expect(s.getMetaData().getColumnCount() == 9 && "suppliers".equals(s.getMetaData().getTableName(1)), "a statement's columns");
        expect(s.getMetaData().isAutoIncrement(1) && s.getMetaData().isNullable(2) == ResultSetMetaData.columnNoNulls, "and what they are");
        expect(s.getParameterMetaData().getParameterCount() == 2, "its parameters");
      }
      works("DatabaseMetaData, ResultSetMetaData and ParameterMetaData");
      // What a pool asks before it lends a connection, and sets when it takes one back.
      expect(c.isValid(5), "isValid");
      c.setReadOnly(true);
      c.setTransactionIsolation(Connection.TRANSACTION_SERIALIZABLE);
      expect(c.getTransactionIsolation() == Connection.TRANSACTION_SERIALIZABLE, "the isolation level");
      c.setTransactionIsolation(Connection.TRANSACTION_READ_COMMITTED);
      c.setAutoCommit(false);
      one(c, "SELECT 1");
      c.rollback();
      c.setAutoCommit(true);
      c.setReadOnly(false);
      c.setSchema("Odd Name");
      expect("Odd Name".equals(c.getSchema()), "the schema");
      c.setSchema("public");
      c.setClientInfo("ApplicationName", "check");
      c.clearWarnings();

      works("what a pool sends: isValid, setReadOnly, isolation, setSchema, setClientInfo");
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
      works("a refused write is PSQLException 25006 with the hint; server-prepared statements across the switch of mode");

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
      works("batches, fetch size, CopyManager both ways");
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
    works("query timeout; sudo as the first statement without autocommit");
    System.out.println("pgjdbc: all as expected");
  }
}
