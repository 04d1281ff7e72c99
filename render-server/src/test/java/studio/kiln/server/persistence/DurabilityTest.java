package studio.kiln.server.persistence;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.nio.file.Path;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.hibernate.StatelessSession;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** kill -9 of a process whose threads commit to the embedded database all the time: see docs/adr/0010. */
@Tag("fault")
class DurabilityTest {
    private static final int KILLS = Integer.getInteger("kiln.test.kills", 10);
    private static final int WRITERS = 4;

    @TempDir
    Path folder;

    @Test
    @Timeout(value = 5, unit = TimeUnit.MINUTES)
    void nothing_that_a_thread_was_told_of_is_lost_when_the_process_is_killed() throws Exception {
        long seed = Long.getLong("kiln.test.seed", System.nanoTime());
        System.out.println("Moments from seed " + seed + " (repeat with -Dkiln.test.seed=" + seed + ")");
        Random random = new Random(seed);
        for (int kill = 1; kill <= KILLS; kill++) {
            Map<String, Long> told = toldUntilKilled(random.nextInt(200, 1200));
            String what = "seed " + seed + ", kill " + kill;
            assertThat(told).as(what).hasSize(WRITERS);
            try (Database database = Database.embedded(folder)) {
                told.forEach((writer, number) -> {
                    long kept = database.read(s -> kept(s, writer));
                    assertThat(kept).as(what + ", " + writer).isGreaterThanOrEqualTo(number);
                    long newest = database.read(s -> newestRow(s, writer));
                    assertThat(newest)
                            .as("the rows belong to the counter, " + what + ", " + writer)
                            .isEqualTo(kept);
                });
            }
        }
    }

    /** The highest number of each writer that a thread had been told of. */
    private Map<String, Long> toldUntilKilled(int millis) throws Exception {
        Process process = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "-XX:TieredStopAtLevel=1",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Writing.class.getName(),
                        folder.toString())
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        Map<String, Long> told = new HashMap<>();
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                String[] words = line.split(" ");
                // The last line may have been cut off by the kill; then it was told to nobody.
                if (words.length == 3 && words[2].equals(".")) {
                    told.merge(words[0], Long.valueOf(words[1]), Math::max);
                    if (told.size() == WRITERS) {
                        // Of the handle, for the process's own way also closes what it said.
                        CompletableFuture.runAsync(
                                process.toHandle()::destroyForcibly,
                                CompletableFuture.delayedExecutor(millis, TimeUnit.MILLISECONDS));
                    }
                }
            }
        } finally {
            process.destroyForcibly();
        }
        process.waitFor();
        return told;
    }

    private static long kept(StatelessSession session, String writer) {
        return session.createSelectionQuery("select last from CounterRow where name = :name", Long.class)
                .setParameter("name", writer)
                .getSingleResult();
    }

    private static long newestRow(StatelessSession session, String writer) {
        return session.createSelectionQuery(
                        "select max(cast(substring(name, 4) as Long)) from ProjectRow where owner = :owner", Long.class)
                .setParameter("owner", writer)
                .getSingleResult();
    }

    /** Counts, and says how far, with several threads until it is killed; one more only reads, and says what it sees. */
    static final class Writing {
        public static void main(String[] args) {
            Database database = Database.embedded(Path.of(args[0]));
            for (int i = 0; i < WRITERS; i++) {
                String writer = "w" + i;
                database.run(s -> s.createMutationQuery("insert into CounterRow (name, last) values (:name, 0)"
                                + " on conflict (name) do nothing")
                        .setParameter("name", writer)
                        .executeUpdate());
                // Some are busy, others come now and then.
                long pause = i * i * 3_000_000L;
                Thread.ofPlatform().start(() -> write(database, writer, pause));
            }
            Thread.ofPlatform().start(() -> {
                while (true) {
                    say("w0", database.read(s -> kept(s, "w0")));
                }
            });
        }

        private static void write(Database database, String writer, long pause) {
            while (true) {
                say(writer, database.tx(s -> {
                    long number = Database.nextNumber(s, writer);
                    s.insert(row(writer, number));
                    if (number % 7 == 0) {
                        s.createMutationQuery("delete from ProjectRow where owner = :owner and name < :name")
                                .setParameter("owner", writer)
                                .setParameter("name", name(number - 50))
                                .executeUpdate();
                    }
                    return number;
                }));
                LockSupport.parkNanos(pause);
            }
        }

        private static void say(String writer, long number) {
            synchronized (System.out) {
                System.out.println(writer + " " + number + " .");
                System.out.flush();
            }
        }

        private static ProjectRow row(String writer, long number) {
            ProjectRow row = new ProjectRow();
            row.id = Ids.next();
            row.owner = writer;
            row.name = name(number);
            row.createdAt = Instant.now();
            return row;
        }

        private static String name(long number) {
            return "no-%09d".formatted(Math.max(0, number));
        }
    }
}
