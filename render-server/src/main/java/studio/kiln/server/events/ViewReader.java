package studio.kiln.server.events;

import org.jspecify.annotations.Nullable;

/** Reads the newest view of what an event is about. */
@FunctionalInterface
public interface ViewReader {
    /** A record of the API, or null when there is no such thing any more. */
    @Nullable
    Object read(String type, String subjectId);
}
