package studio.kiln.server.storage;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tries a store now and then, so that whoever asks for its health need not wait for one that hangs. */
public final class StoreWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(StoreWatch.class);
    private static final Duration EVERY = Duration.ofSeconds(15);

    private final BlobStore store;
    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("kiln-store-watch").factory());
    private volatile String answer = "was not asked yet";

    public StoreWatch(BlobStore store) {
        this.store = store;
        timer.scheduleWithFixedDelay(this::look, 0, EVERY.toSeconds(), TimeUnit.SECONDS);
    }

    /** What is wrong, in a sentence; empty when the store did all that it was asked when it was tried last. */
    public Optional<String> problem() {
        return Optional.of(answer).filter(a -> !a.isEmpty());
    }

    private void look() {
        String before = answer;
        try {
            store.check();
            answer = "";
        } catch (IOException | RuntimeException e) {
            answer = String.valueOf(e.getMessage());
        }
        if (!answer.equals(before)) {
            if (answer.isEmpty()) {
                LOG.info("The store can be read and written");
            } else {
                LOG.warn("The store cannot be used: {}", answer);
            }
        }
    }

    @Override
    public void close() {
        timer.shutdownNow();
    }
}
