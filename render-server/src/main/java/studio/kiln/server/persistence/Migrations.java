package studio.kiln.server.persistence;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Map;
import javax.sql.DataSource;
import org.flywaydb.core.Flyway;
import org.flywaydb.core.api.MigrationInfo;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Brings a database to the newest schema. */
final class Migrations {
    private static final Logger LOG = LoggerFactory.getLogger(Migrations.class);
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    /** Version of the newest migration. A database that has it is opened without asking Flyway, which takes its time. */
    static final String NEWEST = "6";

    private Migrations() {}

    static void run(DataSource source, Dialect dialect, Path backups) {
        if (!isNewest(source, dialect)) {
            migrate(source, dialect, backups);
        }
    }

    private static boolean isNewest(DataSource source, Dialect dialect) {
        try (Connection connection = source.getConnection();
                ResultSet tables = connection
                        .getMetaData()
                        .getTables(connection.getCatalog(), null, "flyway_schema_history", new String[] {"TABLE"})) {
            if (!tables.next()) {
                return false;
            }
            try (Statement statement = connection.createStatement();
                    ResultSet last = statement.executeQuery("select " + dialect.quoted("version") + ", "
                            + dialect.quoted("success") + " from " + dialect.quoted("flyway_schema_history")
                            + " order by " + dialect.quoted("installed_rank") + " desc")) {
                return last.next() && NEWEST.equals(last.getString(1)) && last.getBoolean(2);
            }
        } catch (SQLException e) {
            throw new DatabaseUnavailable("The database does not say which form it has: " + e.getMessage(), e);
        }
    }

    private static void migrate(DataSource source, Dialect dialect, Path backups) {
        Flyway flyway = Flyway.configure(Migrations.class.getClassLoader())
                .dataSource(source)
                .locations("classpath:" + dialect.migrations())
                .placeholders(Map.of("collation", dialect.collation()))
                .connectRetries(0)
                .load();
        MigrationInfo[] pending = flyway.info().pending();
        if (pending.length == 0) {
            flyway.validate();
            return;
        }
        if (dialect.isOurs() && flyway.info().current() != null) {
            Path zip = backups.resolve("kiln-" + STAMP.format(Instant.now()) + "-before-"
                    + pending[pending.length - 1].getVersion() + ".zip");
            LOG.info("The database is copied to {} before it is brought to a newer form", zip);
            backup(source, zip);
        }
        flyway.migrate();
    }

    static void backup(DataSource source, Path zip) {
        try {
            Files.createDirectories(zip.toAbsolutePath().getParent());
            try (Connection connection = source.getConnection();
                    PreparedStatement statement = connection.prepareStatement("backup to ?")) {
                statement.setString(1, zip.toString());
                statement.execute();
                connection.commit();
            }
        } catch (IOException | SQLException e) {
            throw new DatabaseUnavailable(
                    "The database could not be copied to " + zip + " (" + e.getMessage()
                            + "); make room there and start again.",
                    e);
        }
    }
}
