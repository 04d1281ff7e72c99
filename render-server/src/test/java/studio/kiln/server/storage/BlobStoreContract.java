package studio.kiln.server.storage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.awaitility.Awaitility;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import studio.kiln.core.asset.Sha256;

/** What every blob store promises. */
@Tag("contract")
abstract class BlobStoreContract {
    private static final Sha256 ABSENT = Sha256.of("there is no such blob");

    @TempDir
    Path folder;

    BlobStore store;

    abstract BlobStore open() throws IOException;

    @BeforeEach
    void openStore() throws IOException {
        store = open();
    }

    @AfterEach
    void closeStore() {
        store.close();
    }

    @Test
    void givesBackWhatWasStored() throws IOException {
        BlobStore.Blob blob = store.put(stream("clay"), null);
        assertThat(blob.digest()).isEqualTo(Sha256.of("clay"));
        assertThat(blob.size()).isEqualTo(4);
        assertThat(read(blob.digest())).isEqualTo("clay");
        assertThat(store.size(blob.digest())).contains(4L);
    }

    @Test
    void storesTheEmptyBlob() throws IOException {
        BlobStore.Blob blob = store.put(stream(""), Sha256.of(""));
        assertThat(store.size(blob.digest())).contains(0L);
        assertThat(read(blob.digest())).isEmpty();
    }

    @Test
    void refusesBytesThatAreNotThoseAnnounced() throws IOException {
        assertThatThrownBy(() -> store.put(stream("mud"), Sha256.of("clay")))
                .isInstanceOf(DigestMismatch.class)
                .hasMessageContaining("send them again");
        assertThat(store.size(Sha256.of("mud"))).isEmpty();
        assertThat(store.size(Sha256.of("clay"))).isEmpty();
        assertThat(listed()).isEmpty();
    }

    @Test
    void keepsNothingOfAStreamThatBreaks() throws IOException {
        InputStream breaking = new InputStream() {
            private int left = 100_000;

            @Override
            public int read() throws IOException {
                if (--left < 0) {
                    left = 0;
                    throw new IOException("the line broke");
                }
                return 'x';
            }
        };
        assertThatThrownBy(() -> store.put(breaking, null)).hasMessage("the line broke");
        assertThat(listed()).isEmpty();
    }

    @Test
    void takesAFile() throws IOException {
        Path file = Files.writeString(folder.resolve("made elsewhere.png"), "glaze");
        assertThat(store.take(file, Sha256.of("glaze")).size()).isEqualTo(5);
        assertThat(read(Sha256.of("glaze"))).isEqualTo("glaze");
    }

    @Test
    void doesNotTakeAFileOfOtherContent() throws IOException {
        Path file = Files.writeString(folder.resolve("a.png"), "glaze");
        assertThatThrownBy(() -> store.take(file, ABSENT)).isInstanceOf(DigestMismatch.class);
        assertThat(listed()).isEmpty();
        assertThat(file).as("the caller's file stays").exists();
    }

    @Test
    void storesTheSameContentOnce() throws IOException {
        store.put(stream("clay"), null);
        store.put(stream("clay"), null);
        assertThat(listed()).containsExactly(Sha256.of("clay"));
    }

    @Test
    void saysWhenThereIsNoSuchBlob() throws IOException {
        assertThatThrownBy(() -> store.open(ABSENT)).isInstanceOf(NoSuchFileException.class);
        assertThat(store.size(ABSENT)).isEmpty();
        assertThat(store.localFile(ABSENT)).isEmpty();
        assertThat(store.touch(ABSENT)).isFalse();
        assertThat(store.deleteIfUntouchedSince(ABSENT, Instant.now())).isFalse();
        store.delete(ABSENT);
    }

    @Test
    void deletes() throws IOException {
        Sha256 digest = store.put(stream("clay"), null).digest();
        store.delete(digest);
        assertThat(store.size(digest)).isEmpty();
        assertThat(listed()).isEmpty();
    }

    @Test
    void deletesOnlyWhatNobodyTouched() throws IOException {
        Sha256 digest = store.put(stream("clay"), null).digest();
        assertThat(store.deleteIfUntouchedSince(digest, Instant.now().minusSeconds(60)))
                .isFalse();
        assertThat(store.touch(digest)).isTrue();
        assertThat(store.deleteIfUntouchedSince(digest, Instant.now().minusSeconds(60)))
                .isFalse();
        assertThat(store.deleteIfUntouchedSince(digest, Instant.now().plusSeconds(60)))
                .isTrue();
        assertThat(store.size(digest)).isEmpty();
    }

    @Test
    void listsEveryBlobWithItsSize() throws IOException {
        for (int i = 0; i < 50; i++) {
            store.put(stream("blob " + i), null);
        }
        List<BlobStore.Stored> all = new ArrayList<>();
        store.forEach(all::add);
        assertThat(all).hasSize(50).allSatisfy(blob -> {
            assertThat(blob.size()).isEqualTo(read(blob.digest()).length());
            assertThat(blob.touchedAt())
                    .isBetween(
                            Instant.now().minus(Duration.ofMinutes(5)),
                            Instant.now().plusSeconds(1));
        });
    }

    @Test
    void severalWritersOfTheSameBytesDoNotHarmEachOtherOrTheirReaders() throws Exception {
        byte[] bytes = new byte[3 << 20];
        new Random(4).nextBytes(bytes);
        Sha256 digest = Sha256.of(bytes);
        store.put(new ByteArrayInputStream(bytes), digest);
        List<Callable<Sha256>> work = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            work.add(() -> store.put(new ByteArrayInputStream(bytes), digest).digest());
            work.add(() -> {
                try (InputStream in = store.open(digest)) {
                    return Sha256.of(in);
                }
            });
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Sha256> done : threads.invokeAll(work)) {
                assertThat(done.get()).isEqualTo(digest);
            }
        }
        assertThat(listed()).containsExactly(digest);
    }

    @Test
    void blobsAreThereAfterReopening() throws IOException {
        store.put(stream("clay"), null);
        store.close();
        store = open();
        assertThat(read(Sha256.of("clay"))).isEqualTo("clay");
    }

    @Test
    void garbageIsWhatNothingRefersToAndIsOldEnough() throws IOException {
        Sha256 used = store.put(stream("used"), null).digest();
        Sha256 unused = store.put(stream("unused"), null).digest();
        BlobGarbage garbage = new BlobGarbage(store, digests -> Set.of(used), Duration.ofHours(1));
        assertThat(garbage.collect(false, Instant.now()).blobs())
                .as("all are fresh")
                .isZero();
        Instant later = Instant.now().plus(Duration.ofHours(2));
        assertThat(garbage.collect(true, later)).isEqualTo(new BlobGarbage.Collected(1, 6));
        assertThat(store.size(unused)).as("a dry run removes nothing").isPresent();
        assertThat(garbage.collect(false, later)).isEqualTo(new BlobGarbage.Collected(1, 6));
        assertThat(listed()).containsExactly(used);
    }

    @Test
    void whatIsTouchedBetweenTheLookAndTheDeletionIsSpared() throws IOException {
        Sha256 digest = store.put(stream("about to be used"), null).digest();
        Instant later = Instant.now().plus(Duration.ofMillis(5));
        BlobGarbage garbage = new BlobGarbage(
                store,
                digests -> {
                    try {
                        while (!Instant.now().isAfter(later)) {
                            Thread.onSpinWait();
                        }
                        store.touch(digest);
                    } catch (IOException e) {
                        throw new java.io.UncheckedIOException(e);
                    }
                    return Set.of();
                },
                Duration.ZERO);
        assertThat(garbage.collect(false, later).blobs()).isZero();
        assertThat(store.size(digest)).isPresent();
    }

    @Test
    void aStreamOfAnySizeTakesLittleMemory() throws IOException {
        Generated bytes = new Generated(100L << 20);
        BlobStore.Blob blob = store.put(bytes, null);
        assertThat(blob.size()).isEqualTo(100L << 20);
        assertThat(bytes.mostAhead).as("bytes asked for at once").isLessThanOrEqualTo(16 << 20);
        try (InputStream in = store.open(blob.digest())) {
            in.skipNBytes((100L << 20) - 3);
            assertThat(in.readAllBytes()).isEqualTo(new byte[] {Generated.at(-3), Generated.at(-2), Generated.at(-1)});
        }
        try (InputStream in = store.open(blob.digest())) {
            assertThat(Sha256.of(in)).isEqualTo(blob.digest());
        }
    }

    @Test
    void takesALargeFile() throws IOException {
        byte[] bytes = new byte[(16 << 20) + 7];
        new Random(7).nextBytes(bytes);
        Path file = Files.write(folder.resolve("large.exr"), bytes);
        Sha256 digest = Sha256.of(bytes);
        assertThat(store.take(file, digest)).isEqualTo(new BlobStore.Blob(digest, bytes.length));
        try (InputStream in = store.open(digest)) {
            assertThat(Sha256.of(in)).isEqualTo(digest);
        }
    }

    @Test
    void aLargeStreamOfOtherContentLeavesNothing() throws IOException {
        assertThatThrownBy(() -> store.put(new Generated(20L << 20), ABSENT)).isInstanceOf(DigestMismatch.class);
        assertThat(listed()).isEmpty();
        assertThat(store.sweep(Duration.ofSeconds(-5))).as("files left behind").isZero();
    }

    @Test
    void whatIsTouchedOrStoredAgainWhileItIsDeletedStays() throws Exception {
        List<Sha256> digests = new ArrayList<>();
        for (int i = 0; i < 12; i++) {
            digests.add(store.put(stream("contested " + i), null).digest());
        }
        // stores tell whole seconds, so a blob counts as old only after one
        Instant moment = Instant.now().plusSeconds(1);
        Awaitility.await()
                .pollInterval(Duration.ofMillis(20))
                .until(() -> Instant.now().isAfter(moment));
        List<Callable<Boolean>> deleting = new ArrayList<>();
        List<Callable<Boolean>> keeping = new ArrayList<>();
        for (int i = 0; i < digests.size(); i++) {
            Sha256 digest = digests.get(i);
            String text = "contested " + i;
            boolean stores = i % 2 == 0;
            deleting.add(() -> store.deleteIfUntouchedSince(digest, moment));
            keeping.add(() -> stores ? store.put(stream(text), digest).size() > 0 : store.touch(digest));
        }
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Boolean>> deleted =
                    deleting.stream().map(threads::submit).toList();
            List<Future<Boolean>> kept = keeping.stream().map(threads::submit).toList();
            for (int i = 0; i < digests.size(); i++) {
                deleted.get(i).get();
                boolean told = kept.get(i).get();
                assertThat(store.size(digests.get(i)).isPresent())
                        .as("whether what one was told about blob " + i + " is so")
                        .isEqualTo(told);
            }
        }
    }

    private Set<Sha256> listed() throws IOException {
        Set<Sha256> all = new HashSet<>();
        store.forEach(blob -> all.add(blob.digest()));
        return all;
    }

    private String read(Sha256 digest) throws IOException {
        try (InputStream in = store.open(digest)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        }
    }

    private static InputStream stream(String text) {
        return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Bytes that repeat only after a long time, made as they are read. */
    private static final class Generated extends InputStream {
        private final long size;
        private long at;
        private int mostAhead;

        Generated(long size) {
            this.size = size;
        }

        /** @param place in front of the end when negative */
        static byte at(long place) {
            return (byte) (place ^ place >> 8 ^ place >> 16);
        }

        @Override
        public int read() {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) {
            mostAhead = Math.max(mostAhead, length);
            int n = (int) Math.min(length, size - at);
            for (int i = 0; i < n; i++) {
                bytes[offset + i] = at(at - size + i);
            }
            at += n;
            return n == 0 && length > 0 ? -1 : n;
        }
    }
}
