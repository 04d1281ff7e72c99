package studio.kiln.server.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import studio.kiln.core.asset.Disk;
import studio.kiln.core.task.FailureKind;
import studio.kiln.server.storage.DigestMismatch;

/**
 * Tells a server of one attempt, in order, on a thread of its own, until the server has taken everything. While no server
 * answers, messages and pictures are held on disk and sent again. Pictures that wait are published together.
 */
final class Delivery {
    private static final Logger LOG = LoggerFactory.getLogger(Delivery.class);
    private static final int BATCH = 64;
    private static final Duration FIRST_PAUSE = Duration.ofMillis(200);
    private static final Duration LAST_PAUSE = Duration.ofSeconds(5);

    /** How it ended. */
    enum End {
        /** The server has taken everything. */
        TAKEN,
        /** The server said that the attempt is not current any more. */
        NOT_CURRENT,
        /** No server answered for too long. */
        GIVEN_UP,
        /** The node was closed; what is left waits in the outbox. */
        HELD
    }

    private final String attempt;
    private final ServerLink link;
    private final Outbox outbox;
    private final Duration outage;
    private final Runnable notCurrent;
    private final Deque<Message> waiting = new ArrayDeque<>();
    private final Set<String> stored = new HashSet<>();
    private final CompletableFuture<End> end = new CompletableFuture<>();
    private final Thread sender;
    private boolean lastSeen;
    private boolean abandoned;
    private List<Message> inFlight = List.of();
    private volatile boolean closing;

    /** @param notCurrent called when the server does not want the attempt any more, on the thread of the delivery */
    Delivery(String attempt, ServerLink link, Outbox outbox, Duration outage, Runnable notCurrent) {
        this.attempt = attempt;
        this.link = link;
        this.outbox = outbox;
        this.outage = outage;
        this.notCurrent = notCurrent;
        this.sender = Thread.ofVirtual().name("kiln-delivery-" + attempt).unstarted(this::run);
    }

    void start() {
        sender.start();
    }

    /** Adds a message; after a {@link Message.Last} nothing is taken any more. */
    void send(Message message) {
        synchronized (waiting) {
            if (lastSeen) {
                return;
            }
            lastSeen = message instanceof Message.Last;
            waiting.add(message);
            waiting.notifyAll();
        }
    }

    /** Whether the message that ends the attempt was given. */
    boolean isEnding() {
        synchronized (waiting) {
            return lastSeen;
        }
    }

    CompletableFuture<End> end() {
        return end;
    }

    /** The server does not want this attempt any more: what waits is dropped. */
    void abandon() {
        synchronized (waiting) {
            abandoned = true;
            waiting.notifyAll();
        }
    }

    /** Waits so long for the end. */
    void await(Duration limit) throws InterruptedException {
        try {
            end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException | java.util.concurrent.ExecutionException e) {
            LOG.debug("Attempt {} is not delivered yet", attempt);
        }
    }

    /** Waits so long for the server to take everything; what is left then goes into the outbox. */
    void close(Duration limit) {
        try {
            end.get(limit.toMillis(), TimeUnit.MILLISECONDS);
        } catch (TimeoutException e) {
            closing = true;
            sender.interrupt();
            try {
                sender.join(Duration.ofSeconds(5));
            } catch (InterruptedException interrupted) {
                Thread.currentThread().interrupt();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (java.util.concurrent.ExecutionException e) {
            LOG.error("The delivery of attempt {} failed", attempt, e);
        }
    }

    private void run() {
        End how = End.HELD;
        try {
            boolean last = false;
            boolean rejected = false;
            while (!last) {
                List<Message> batch = take();
                boolean ending = batch.getLast() instanceof Message.Last;
                if (rejected && !ending) {
                    continue;
                }
                inFlight = rejected ? List.of(new Message.Released("It was not wanted any more.")) : batch;
                try {
                    last = deliver(inFlight) && ending;
                } catch (ServerLink.NotCurrent e) {
                    if (ending) {
                        throw e;
                    }
                    // The end is told all the same: a server may wait for it to call the attempt cancelled.
                    rejected = true;
                    notCurrent.run();
                }
                inFlight = List.of();
            }
            how = rejected ? End.NOT_CURRENT : End.TAKEN;
        } catch (ServerLink.NotCurrent e) {
            LOG.debug("{}", e.getMessage());
            how = End.NOT_CURRENT;
        } catch (GivenUp e) {
            LOG.error("No server took the results of attempt {} for {}; they are dropped", attempt, outage, e);
            how = End.GIVEN_UP;
        } catch (InterruptedException e) {
            hold(inFlight);
        } catch (RuntimeException e) {
            LOG.error("The delivery of attempt {} failed", attempt, e);
            how = End.GIVEN_UP;
        } finally {
            if (how != End.HELD) {
                outbox.remove(attempt);
            }
            synchronized (waiting) {
                lastSeen = true;
                waiting.clear();
            }
            end.complete(how);
            if (how == End.NOT_CURRENT || how == End.GIVEN_UP) {
                notCurrent.run();
            }
        }
    }

    // Messages of one kind that can go in one call: neighbouring pictures, else one message.
    private List<Message> take() throws InterruptedException, ServerLink.NotCurrent {
        synchronized (waiting) {
            while (waiting.isEmpty() && !abandoned) {
                waiting.wait();
            }
            if (abandoned) {
                throw new ServerLink.NotCurrent(attempt);
            }
            List<Message> batch = new ArrayList<>();
            batch.add(waiting.removeFirst());
            while (batch.getFirst() instanceof Message.Rendered
                    && waiting.peekFirst() instanceof Message.Rendered
                    && batch.size() < BATCH) {
                batch.add(waiting.removeFirst());
            }
            return batch;
        }
    }

    // False when a failure was put in place of what could not be told.
    private boolean deliver(List<Message> batch) throws ServerLink.NotCurrent, InterruptedException, GivenUp {
        long pause = FIRST_PAUSE.toMillis();
        long began = System.nanoTime();
        while (true) {
            try {
                say(batch);
                return true;
            } catch (DigestMismatch e) {
                fail(new Message.Failed(
                        FailureKind.TRANSIENT,
                        "OUTPUT_MISSING",
                        "A picture changed between its check and the store: " + e.getMessage(),
                        null));
                return false;
            } catch (IllegalArgumentException e) {
                if (batch.getFirst() instanceof Message.Failed) {
                    throw new GivenUp(e);
                }
                fail(new Message.Failed(
                        FailureKind.PERMANENT,
                        "BAD_REQUEST",
                        "The server refused the results: " + e.getMessage(),
                        null));
                return false;
            } catch (IOException | RuntimeException e) {
                if (Disk.isFull(e)) {
                    fail(new Message.Failed(
                            FailureKind.RESOURCE,
                            "DISK_FULL",
                            "The store has no room for the pictures: free some space, and the task goes on by itself.",
                            e.toString()));
                    return false;
                }
                boolean first = pause == FIRST_PAUSE.toMillis();
                if (first) {
                    LOG.warn("The server does not take the results of attempt {} yet: {}", attempt, e.toString());
                } else if (System.nanoTime() - began > outage.toNanos()) {
                    throw new GivenUp(e);
                }
                hold(batch);
                Thread.sleep(pause + ThreadLocalRandom.current().nextLong(pause / 2));
                pause = Math.min(LAST_PAUSE.toMillis(), pause * 2);
            }
            if (closing) {
                hold(batch);
                throw new InterruptedException();
            }
        }
    }

    // The failure is told in place of all that waits.
    private void fail(Message.Failed failure) {
        synchronized (waiting) {
            waiting.clear();
            lastSeen = true;
            waiting.add(failure);
        }
        LOG.warn("Attempt {} fails: {}", attempt, failure.message());
    }

    private void hold(List<Message> batch) {
        List<Message> unsent = new ArrayList<>(batch);
        synchronized (waiting) {
            unsent.addAll(waiting);
        }
        if (unsent.isEmpty()) {
            return;
        }
        try {
            outbox.save(attempt, unsent);
        } catch (IOException e) {
            LOG.error("Results of attempt {} cannot be held on disk: {}", attempt, e.getMessage());
        }
    }

    private void say(List<Message> batch) throws IOException, ServerLink.NotCurrent {
        switch (batch.getFirst()) {
            case Message.Started started -> link.started(attempt);
            case Message.Warned warned -> link.warn(attempt, warned.warning());
            case Message.Logged logged -> link.log(attempt, logged.level(), logged.text());
            case Message.Rendered first -> publish(batch);
            case Message.Thumbnail made -> {
                store(made.picture());
                link.thumbnailMade(attempt, made.picture().sha256());
            }
            case Message.Inspected inspected -> link.inspected(attempt, inspected.inspection());
            case Message.Finished finished -> link.finished(attempt);
            case Message.Failed failed ->
                link.failed(attempt, failed.kind(), failed.code(), failed.message(), failed.detail());
            case Message.Released released -> link.released(attempt, released.why());
        }
    }

    private void publish(List<Message> batch) throws IOException, ServerLink.NotCurrent {
        List<ServerLink.Publication> pictures = new ArrayList<>();
        for (Message message : batch) {
            if (message instanceof Message.Rendered rendered) {
                for (Message.Held file : rendered.files()) {
                    store(file);
                }
                pictures.add(rendered.picture());
            }
        }
        link.publish(attempt, pictures);
    }

    // A file that is gone was taken by the store before.
    private void store(Message.Held held) throws IOException, ServerLink.NotCurrent {
        Path file = outbox.folder(attempt).resolve(held.file());
        if (!stored.contains(held.file()) && Files.exists(file)) {
            link.store(attempt, file, held.sha256());
            stored.add(held.file());
            Files.deleteIfExists(file);
        }
    }

    private static final class GivenUp extends Exception {
        private static final long serialVersionUID = 1;

        GivenUp(Throwable cause) {
            super(cause);
        }
    }
}
