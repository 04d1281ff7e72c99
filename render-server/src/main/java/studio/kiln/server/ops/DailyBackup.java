package studio.kiln.server.ops;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import studio.kiln.server.persistence.Database;

/** Copies the embedded database once a day while it is used, and keeps the copies of a week. */
public final class DailyBackup {
    private static final Duration EVERY = Duration.ofHours(24);
    private static final int KEPT = 7;
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyyMMdd-HHmmss").withZone(ZoneOffset.UTC);

    private final Database database;
    private final Path folder;

    public DailyBackup(Database database, Path folder) {
        this.database = database;
        this.folder = folder;
    }

    /** Makes a copy when the newest one is older than a day. */
    public void whenDue() throws IOException {
        Files.createDirectories(folder);
        List<Path> copies = copies();
        boolean due = copies.isEmpty()
                || Files.getLastModifiedTime(copies.getLast())
                        .toInstant()
                        .isBefore(Instant.now().minus(EVERY));
        if (!due) {
            return;
        }
        Path temporary = folder.resolve("copy.tmp");
        Files.deleteIfExists(temporary);
        database.backup(temporary);
        Files.move(temporary, folder.resolve("kiln-" + STAMP.format(Instant.now()) + "-daily.zip"));
        List<Path> now = copies();
        for (Path old : now.subList(0, Math.max(0, now.size() - KEPT))) {
            Files.deleteIfExists(old);
        }
    }

    private List<Path> copies() throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.filter(f -> f.getFileName().toString().endsWith("-daily.zip"))
                    .sorted(Comparator.comparing(f -> f.getFileName().toString()))
                    .toList();
        }
    }
}
