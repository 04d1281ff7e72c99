package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import studio.kiln.core.blender.SessionEvent;
import studio.kiln.core.blender.SessionRequest;

/**
 * One live Blender that serves the session protocol. One request runs at a time (cancel and ping excepted); the methods
 * may be called from any thread.
 */
public interface BlenderSession extends AutoCloseable {
    String id();

    /**
     * Waits until Blender takes requests.
     *
     * @throws SessionDied when it ended first, with the last lines that it printed
     * @throws IOException when it did not become ready in time; it is killed then
     */
    SessionEvent.Ready awaitReady(Duration limit) throws IOException, InterruptedException;

    /**
     * Sends a request and waits for its final event; all its other events go to {@code events}, in order, on a thread of
     * the session that must not be held up: no blocking work, no {@code call}. What Blender printed that tells of a fatal
     * fault ({@link FatalPhrases}) comes as a {@code Log} event of level {@code fatal}.
     *
     * @return {@code Done}, {@code Cancelled} or {@code Failed}
     * @throws SessionDied when Blender ends before that
     */
    SessionEvent.Final call(SessionRequest request, Consumer<SessionEvent> events)
            throws IOException, InterruptedException;

    /** Asks for the end of a request that runs; the caller of {@link #call} sees how it ends. Never blocks for long. */
    void cancel(String requestId);

    boolean isAlive();

    /**
     * When something was last heard from Blender's work, by events or by output, as nanoseconds of the monotonic clock. An
     * answer to a ping does not count: a hung Blender still gives it.
     */
    long lastSignOfLife();

    /** CPU time that Blender has used, where the system tells: tells a hung session from a busy one. */
    Optional<Duration> cpuTime();

    /** The rolling file with what Blender printed. */
    Path log();

    /** What Blender printed last, at most some dozen lines. */
    String lastLines();

    /** What Blender wrote when it crashed ({@code *.crash.txt}); the files go with the session's folder. */
    List<Path> crashLogs();

    /** Waits, for two seconds at most, until all has been read that Blender printed before the newest picture was reported. */
    void settle();

    /** Kills it and everything that it started, and returns when they are verified dead. */
    void kill();

    /** Ends it in good order, or by {@link #kill} when it does not end within a few seconds. */
    @Override
    void close();
}
