package studio.kiln.server.backend;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A way to run Blender. Implementations are safe for any number of threads. */
public interface Backend extends AutoCloseable {
    /** {@code process} or {@code docker}. */
    String name();

    /** The Blenders that this backend finds by itself; quick, opens none of them for longer than its version takes. */
    List<EngineBuild> discover();

    /**
     * Looks at what a person names: an executable, a folder that holds one, or the name of an image.
     *
     * @throws IOException with one sentence for a person when there is no usable Blender
     */
    EngineBuild examine(String place) throws IOException;

    /** How work of this backend is kept from the rest of the machine, in words, such as "sealed container". */
    String containment();

    /**
     * Starts a Blender with the session program and returns once it is started; {@link BlenderSession#awaitReady} waits
     * until it takes requests.
     */
    BlenderSession start(EngineBuild engine, SessionSpec spec) throws IOException;

    /** Ends what earlier runs of Kiln with this data folder left behind; returns how many were ended. */
    int sweepOrphans();

    @Override
    void close();

    /** How a session shares the CPU with others. */
    enum Priority {
        /** A person waits for it. */
        INTERACTIVE,
        /** Ordinary rendering. */
        RENDER,
        /** Takes what nobody else wants, such as a self-test. */
        BACKGROUND
    }

    /**
     * What a session may use.
     *
     * @param id unique; labels the process or container, so that orphans are found
     * @param folder of the session's own: {@code in/} is what Blender reads, {@code out/} what it writes
     * @param threads of Blender, at least 1
     * @param memoryBytes limit, or 0 for none
     * @param priority of its CPU time among the sessions of this machine
     * @param shaders that it begins with, as {@link ShaderCache} keeps them, or null
     */
    record SessionSpec(
            String id,
            Path folder,
            int threads,
            long memoryBytes,
            Priority priority,
            @Nullable Path shaders) {
        public SessionSpec(String id, Path folder, int threads, long memoryBytes, Priority priority) {
            this(id, folder, threads, memoryBytes, priority, null);
        }

        public Path in() {
            return folder.resolve("in");
        }

        public Path out() {
            return folder.resolve("out");
        }

        /** Of temporary files. */
        Path tmp() {
            return folder.resolve("tmp");
        }
    }
}
