package studio.kiln.server.persistence;

import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import studio.kiln.server.ops.Finding;

/** Tries a studio's database with everything that Kiln does there, in tables of its own that it removes again. */
public final class DatabaseProbe {
    private static final String WHAT = "database";
    private static final Duration SKEW = Duration.ofSeconds(5);
    private static final int DENIED = 1142;

    private final Connection connection;
    private final DatabaseSettings.Remote settings;
    private final List<Finding> findings = new ArrayList<>();

    private DatabaseProbe(Connection connection, DatabaseSettings.Remote settings) {
        this.connection = connection;
        this.settings = settings;
    }

    /** Whether it can be used: its version, the rights of the user, its clock, and what its settings do to Kiln. */
    public static List<Finding> of(DatabaseSettings.Remote settings) {
        Properties login = new Properties();
        login.setProperty("user", settings.user());
        login.setProperty("password", settings.password());
        login.setProperty("connectTimeout", "5000");
        login.setProperty("socketTimeout", "20000");
        try (Connection connection = DriverManager.getConnection(Database.driverAddress(settings.url()), login)) {
            DatabaseProbe probe = new DatabaseProbe(connection, settings);
            if (probe.version()) {
                probe.rights();
                probe.settings();
            }
            return probe.findings;
        } catch (SQLException e) {
            return List.of(Finding.gap(WHAT, settings.url() + ": " + e.getMessage(), remedy(e, settings)));
        }
    }

    private static String remedy(SQLException e, DatabaseSettings.Remote settings) {
        return switch (e.getErrorCode()) {
            case 1045, 1698 -> "set database.user and database.password-file to an account that exists";
            case 1044 -> "as an administrator of the database: " + grant(settings);
            case 1049 ->
                "as an administrator of the database: create database `" + name(settings) + "` character set utf8mb4; "
                        + grant(settings);
            default -> "see that it runs, that database.url is right, and that no firewall is in between";
        };
    }

    private static String grant(DatabaseSettings.Remote settings) {
        return "grant all on `" + name(settings) + "`.* to '" + settings.user() + "'@'%';";
    }

    private static String name(DatabaseSettings.Remote settings) {
        String path = settings.url().substring(settings.url().lastIndexOf('/') + 1);
        return path.replaceFirst("\\?.*", "");
    }

    private boolean version() throws SQLException {
        String version = value("select version()");
        boolean maria = version.contains("MariaDB");
        int major = connection.getMetaData().getDatabaseMajorVersion();
        int minor = connection.getMetaData().getDatabaseMinorVersion();
        boolean old = maria ? major < 10 || (major == 10 && minor < 6) : major < 8;
        String found = (maria ? "" : "MySQL ") + version + " at " + settings.url();
        findings.add(
                old
                        ? Finding.gap(WHAT, found + " is too old", "Kiln needs MySQL 8.0 or MariaDB 10.6, or newer")
                        : Finding.good(WHAT, found));
        return !old;
    }

    private void rights() throws SQLException {
        String mine = "kiln_doctor_" + Ids.next();
        String other = mine + "_2";
        Map<String, String> tries = new LinkedHashMap<>();
        tries.put("CREATE", "create table " + mine + " (id int primary key, n int) engine=InnoDB");
        tries.put("INDEX", "create index n on " + mine + " (n)");
        tries.put("ALTER", "alter table " + mine + " add column m int");
        tries.put(
                "REFERENCES",
                "create table " + other + " (id int primary key, constraint " + other + " foreign key (id) references "
                        + mine + " (id)) engine=InnoDB");
        tries.put("INSERT", "insert into " + mine + " (id, n) values (1, 1)");
        tries.put("SELECT", "select n from " + mine);
        tries.put("UPDATE", "update " + mine + " set n = 2");
        tries.put("DELETE", "delete from " + mine);
        List<String> missing = new ArrayList<>();
        for (Map.Entry<String, String> one : tries.entrySet()) {
            if (!may(one.getKey(), one.getValue(), missing) && one.getKey().equals("CREATE")) {
                break;
            }
        }
        if (!missing.contains("CREATE")) {
            may("DROP", "drop table if exists " + other, missing);
            may("DROP", "drop table if exists " + mine, missing);
        }
        List<String> named = missing.stream().distinct().toList();
        findings.add(
                named.isEmpty()
                        ? Finding.good("database rights", settings.user() + " may do all that Kiln does")
                        : Finding.gap(
                                "database rights",
                                settings.user() + " lacks " + String.join(", ", named),
                                "as an administrator of the database: " + grant(settings)));
    }

    private boolean may(String right, String sql, List<String> missing) throws SQLException {
        try (Statement statement = connection.createStatement()) {
            statement.execute(sql);
            return true;
        } catch (SQLException e) {
            if (e.getErrorCode() != DENIED) {
                throw e;
            }
            missing.add(right);
            return false;
        }
    }

    private void settings() throws SQLException {
        Duration skew = Duration.between(
                        Instant.parse(
                                value("select concat(date_format(utc_timestamp(6), '%Y-%m-%dT%H:%i:%s.%f'), 'Z')")),
                        Instant.now())
                .abs();
        if (skew.compareTo(SKEW) > 0) {
            findings.add(Finding.note(
                    "database clock",
                    "differs from this machine's by " + skew.toSeconds() + " s; Kiln goes by the database's",
                    "let both machines set their clocks by NTP"));
        }
        if (value("select @@global.log_bin").equals("1")
                && value("select @@global.binlog_format").equalsIgnoreCase("STATEMENT")) {
            findings.add(Finding.gap(
                    "database log",
                    "binlog_format is STATEMENT, with which the database refuses writes at READ COMMITTED",
                    "set binlog_format = ROW (or MIXED) in the database's settings"));
        }
        if (!value("select @@global.innodb_flush_log_at_trx_commit").equals("1")) {
            findings.add(Finding.note(
                    "database commits",
                    "innodb_flush_log_at_trx_commit is not 1: a power cut loses what people were told is kept",
                    "set it to 1 in the database's settings"));
        }
    }

    private String value(String sql) throws SQLException {
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            rows.next();
            return String.valueOf(rows.getString(1));
        }
    }
}
