package studio.kiln.server.backend;

import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The end of a running Blender that a backend holds: what {@link WiredSession} needs of it. */
interface Wire {
    /** Writes to Blender's input; may block while it does not read. Called by one thread. */
    void send(byte[] bytes) throws IOException;

    /** Ends Blender's input. */
    void endInput() throws IOException;

    boolean isAlive();

    Optional<Duration> cpuTime();

    /** Kills it with all that it started and returns when they are verified dead. */
    void kill();

    /** Gives back what the backend holds for it, after its end. */
    void release();

    /** What comes from the running Blender. Each method is called by one thread at a time. */
    interface Receiver {
        void events(byte[] bytes, int offset, int length);

        void output(byte[] bytes, int offset, int length);

        /** It has ended; nothing more comes. */
        void ended(int exitCode, boolean outOfMemory);
    }
}
