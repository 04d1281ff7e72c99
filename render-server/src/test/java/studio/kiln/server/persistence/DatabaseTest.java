package studio.kiln.server.persistence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@Tag("contract")
class DatabaseTest {
    @TempDir
    Path folder;

    @Test
    void every_row_class_matches_its_table() {
        try (Database database = Database.embedded(folder)) {
            for (Class<?> row : Rows.ALL) {
                database.run(s -> assertThat(s.createSelectionQuery("from " + row.getSimpleName(), row)
                                .getResultList())
                        .as(row.getSimpleName())
                        .hasSizeGreaterThanOrEqualTo(0));
            }
        }
    }

    @Test
    void the_newest_migration_is_the_one_that_is_looked_for_at_start() throws Exception {
        var folderOfMigrations = Path.of(Migrations.class
                .getClassLoader()
                .getResource(new Dialect.H2().migrations())
                .toURI());
        try (var files = java.nio.file.Files.list(folderOfMigrations)) {
            assertThat(files.map(file -> file.getFileName().toString().replaceAll("^V(\\d+)__.*", "$1"))
                            .mapToInt(Integer::parseInt)
                            .max())
                    .hasValue(Integer.parseInt(Migrations.NEWEST));
        }
    }

    @Test
    void what_was_written_is_read_back_to_the_microsecond_after_opening_again() {
        Instant at = Instant.parse("2026-03-29T01:30:00.123456Z");
        String id = Ids.next();
        try (Database database = Database.embedded(folder)) {
            database.run(s -> s.insert(project(id, "näme", at)));
        }
        try (Database database = Database.embedded(folder)) {
            ProjectRow row = database.read(s -> s.get(ProjectRow.class, id));
            assertThat(row.createdAt).isEqualTo(at);
            assertThat(row.name).isEqualTo("näme");
        }
    }

    @Test
    void the_clock_is_close_to_the_systems() {
        try (Database database = Database.embedded(folder)) {
            assertThat(Duration.between(database.read(Database::now), Instant.now())
                            .abs())
                    .isLessThan(Duration.ofSeconds(5));
        }
    }

    @Test
    void a_failed_transaction_leaves_nothing() {
        try (Database database = Database.embedded(folder)) {
            assertThatThrownBy(() -> database.run(s -> {
                        s.insert(project(Ids.next(), "a", Instant.now()));
                        throw new IllegalStateException("no");
                    }))
                    .hasMessage("no");
            assertThat(projects(database)).isZero();
        }
    }

    @Test
    void a_deadlock_is_tried_again_and_nobody_hears_of_it() throws Exception {
        try (Database database = Database.embedded(folder)) {
            List<String> ids = List.of(Ids.next(), Ids.next());
            ids.forEach(id -> database.run(s -> s.insert(project(id, id, Instant.now()))));
            CountDownLatch bothHoldOne = new CountDownLatch(2);
            List<Thread> threads = List.of(
                    Thread.startVirtualThread(() -> renameBoth(database, ids, bothHoldOne)),
                    Thread.startVirtualThread(() -> renameBoth(database, ids.reversed(), bothHoldOne)));
            for (Thread thread : threads) {
                thread.join();
            }
            List<String> names = database.read(s -> s.createSelectionQuery("select name from ProjectRow", String.class)
                    .getResultList());
            assertThat(names).allMatch(name -> name.endsWith("++"));
        }
    }

    private static void renameBoth(Database database, List<String> ids, CountDownLatch bothHoldOne) {
        database.run(s -> {
            for (String id : ids) {
                s.createMutationQuery("update ProjectRow set name = name || '+' where id = :id")
                        .setParameter("id", id)
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
    void interrupted_threads_do_no_harm_to_others() throws Exception {
        try (Database database = Database.embedded(folder)) {
            AtomicBoolean on = new AtomicBoolean(true);
            Thread writer = Thread.ofPlatform().start(() -> {
                while (on.get()) {
                    try {
                        database.run(s -> s.insert(project(Ids.next(), Ids.next(), Instant.now())));
                    } catch (RuntimeException e) {
                        // A connection may be refused to an interrupted thread; the database must live on.
                    }
                    Thread.interrupted();
                }
            });
            long end = System.nanoTime() + Duration.ofSeconds(2).toNanos();
            while (System.nanoTime() < end) {
                writer.interrupt();
                Thread.onSpinWait();
            }
            on.set(false);
            writer.join();
            database.run(s -> s.insert(project("last", "last", Instant.now())));
            assertThat(projects(database)).isPositive();
        }
    }

    @Test
    void an_acknowledged_commit_survives_the_sudden_end_of_the_process() throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-cp",
                        System.getProperty("java.class.path"),
                        Halting.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        String last = null;
        try (BufferedReader reader = process.inputReader()) {
            for (String line = reader.readLine(); line != null; line = reader.readLine()) {
                last = line.startsWith("id ") ? line.substring(3) : last;
            }
        }
        assertThat(process.waitFor()).isEqualTo(9);
        String acknowledged = last;
        assertThat(acknowledged).isNotNull();
        try (Database database = Database.embedded(folder)) {
            assertThat(exists(database, acknowledged)).isTrue();
            assertThat(projects(database)).isGreaterThanOrEqualTo(200);
        }
    }

    /** Commits, says so, and halts. */
    static final class Halting {
        public static void main(String[] args) {
            Database database = Database.embedded(Path.of(args[0]));
            for (int i = 0; i < 200; i++) {
                String id = Ids.next();
                database.run(s -> s.insert(project(id, id, Instant.now())));
                System.out.println("id " + id);
            }
            System.out.flush();
            Runtime.getRuntime().halt(9);
        }
    }

    @Test
    void a_second_owner_of_the_folder_is_told_why_it_cannot_open_it() {
        try (Database first = Database.embedded(folder)) {
            assertThat(projects(first)).isZero();
            // H2 hands a file of this process out twice, so the second owner is another process.
            assertThat(openElsewhere()).contains("cannot be opened").contains("kiln stop");
        }
    }

    private String openElsewhere() {
        try {
            Process process = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "-cp",
                            System.getProperty("java.class.path"),
                            Opening.class.getName(),
                            folder.toString())
                    .redirectError(ProcessBuilder.Redirect.DISCARD)
                    .start();
            String said = new String(process.getInputStream().readAllBytes(), java.nio.charset.StandardCharsets.UTF_8);
            process.waitFor();
            return said;
        } catch (java.io.IOException | InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens, and prints what went wrong. */
    static final class Opening {
        public static void main(String[] args) {
            try (Database database = Database.embedded(Path.of(args[0]))) {
                System.out.println("opened " + projects(database));
            } catch (DatabaseUnavailable e) {
                System.out.println(e.getMessage());
            }
        }
    }

    @Test
    void a_copy_made_while_it_is_used_holds_what_was_committed() throws Exception {
        Path zip = folder.resolve("backups/copy.zip");
        try (Database database = Database.embedded(folder)) {
            database.run(s -> s.insert(project("kept", "kept", Instant.now())));
            database.backup(zip);
        }
        Path other = folder.resolve("other");
        java.nio.file.Files.createDirectories(other);
        try (var in = new java.util.zip.ZipInputStream(java.nio.file.Files.newInputStream(zip))) {
            for (var entry = in.getNextEntry(); entry != null; entry = in.getNextEntry()) {
                java.nio.file.Files.copy(in, other.resolve(entry.getName()));
            }
        }
        try (Database database = Database.embedded(other)) {
            assertThat(exists(database, "kept")).isTrue();
        }
    }

    @Test
    void ids_sort_by_the_time_they_were_made_and_are_of_version_7() {
        List<String> ids =
                java.util.stream.Stream.generate(Ids::next).limit(10_000).toList();
        assertThat(ids).isSorted().doesNotHaveDuplicates();
        assertThat(ids).allMatch(id -> Ids.isId(id) && id.charAt(12) == '7' && "89ab".indexOf(id.charAt(16)) >= 0);
    }

    private static ProjectRow project(String id, String name, Instant at) {
        ProjectRow row = new ProjectRow();
        row.id = id;
        row.name = name;
        row.owner = "me";
        row.createdAt = at;
        return row;
    }

    private static boolean exists(Database database, String id) {
        return database.read(s -> s.get(ProjectRow.class, id) != null);
    }

    private static long projects(Database database) {
        return database.read(s -> s.createSelectionQuery("select count(*) from ProjectRow", Long.class)
                .getSingleResult());
    }
}
