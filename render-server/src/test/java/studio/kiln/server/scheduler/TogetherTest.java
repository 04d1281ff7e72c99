package studio.kiln.server.scheduler;

import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class TogetherTest {
    @Test
    void whenTheOneThatLeadsBreaksOffNobodyIsToldThatHisIsDone() throws Exception {
        CountDownLatch first = new CountDownLatch(1);
        CountDownLatch go = new CountDownLatch(1);
        Together<String> together = new Together<>(8, (List<String> all) -> {
            if (all.contains("first")) {
                first.countDown();
                try {
                    go.await();
                } catch (InterruptedException e) {
                    throw new IllegalStateException(e);
                }
                return;
            }
            throw new AssertionError("out of memory, say");
        });
        CompletableFuture<Void> leading = CompletableFuture.runAsync(() -> together.run("first"));
        first.await();
        Thread[] others = new Thread[2];
        List<CompletableFuture<Void>> ends = List.of(new CompletableFuture<>(), new CompletableFuture<>());
        for (int i = 0; i < 2; i++) {
            CompletableFuture<Void> end = ends.get(i);
            String what = "other " + i;
            others[i] = Thread.ofPlatform().start(() -> {
                try {
                    together.run(what);
                    end.complete(null);
                } catch (RuntimeException | Error e) {
                    end.completeExceptionally(e);
                }
            });
        }
        for (Thread other : others) {
            await().until(() -> other.getState() == Thread.State.WAITING);
        }
        go.countDown();
        leading.get(10, TimeUnit.SECONDS);
        for (CompletableFuture<Void> end : ends) {
            assertThatThrownBy(() -> end.get(10, TimeUnit.SECONDS)).isInstanceOf(ExecutionException.class);
        }
    }
}
