package studio.kiln.server.ops;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.server.persistence.Database;

@Tag("contract")
class DailyBackupTest {
    @TempDir
    Path home;

    @Test
    void aCopyIsMadeOnceADayAndThoseOfAWeekAreKept() throws IOException {
        Path folder = home.resolve("backups");
        try (Database database = Database.embedded(home)) {
            DailyBackup backup = new DailyBackup(database, folder);
            backup.whenDue();
            backup.whenDue();
            assertThat(copies(folder)).hasSize(1);
            for (int day = 1; day <= 9; day++) {
                Path old = Files.writeString(folder.resolve("kiln-2026010" + day + "-000000-daily.zip"), "x");
                Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(30))));
            }
            for (Path copy : copies(folder)) {
                Files.setLastModifiedTime(copy, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
            }
            Files.move(copies(folder).getLast(), folder.resolve("kiln-20260110-000000-daily.zip"));
            backup.whenDue();
            assertThat(copies(folder)).hasSize(7);
            assertThat(copies(folder).getLast()).isNotEmptyFile();
            assertThat(copies(folder).getFirst().getFileName()).hasToString("kiln-20260105-000000-daily.zip");
        }
    }

    private static List<Path> copies(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        }
    }
}
