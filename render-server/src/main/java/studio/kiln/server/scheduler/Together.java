package studio.kiln.server.scheduler;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/**
 * Does together what several threads ask for at the same time: one of them does its own and all that came while the one
 * before was at work. Nobody waits for company. Safe for any number of threads.
 *
 * @param <T> what is to be done, and holds what came of it
 */
final class Together<T> {
    private final int most;
    private final Consumer<List<T>> work;
    private final Deque<Waiting<T>> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * @param most so many at a time
     * @param work does all of a list; what it throws is thrown to everybody in the list
     */
    Together(int most, Consumer<List<T>> work) {
        this.most = most;
        this.work = work;
    }

    private record Waiting<T>(T what, CompletableFuture<Boolean> leads) {}

    /** Returns when it is done; an interruption does not shorten that. */
    void run(T what) {
        Waiting<T> mine = new Waiting<>(what, new CompletableFuture<>());
        boolean leads;
        synchronized (waiting) {
            waiting.add(mine);
            leads = !busy;
            busy = true;
        }
        try {
            if (leads || mine.leads.join()) {
                lead();
            }
        } catch (CompletionException e) {
            if (e.getCause() instanceof RuntimeException cause) {
                throw cause;
            }
            throw e;
        }
    }

    // The first one that waits leads, so its own is always among those that it does.
    private void lead() {
        List<Waiting<T>> batch = new ArrayList<>();
        synchronized (waiting) {
            while (batch.size() < most && !waiting.isEmpty()) {
                batch.add(waiting.remove());
            }
        }
        // Whatever ends it early, an Error too, the others are not told that theirs is done.
        RuntimeException failure = new IllegalStateException("What was to be done together broke off");
        boolean done = false;
        try {
            work.accept(batch.stream().map(Waiting::what).toList());
            done = true;
        } catch (RuntimeException e) {
            failure = e;
            throw e;
        } finally {
            synchronized (waiting) {
                if (waiting.isEmpty()) {
                    busy = false;
                } else {
                    waiting.getFirst().leads.complete(true);
                }
            }
            for (Waiting<T> other : batch) {
                if (done) {
                    other.leads.complete(false);
                } else {
                    other.leads.completeExceptionally(failure);
                }
            }
        }
    }
}
