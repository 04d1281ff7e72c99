package studio.kiln.server.storage;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.util.concurrent.ThreadLocalRandom;

/** Asks a store again when a failure may pass: five times within some seconds, after pauses of random length. */
final class Retry {
    private static final int TRIES = 5;
    private static final long FIRST_PAUSE_MS = 100;

    private Retry() {}

    /** Something that may be done again when it failed. */
    @FunctionalInterface
    interface Attempt<T> {
        T run() throws IOException;
    }

    static <T> T of(Attempt<T> attempt) throws IOException {
        for (int i = 0; ; i++) {
            try {
                return attempt.run();
            } catch (StoreFailure e) {
                if (!e.isPassing() || i == TRIES - 1) {
                    throw e;
                }
                pause(FIRST_PAUSE_MS << i);
            }
        }
    }

    /** Waits from half of a time to the whole of it, so that many who failed together do not come back together. */
    static void pause(long mostMs) throws InterruptedIOException {
        try {
            Thread.sleep(ThreadLocalRandom.current().nextLong(mostMs / 2, mostMs + 1));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while a store was asked again");
        }
    }
}
