package studio.kiln.desktop;

import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import studio.kiln.desktop.live.ServerLink;
import studio.kiln.desktop.shell.Background;

/** Stands for the FX thread where view models are tested without a stage: one thread that everything is handed to. */
public final class Quiet implements AutoCloseable {
    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    public final Background background = new Background(thread);
    public final ServerLink link;

    public Quiet(SampleServer server) {
        link = new ServerLink(server::address, background, java.time.Clock.systemUTC());
    }

    /** Runs on the thread and gives what came out. */
    public <T> T on(Callable<T> work) {
        Future<T> future = thread.submit(work);
        try {
            return future.get(20, TimeUnit.SECONDS);
        } catch (InterruptedException | ExecutionException | TimeoutException e) {
            throw new AssertionError(e);
        }
    }

    public void run(Runnable work) {
        on(() -> {
            work.run();
            return true;
        });
    }

    @Override
    public void close() {
        link.close();
        background.close();
        thread.shutdownNow();
    }
}
