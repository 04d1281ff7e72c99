package studio.kiln.server.storage;

import java.io.ByteArrayInputStream;
import java.io.FilterInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.asset.Sha256;

/**
 * Blobs on another machine that knows files by keys and can do one thing in one step: make a whole file visible under a
 * key. Blobs are {@code blobs/ab/abcdef...}; {@code staging/} holds what is on its way in.
 *
 * <p>Several servers share such a store, and none of these protocols deletes "unless touched". So {@link #touch} writes an
 * empty mark beside the blob, whose time counts as the blob's, and whoever deletes announces it first:
 * <ul>
 *   <li>the deleter writes {@code doomed/DIGEST}, <em>then</em> looks at the times, then deletes or gives up, then removes
 *       the announcement;
 *   <li>who touches or stores writes the mark or the blob, <em>then</em> looks for an announcement, waits until it is gone,
 *       and looks whether the blob is still there.
 * </ul>
 * Each writes before it reads, and these stores show a finished write to every later read, so at least one of two sees the
 * other. An announcement that a server left when it died is removed by the first who has waited for it long enough.
 */
abstract sealed class RemoteBlobStore implements BlobStore permits MinioBlobStore, WebDavBlobStore {
    static final String STAGING = "staging/";
    static final String BLOBS = "blobs/";
    private static final String MARKS = "marks/";
    private static final String DOOMED = "doomed/";
    private static final Pattern HEX = Pattern.compile("[0-9a-f]{64}");
    private static final byte[] NOTHING = {};
    /** Up to here a stream is held in memory, which spares a staged file. */
    private static final int SMALL = 1 << 20;

    private static final int TRIES = 5;
    private static final Duration DELETING_TAKES = Duration.ofSeconds(10);
    private static final Duration WAIT_FOR_DELETER = Duration.ofSeconds(30);
    private static final long LOOK_EVERY_MS = 100;

    /**
     * What a store says about a file.
     *
     * @param size bytes
     * @param modified by the store's clock, rounded up where it tells whole seconds
     * @param tag changes with the content
     */
    record Facts(long size, Instant modified, String tag) {}

    /**
     * A line of a folder's listing.
     *
     * @param size bytes; 0 for a folder
     */
    record Entry(String name, boolean isFolder, long size, Instant modified) {}

    /**
     * Writes a whole stream to a key, which shows it at once or never.
     *
     * @param size bytes of the stream, or -1 when it is not known
     * @param digest checked before anybody sees the file; null for none
     */
    abstract void write(String key, InputStream in, long size, @Nullable Sha256 digest) throws IOException;

    /**
     * Shows a staged file under a key, in one step. The staged one may stay or go.
     *
     * @param tag when given, of the only content that may be shown
     */
    abstract void place(String staged, String key, @Nullable String tag) throws IOException;

    /** Empty when there is no such file. */
    abstract Optional<Facts> facts(String key) throws IOException;

    /** @throws NoSuchFileException when there is no such file */
    abstract InputStream read(String key, long offset) throws IOException;

    /** Does nothing when there is no such file. */
    abstract void remove(String key) throws IOException;

    /**
     * What lies directly in a folder; nothing when there is no such folder.
     *
     * @param folder ends with a slash
     */
    abstract List<Entry> list(String folder) throws IOException;

    @Override
    public final Blob put(InputStream in, @Nullable Sha256 expected) throws IOException {
        byte[] head = in.readNBytes(SMALL);
        if (head.length < SMALL) {
            Sha256 found = Sha256.of(head);
            check(expected, found);
            publish(found, key -> write(key, new ByteArrayInputStream(head), head.length, found));
            return new Blob(found, head.length);
        }
        String staged = STAGING + UUID.randomUUID();
        MessageDigest digest = Sha256.digest();
        Counting all = new Counting(new SequenceInputStream(new ByteArrayInputStream(head), in));
        try {
            write(staged, new DigestInputStream(all, digest), -1, null);
            Sha256 found = Sha256.of(digest);
            check(expected, found);
            publish(found, key -> place(staged, key, null));
            return new Blob(found, all.count);
        } finally {
            removeQuietly(staged);
        }
    }

    @Override
    public final Blob take(Path file, @Nullable Sha256 expected) throws IOException {
        Sha256 found = Sha256.of(file);
        check(expected, found);
        long size = Files.size(file);
        publish(found, key -> {
            try (InputStream in = Files.newInputStream(file)) {
                write(key, in, size, found);
            }
        });
        Files.deleteIfExists(file);
        return new Blob(found, size);
    }

    /**
     * Stores what a client wrote to a key that {@link #staged} names: its digest is computed here, and the very bytes
     * that had it are moved.
     *
     * @throws DigestMismatch when it is something else; it is removed then
     * @throws NoSuchFileException when nothing was written there
     */
    final Blob accept(String name, Sha256 expected, long mostBytes) throws IOException {
        String staged = staged(name);
        Facts facts = facts(staged).orElseThrow(() -> new NoSuchFileException(name));
        try {
            if (facts.size() > mostBytes) {
                throw new StoreFailure(
                        "The upload has " + facts.size() + " bytes, and " + mostBytes + " are allowed.", false, null);
            }
            Sha256 found;
            try (InputStream in = new ResumingStream(facts.size(), offset -> read(staged, offset))) {
                found = Sha256.of(in);
            }
            check(expected, found);
            publish(found, key -> place(staged, key, facts.tag()));
            return new Blob(found, facts.size());
        } finally {
            removeQuietly(staged);
        }
    }

    /** The key of a client's upload; names come from {@link UUID}, and nothing else passes. */
    static String staged(String name) {
        return STAGING + "client-" + UUID.fromString(name);
    }

    @Override
    public final InputStream open(Sha256 digest) throws IOException {
        String key = blob(digest);
        long size = facts(key)
                .orElseThrow(() -> new NoSuchFileException(digest.hex()))
                .size();
        return new ResumingStream(size, offset -> read(key, offset));
    }

    @Override
    public final Optional<Path> localFile(Sha256 digest) {
        return Optional.empty();
    }

    @Override
    public final Optional<Long> size(Sha256 digest) throws IOException {
        return facts(blob(digest)).map(Facts::size);
    }

    @Override
    public final void delete(Sha256 digest) throws IOException {
        remove(blob(digest));
        remove(mark(digest));
    }

    @Override
    public final boolean touch(Sha256 digest) throws IOException {
        write(mark(digest), new ByteArrayInputStream(NOTHING), 0, null);
        awaitDeleter(digest);
        boolean there = facts(blob(digest)).isPresent();
        if (!there) {
            remove(mark(digest));
        }
        return there;
    }

    @Override
    public final boolean deleteIfUntouchedSince(Sha256 digest, Instant moment) throws IOException {
        if (!isUntouched(digest, moment)) {
            return false;
        }
        String announcement = DOOMED + digest.hex();
        long began = System.nanoTime();
        write(announcement, new ByteArrayInputStream(NOTHING), 0, null);
        try {
            boolean deletes = isUntouched(digest, moment) && System.nanoTime() - began < DELETING_TAKES.toNanos();
            if (deletes) {
                delete(digest);
            }
            return deletes;
        } finally {
            remove(announcement);
        }
    }

    @Override
    public final void forEach(Consumer<Stored> visitor) throws IOException {
        for (Entry folder : list(BLOBS)) {
            if (!folder.isFolder()) {
                continue;
            }
            Map<String, Instant> touched = new HashMap<>();
            list(MARKS + folder.name() + "/").forEach(mark -> touched.put(mark.name(), mark.modified()));
            for (Entry blob : list(BLOBS + folder.name() + "/")) {
                if (isBlob(blob)) {
                    Instant mark = touched.getOrDefault(blob.name(), Instant.MIN);
                    Instant last = mark.isAfter(blob.modified()) ? mark : blob.modified();
                    visitor.accept(new Stored(new Sha256(blob.name()), blob.size(), last));
                }
            }
        }
    }

    @Override
    public int sweep(Duration age) throws IOException {
        Instant before = Instant.now().minus(age);
        int removed = 0;
        for (String folder : List.of(STAGING, DOOMED)) {
            removed += sweep(folder, list(folder), before);
        }
        for (Entry marks : list(MARKS)) {
            if (marks.isFolder()) {
                List<String> there = list(BLOBS + marks.name() + "/").stream()
                        .map(Entry::name)
                        .toList();
                String folder = MARKS + marks.name() + "/";
                List<Entry> orphans = list(folder).stream()
                        .filter(mark -> !there.contains(mark.name()))
                        .toList();
                removed += sweep(folder, orphans, before);
            }
        }
        return removed;
    }

    private int sweep(String folder, List<Entry> entries, Instant before) throws IOException {
        int removed = 0;
        for (Entry entry : entries) {
            if (!entry.isFolder() && entry.modified().isBefore(before)) {
                remove(folder + entry.name());
                removed++;
            }
        }
        return removed;
    }

    /** Writes, reads and removes a small file, and lists. */
    @Override
    public final void check() throws IOException {
        list(STAGING);
        byte[] bytes = UUID.randomUUID().toString().getBytes(StandardCharsets.US_ASCII);
        String key = STAGING + "check-" + UUID.randomUUID();
        write(key, new ByteArrayInputStream(bytes), bytes.length, null);
        try (InputStream in = read(key, 0)) {
            if (!Arrays.equals(in.readAllBytes(), bytes)) {
                throw new StoreFailure(
                        "The store gives back other bytes than it was given; do not use it.", false, null);
            }
        } finally {
            remove(key);
        }
    }

    /** Makes a blob visible and is sure that nobody who was just deleting it took it away again. */
    private void publish(Sha256 digest, Placing placing) throws IOException {
        for (int i = 0; i < TRIES; i++) {
            placing.at(blob(digest));
            awaitDeleter(digest);
            if (facts(blob(digest)).isPresent()) {
                return;
            }
        }
        throw new StoreFailure(
                "The store lost the blob " + digest + " each time that it was stored; look at its log.", true, null);
    }

    @FunctionalInterface
    private interface Placing {
        void at(String key) throws IOException;
    }

    /** Makes a blob that is there count as stored at this moment. */
    final void makeFresh(String blob) throws IOException {
        write(MARKS + blob.substring(BLOBS.length()), new ByteArrayInputStream(NOTHING), 0, null);
    }

    private void awaitDeleter(Sha256 digest) throws IOException {
        String announcement = DOOMED + digest.hex();
        long end = System.nanoTime() + WAIT_FOR_DELETER.toNanos();
        while (facts(announcement).isPresent()) {
            if (System.nanoTime() > end) {
                remove(announcement);
                return;
            }
            Retry.pause(LOOK_EVERY_MS);
        }
    }

    private boolean isUntouched(Sha256 digest, Instant moment) throws IOException {
        Optional<Facts> blob = facts(blob(digest));
        return blob.isPresent()
                && !blob.get().modified().isAfter(moment)
                && facts(mark(digest))
                        .filter(mark -> mark.modified().isAfter(moment))
                        .isEmpty();
    }

    final void removeQuietly(String key) {
        try {
            remove(key);
        } catch (IOException e) {
            // a sweep removes what stays in staging
        }
    }

    static void check(@Nullable Sha256 expected, Sha256 found) throws DigestMismatch {
        if (expected != null && !expected.equals(found)) {
            throw new DigestMismatch(expected, found);
        }
    }

    static String blob(Sha256 digest) {
        return BLOBS + digest.hex().substring(0, 2) + "/" + digest.hex();
    }

    private static String mark(Sha256 digest) {
        return MARKS + digest.hex().substring(0, 2) + "/" + digest.hex();
    }

    private static boolean isBlob(Entry entry) {
        return !entry.isFolder() && HEX.matcher(entry.name()).matches();
    }

    /** Times that protocols tell in whole seconds are rounded down there; a blob must never seem older than it is. */
    static Instant roundedUp(Instant told) {
        return told.getNano() == 0 ? told.plusMillis(999) : told;
    }

    private static final class Counting extends FilterInputStream {
        private long count;

        Counting(InputStream in) {
            super(in);
        }

        @Override
        public int read() throws IOException {
            int b = in.read();
            count += b < 0 ? 0 : 1;
            return b;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            int n = in.read(bytes, offset, length);
            count += Math.max(n, 0);
            return n;
        }
    }
}
