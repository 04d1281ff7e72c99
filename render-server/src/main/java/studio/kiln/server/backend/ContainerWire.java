package studio.kiln.server.backend;

import com.github.dockerjava.api.async.ResultCallback;
import com.github.dockerjava.api.command.InspectContainerResponse;
import com.github.dockerjava.api.model.Frame;
import com.github.dockerjava.api.model.StreamType;
import com.github.dockerjava.api.model.WaitResponse;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The connection to Blender in one container. */
final class ContainerWire implements Wire {
    private static final Logger LOG = LoggerFactory.getLogger(ContainerWire.class);
    static final Duration ATTACH = Duration.ofSeconds(10);
    private static final Duration LAST_WORDS = Duration.ofSeconds(2);

    private final DockerEngine engine;
    private final Containers containers;
    private final String container;
    private final String session;
    private final Receiver receiver;
    private final Runnable released;
    private final QueuedInput input = new QueuedInput();
    private final CompletableFuture<Void> outputEnded = new CompletableFuture<>();
    private final CompletableFuture<Integer> exit = new CompletableFuture<>();
    private final AtomicBoolean ended = new AtomicBoolean();
    private final List<java.io.Closeable> open = new ArrayList<>();

    /** @param released told when nothing of the session runs any more */
    ContainerWire(
            DockerEngine engine,
            Containers containers,
            String container,
            String session,
            Receiver receiver,
            Runnable released) {
        this.engine = engine;
        this.containers = containers;
        this.released = released;
        this.container = container;
        this.session = session;
        this.receiver = receiver;
    }

    void start() throws IOException {
        ResultCallback.Adapter<Frame> frames = new ResultCallback.Adapter<>() {
            @Override
            public void onNext(Frame frame) {
                byte[] bytes = frame.getPayload();
                if (frame.getStreamType() == StreamType.STDOUT) {
                    receiver.events(bytes, 0, bytes.length);
                } else {
                    receiver.output(bytes, 0, bytes.length);
                }
            }

            @Override
            public void onError(Throwable problem) {
                // Not the library's own way, which writes an error into the log each time a session is ended.
                LOG.debug("The stream of session {} broke: {}", session, problem.toString());
                shut(this);
            }

            @Override
            public void close() throws IOException {
                // The library calls it at the end of the stream, however that came.
                outputEnded.complete(null);
                super.close();
            }
        };
        ResultCallback.Adapter<WaitResponse> end = new ResultCallback.Adapter<>() {
            @Override
            public void onNext(WaitResponse response) {
                exit.complete(response.getStatusCode());
            }

            @Override
            public void onError(Throwable problem) {
                exit.completeExceptionally(problem);
                shut(this);
            }

            @Override
            public void onComplete() {
                exit.completeExceptionally(new IOException("The Docker engine stopped waiting"));
                super.onComplete();
            }
        };
        open.add(frames);
        open.add(end);
        engine.streams()
                .attachContainerCmd(container)
                .withStdIn(input)
                .withStdOut(true)
                .withStdErr(true)
                .withFollowStream(true)
                .exec(frames);
        try {
            if (!frames.awaitStarted(ATTACH.toMillis(), TimeUnit.MILLISECONDS)) {
                throw new IOException("The Docker engine did not connect to the container.");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("Interrupted while a container was started", e);
        }
        engine.control().startContainerCmd(container).exec();
        engine.streams().waitContainerCmd(container).exec(end);
        Thread.ofPlatform().daemon().name("kiln-end-" + session).start(this::awaitEnd);
    }

    // Its end counts, not that of the stream; what it said last is read then.
    private void awaitEnd() {
        int code = -1;
        try {
            code = exit.get();
        } catch (ExecutionException e) {
            code = afterBreak(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        try {
            outputEnded.get(LAST_WORDS.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ExecutionException | TimeoutException e) {
            LOG.debug("The output of session {} did not end", session);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        boolean outOfMemory = wasOutOfMemory();
        ended.set(true);
        input.end();
        receiver.ended(code, outOfMemory);
        close();
    }

    // The connection broke: the container may still run, or its engine is gone.
    private int afterBreak(ExecutionException problem) {
        try {
            InspectContainerResponse.ContainerState state =
                    engine.control().inspectContainerCmd(container).exec().getState();
            if (Boolean.FALSE.equals(state.getRunning()) && state.getExitCodeLong() != null) {
                return state.getExitCodeLong().intValue();
            }
        } catch (RuntimeException e) {
            LOG.debug("Container {} cannot be asked", container, e);
        }
        byte[] words = ("The Docker engine went away: " + problem.getCause() + "\n").getBytes(StandardCharsets.UTF_8);
        receiver.output(words, 0, words.length);
        return -1;
    }

    private boolean wasOutOfMemory() {
        try {
            return Boolean.TRUE.equals(engine.control()
                    .inspectContainerCmd(container)
                    .exec()
                    .getState()
                    .getOOMKilled());
        } catch (RuntimeException e) {
            return false;
        }
    }

    private void close() {
        open.forEach(this::shut);
    }

    private void shut(java.io.Closeable stream) {
        try {
            stream.close();
        } catch (IOException e) {
            LOG.debug("A stream of session {} did not close", session, e);
        }
    }

    @Override
    public void send(byte[] bytes) throws IOException {
        if (ended.get()) {
            throw new IOException("The container has ended");
        }
        input.add(bytes);
    }

    @Override
    public void endInput() {
        input.end();
    }

    @Override
    public boolean isAlive() {
        return !ended.get();
    }

    @Override
    public Optional<Duration> cpuTime() {
        return ContainerCpu.used(container);
    }

    @Override
    public void kill() {
        containers.remove(container);
    }

    @Override
    public void release() {
        released.run();
    }
}
