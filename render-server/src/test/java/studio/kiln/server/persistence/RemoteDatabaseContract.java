package studio.kiln.server.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.ops.services.Endpoint;

/** What a studio's database does, MariaDB or MySQL. */
@Tag("contract")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class RemoteDatabaseContract {
    private Database database;
    private String url;
    private Endpoint at;

    abstract Endpoint server();

    @BeforeAll
    void open() {
        at = server();
        url = TestDatabases.newUrl(at);
        database = Database.remote(url, at.user(), at.password());
    }

    @AfterAll
    void close() {
        database.close();
    }

    @Test
    void every_row_class_matches_its_table() {
        for (Class<?> row : Rows.ALL) {
            database.run(s -> assertThat(s.createSelectionQuery("from " + row.getSimpleName(), row)
                            .getResultList())
                    .as(row.getSimpleName())
                    .hasSizeGreaterThanOrEqualTo(0));
        }
    }

    @Test
    void the_columns_are_those_of_h2(@TempDir Path folder) throws Exception {
        Database.embedded(folder).close();
        try (Connection h2 = DriverManager.getConnection(Database.h2Url(folder), "kiln", "");
                Connection remote =
                        DriverManager.getConnection(Database.driverAddress(url), at.user(), at.password())) {
            TreeSet<String> there = columns(remote, remote.getCatalog(), null);
            there.removeIf(c -> c.contains("_digest char ") || c.contains("_digest CHAR"));
            assertThat(there).isEqualTo(columns(h2, null, "PUBLIC"));
        }
    }

    private static TreeSet<String> columns(Connection connection, String catalog, String schema) throws SQLException {
        TreeSet<String> found = new TreeSet<>();
        try (var columns = connection.getMetaData().getColumns(catalog, schema, "%", "%")) {
            while (columns.next()) {
                String table = columns.getString("TABLE_NAME").toLowerCase(Locale.ROOT);
                String column = columns.getString("COLUMN_NAME").toLowerCase(Locale.ROOT);
                if (table.equals("flyway_schema_history")
                        || column.equals("path_digest")
                        || column.equals("place_digest")) {
                    continue;
                }
                String type = kind(columns.getInt("DATA_TYPE"));
                found.add(table + "." + column + " " + type
                        + (type.equals("text") ? "(" + columns.getInt("COLUMN_SIZE") + ")" : "")
                        + (columns.getInt("NULLABLE") == 0 ? " not null" : ""));
            }
        }
        return found;
    }

    private static String kind(int type) {
        return switch (type) {
            case java.sql.Types.VARCHAR -> "text";
            case java.sql.Types.CLOB, java.sql.Types.LONGVARCHAR -> "long text";
            case java.sql.Types.BOOLEAN, java.sql.Types.BIT, java.sql.Types.TINYINT -> "yes or no";
            case java.sql.Types.TIMESTAMP -> "time";
            case java.sql.Types.INTEGER -> "int";
            case java.sql.Types.BIGINT -> "bigint";
            case java.sql.Types.DOUBLE, java.sql.Types.FLOAT -> "double";
            default -> "type " + type;
        };
    }

    @Test
    void times_are_kept_to_the_microsecond_in_utc_whatever_the_zone() {
        // does not exist in zones that put their clocks forward then
        Instant time = Instant.parse("2026-03-29T01:30:00.123456Z");
        ProjectRow row = project("n\u00e4me \ud83d\udd25", time);
        database.run(s -> s.insert(row));
        ProjectRow read = database.read(s -> s.get(ProjectRow.class, row.id));
        assertThat(read.createdAt).isEqualTo(time);
        assertThat(read.name).isEqualTo("n\u00e4me \ud83d\udd25");
    }

    @Test
    void the_clock_is_close_to_the_systems() {
        assertThat(Duration.between(database.read(Database::now), Instant.now()).abs())
                .isLessThan(Duration.ofSeconds(5));
    }

    @Test
    void names_that_differ_by_case_accent_or_blank_are_different() {
        List<String> names = List.of("Same", "same", "s\u00e4me", "same ");
        names.forEach(name -> database.run(s -> s.insert(project(name, Instant.now()))));
        for (String name : names) {
            assertThat(database.<Long>read(s -> s.createSelectionQuery(
                                    "select count(*) from ProjectRow where name = :name", Long.class)
                            .setParameter("name", name)
                            .getSingleResult()))
                    .isEqualTo(1);
        }
    }

    @Test
    void a_failed_transaction_leaves_nothing() {
        ProjectRow row = project("left", Instant.now());
        assertThatThrownBy(() -> database.run(s -> {
                    s.insert(row);
                    throw new IllegalStateException("no");
                }))
                .hasMessage("no");
        assertThat(database.<ProjectRow>read(s -> s.get(ProjectRow.class, row.id)))
                .isNull();
    }

    @Test
    void a_deadlock_is_tried_again_and_nobody_hears_of_it() throws Exception {
        List<ProjectRow> rows = List.of(project("a", Instant.now()), project("b", Instant.now()));
        rows.forEach(row -> database.run(s -> s.insert(row)));
        CountDownLatch bothHoldOne = new CountDownLatch(2);
        List<Thread> threads = List.of(
                Thread.startVirtualThread(() -> renameBoth(rows, bothHoldOne)),
                Thread.startVirtualThread(() -> renameBoth(rows.reversed(), bothHoldOne)));
        for (Thread thread : threads) {
            thread.join();
        }
        for (ProjectRow row : rows) {
            assertThat(database.<ProjectRow>read(s -> s.get(ProjectRow.class, row.id)).name)
                    .endsWith("++");
        }
    }

    private void renameBoth(List<ProjectRow> rows, CountDownLatch bothHoldOne) {
        database.run(s -> {
            for (ProjectRow row : rows) {
                s.createMutationQuery("update ProjectRow set name = name || '+' where id = :id")
                        .setParameter("id", row.id)
                        .executeUpdate();
                bothHoldOne.countDown();
                try {
                    bothHoldOne.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
            }
        });
    }

    @Test
    void numbers_are_given_once_to_many_at_a_time() throws Exception {
        var numbers = java.util.concurrent.ConcurrentHashMap.<Long>newKeySet();
        List<Thread> threads = new java.util.ArrayList<>();
        for (int i = 0; i < 8; i++) {
            threads.add(Thread.ofPlatform().start(() -> {
                for (int n = 0; n < 20; n++) {
                    numbers.add(database.tx(s -> Database.nextNumber(s, "task")));
                }
            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertThat(numbers).hasSize(160);
    }

    @Test
    void a_wrong_password_is_said_without_showing_it() {
        assertThatThrownBy(() -> Database.remote(url, at.user(), "secret-and-wrong"))
                .isInstanceOf(DatabaseUnavailable.class)
                .hasMessageContaining("user and password")
                .hasMessageNotContaining("secret-and-wrong");
    }

    private static ProjectRow project(String name, Instant created) {
        ProjectRow row = new ProjectRow();
        row.id = Ids.next();
        row.name = name;
        row.owner = "somebody";
        row.createdAt = created;
        return row;
    }
}
