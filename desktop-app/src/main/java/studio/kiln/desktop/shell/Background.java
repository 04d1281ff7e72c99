package studio.kiln.desktop.shell;

import java.util.concurrent.Callable;
import java.util.concurrent.Executor;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;

/**
 * Work away from the FX thread. The work runs on a virtual thread; what follows it runs on the FX thread (or on the
 * executor given in a test).
 */
public final class Background implements AutoCloseable {
    private final Executor ui;
    private final ExecutorService workers = Executors.newThreadPerTaskExecutor(
            Thread.ofVirtual().name("studio-", 0).factory());

    /** @param ui where results are handed over, for example {@code Platform::runLater} */
    public Background(Executor ui) {
        this.ui = ui;
    }

    /**
     * Runs the work. Exactly one of the two receivers is called, unless the returned future was cancelled: then none.
     */
    public <T> Future<?> run(Callable<T> work, Consumer<? super T> done, Consumer<? super Problem> failed) {
        return workers.submit(() -> {
            T result;
            try {
                result = work.call();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return;
            } catch (Exception e) {
                if (!Thread.currentThread().isInterrupted()) {
                    Problem problem = Problem.of(e);
                    ui.execute(() -> failed.accept(problem));
                }
                return;
            }
            if (!Thread.currentThread().isInterrupted()) {
                ui.execute(() -> done.accept(result));
            }
        });
    }

    /** Where results are handed over. */
    public Executor ui() {
        return ui;
    }

    /** Interrupts what still runs; nothing is handed over afterwards by cancelled work. */
    @Override
    public void close() {
        workers.shutdownNow();
    }
}
