package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import studio.kiln.core.asset.Sha256;

class LocalBlobStoreTest extends BlobStoreContract {
    @Override
    LocalBlobStore open() throws IOException {
        return new LocalBlobStore(folder.resolve("store"));
    }

    @Test
    void blobsLieInFoldersOfTheirFirstTwoDigitsAndCannotBeWritten() throws IOException {
        LocalBlobStore store = open();
        Sha256 digest = put(store, "clay");
        Path file = folder.resolve("store/blobs/" + digest.hex().substring(0, 2) + "/" + digest);
        assertThat(store.localFile(digest)).contains(file);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
                .isEqualTo("r--r--r--");
    }

    @Test
    void aDamagedBlobIsNoticedAndMendedByStoringItAgain() throws IOException {
        LocalBlobStore store = open();
        Sha256 digest = put(store, "clay");
        Path file = store.localFile(digest).orElseThrow();
        Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-r--r--"));
        Files.writeString(file, "clax");
        assertThat(store.isSound(digest)).isFalse();
        put(store, "clay");
        assertThat(store.isSound(digest)).isTrue();
    }

    @Test
    void aFileInStagingIsMovedAndNotCopied() throws IOException {
        LocalBlobStore store = open();
        Path file = Files.writeString(store.staging().resolve("upload"), "clay");
        Object key = Files.getAttribute(file, "unix:ino");
        store.take(file, null);
        assertThat(file).doesNotExist();
        assertThat(Files.getAttribute(store.localFile(Sha256.of("clay")).orElseThrow(), "unix:ino"))
                .isEqualTo(key);
    }

    @Test
    void leftoversOfACrashAreRemovedAtTheNextStartOnceTheyAreOld() throws IOException {
        LocalBlobStore store = open();
        Path old = Files.writeString(store.staging().resolve("1.tmp"), "half a blob");
        Path fresh = Files.writeString(store.staging().resolve("2.tmp"), "half a blob");
        Files.setLastModifiedTime(old, FileTime.from(Instant.now().minus(Duration.ofDays(2))));
        open();
        assertThat(old).doesNotExist();
        assertThat(fresh).exists();
    }

    private static Sha256 put(LocalBlobStore store, String text) throws IOException {
        return store.put(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), null)
                .digest();
    }
}
