package studio.kiln.server.events;

import java.time.Instant;
import java.util.List;
import org.hibernate.StatelessSession;
import org.jspecify.annotations.Nullable;
import studio.kiln.core.api.FrameProgress;
import studio.kiln.core.api.LogLine;

/** Where changes are announced. */
public interface EventSink {
    /**
     * Writes an event into the outbox, in the transaction of the change; it gets its number and goes out after the commit.
     *
     * @param type {@code task}, {@code result}, {@code model} or {@code engine}
     * @param taskId the task that it belongs to, for streams of one task
     * @param data a record of the API, or null to have the newest view read when it is sent
     */
    void record(
            StatelessSession tx,
            String type,
            String subjectId,
            @Nullable String taskId,
            String owner,
            @Nullable Object data);

    /**
     * Writes several events, whose newest views are read when they are sent.
     *
     * @param at the database's time
     */
    void record(StatelessSession tx, Instant at, List<Occurrence> occurrences);

    /** Something that happened; as the parameters of {@link #record}. */
    record Occurrence(
            String type, String subjectId, @Nullable String taskId, String owner) {}

    /** Wakes the sequencer; call it after the commit. */
    void committed();

    /** Sends progress at once, at most four times a second for each task; not kept. */
    void progress(FrameProgress progress);

    void log(String taskId, LogLine line);
}
