package studio.kiln.server.cli;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import studio.kiln.core.api.ApiException;
import studio.kiln.core.api.Unreachable;

/**
 * Goes on with a server that has answered before and does not now: looks for it again, starting this user's own anew, and
 * repeats the step. For steps that may be done twice.
 */
public final class Patience {
    /** How long a server may be away. */
    public static final Duration LONGEST = Duration.ofMinutes(10);

    private static final Duration FIRST_PAUSE = Duration.ofMillis(300);
    private static final Duration LONGEST_PAUSE = Duration.ofSeconds(3);

    private final Connection connection;
    private final StatusLine status;

    public Patience(Connection connection, StatusLine status) {
        this.connection = connection;
        this.status = status;
    }

    /** A step that speaks with the server. */
    @FunctionalInterface
    public interface Step<T> {
        T run() throws IOException;
    }

    /**
     * Gives what the step gives.
     *
     * @throws Unreachable when no server answered for {@link #LONGEST}
     * @throws InterruptedIOException when the thread was interrupted meanwhile
     */
    public <T> T with(Step<T> step) throws IOException {
        long begun = System.nanoTime();
        Duration pause = FIRST_PAUSE;
        boolean said = false;
        while (true) {
            try {
                T result = step.run();
                if (said) {
                    status.warn("The server answers again.");
                }
                return result;
            } catch (Unreachable | ApiException e) {
                if (!isAway(e) || System.nanoTime() - begun > LONGEST.toNanos()) {
                    throw e;
                }
            }
            if (!said) {
                said = true;
                status.warn("The server does not answer; trying again for up to " + LONGEST.toMinutes() + " minutes.");
            }
            sleep(pause);
            pause = pause.multipliedBy(2).compareTo(LONGEST_PAUSE) < 0 ? pause.multipliedBy(2) : LONGEST_PAUSE;
            find();
        }
    }

    private static boolean isAway(RuntimeException e) {
        // An interrupted thread sees an unreachable server, and is not to wait for it.
        return !Thread.currentThread().isInterrupted()
                && (e instanceof Unreachable || (e instanceof ApiException problem && problem.status() == 503));
    }

    private void find() {
        try {
            connection.renew();
        } catch (IOException e) {
            status.show("No server can be reached: " + e.getMessage());
        }
    }

    private static void sleep(Duration pause) throws InterruptedIOException {
        try {
            TimeUnit.MILLISECONDS.sleep(pause.toMillis());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new InterruptedIOException("Interrupted while the server was waited for.");
        }
    }
}
