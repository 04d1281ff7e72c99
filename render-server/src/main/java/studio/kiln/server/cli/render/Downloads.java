package studio.kiln.server.cli.render;

import java.io.IOException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.ResultView;
import studio.kiln.core.api.Unreachable;
import studio.kiln.core.asset.Disk;
import studio.kiln.server.cli.CliFailure;
import studio.kiln.server.cli.Connection;
import studio.kiln.server.cli.ExitCode;
import studio.kiln.server.cli.Failures;

/** Fetches pictures as they are published, a few at a time, beside the render. Safe for any thread. */
final class Downloads implements AutoCloseable {
    private static final int AT_A_TIME = 3;

    /** A picture that lies where it should. */
    record Fetched(ResultView result, Path path) {
        /** Whether a File Output node wrote it. */
        boolean isExtra() {
            return result.kind().equals("extra");
        }
    }

    private final Connection connection;
    private final OutputFolder folder;
    private final String modelId;
    private final String modelName;
    private final String taskNumber;
    private final Duration patience;
    private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
    private final Semaphore places = new Semaphore(AT_A_TIME);
    private final Map<String, Fetched> fetched = new HashMap<>();
    private final Map<Path, String> taken = new HashMap<>();
    private final List<CliFailure> failures = new ArrayList<>();
    private volatile boolean given;

    Downloads(
            Connection connection,
            OutputFolder folder,
            String modelId,
            String modelName,
            String taskNumber,
            Duration patience) {
        this.connection = connection;
        this.folder = folder;
        this.modelId = modelId;
        this.modelName = modelName;
        this.taskNumber = taskNumber;
        this.patience = patience;
    }

    /** Where the picture will lie. */
    Path target(ResultView result) {
        return folder.target(PictureName.of(result, modelName, taskNumber));
    }

    /** Begins to fetch. */
    void fetch(ResultView result) {
        threads.execute(() -> {
            try {
                places.acquire();
                try {
                    if (!given) {
                        fetchNow(result);
                    }
                } finally {
                    places.release();
                }
            } catch (CliFailure e) {
                fail(e);
            } catch (IOException e) {
                fail(Disk.isFull(e) ? full(e) : Failures.of(e));
            } catch (RuntimeException e) {
                fail(Failures.of(e));
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        });
    }

    private void fetchNow(ResultView result) throws IOException, InterruptedException {
        Path target = free(target(result), result);
        if (folder.judge(target, result.sha256(), modelId) == OutputFolder.Verdict.WRITE) {
            Files.createDirectories(Objects.requireNonNull(target.getParent()));
            download(result, target);
        }
        folder.remember(target, result.sha256(), modelId);
        synchronized (this) {
            fetched.put(key(result), new Fetched(result, target));
        }
    }

    /** A later picture of the same output takes the place of the earlier one; another's place is never taken. */
    private synchronized Path free(Path target, ResultView result) {
        String key = key(result);
        String owner = taken.putIfAbsent(target, key);
        if (owner == null || owner.equals(key)) {
            return target;
        }
        if (!result.kind().equals("extra")) {
            throw CliFailure.unusable(
                    "BAD_NAME",
                    "Two pictures have the name '" + target
                            + "', so only the first was written; write a --name that tells"
                            + " them apart and run the command again: nothing is rendered twice.");
        }
        String name = String.valueOf(target.getFileName());
        int dot = name.lastIndexOf('.');
        for (int n = 2; ; n++) {
            Path other = target.resolveSibling(name.substring(0, dot) + "-" + n + name.substring(dot));
            if (taken.putIfAbsent(other, key) == null) {
                return other;
            }
        }
    }

    private static String key(ResultView result) {
        return result.kind().equals("extra")
                ? result.id()
                : result.variant() + "\n" + result.frame() + "\n" + result.layer() + "\n" + result.view();
    }

    private void download(ResultView result, Path target) throws IOException, InterruptedException {
        long end = System.nanoTime() + patience.toNanos();
        for (long pause = 100; ; pause = Math.min(pause * 2, 3000)) {
            try {
                connection.client().download(result, target);
                return;
            } catch (Unreachable e) {
                refuseWhenLate(end, e);
            } catch (IOException e) {
                if (e instanceof FileSystemException || Disk.isFull(e)) {
                    throw e;
                }
                refuseWhenLate(end, e);
            }
            TimeUnit.MILLISECONDS.sleep(pause);
        }
    }

    private CliFailure full(IOException e) {
        return new CliFailure(
                ExitCode.FAILED,
                "DISK_FULL",
                "The disk of " + folder.path() + " is full, so not all pictures are there. Free some space, or choose"
                        + " another folder with -o, and run the command again: nothing is rendered twice.",
                e);
    }

    private static void refuseWhenLate(long end, Exception last) {
        if (System.nanoTime() > end) {
            throw Failures.of(last);
        }
    }

    private synchronized void fail(CliFailure failure) {
        failures.add(failure);
    }

    /** Waits for what is under way. */
    void await() {
        threads.close();
    }

    /** What was fetched, in the order of variant, frame, layer and view. */
    synchronized List<Fetched> fetched() {
        return fetched.values().stream()
                .sorted(Comparator.comparing((Fetched f) -> f.result().variant())
                        .thenComparing(f -> f.result().frame())
                        .thenComparing(f -> f.result().layer())
                        .thenComparing(f -> f.result().view())
                        .thenComparing(f -> f.path()))
                .toList();
    }

    /** The first thing that went wrong, or null. */
    synchronized @Nullable CliFailure failure() {
        return failures.isEmpty() ? null : failures.getFirst();
    }

    /** Gives up what has not begun. */
    @Override
    public void close() {
        given = true;
        threads.shutdownNow();
    }
}
